import type { ExecutableFamily } from '../compiler/program.js';
import type { Key } from '../compiler/random/index.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Dataset, SplitName } from '../datasets/dataset.js';
import type { Network } from '../networks/index.js';
import type { JobObserver } from '../observer/job-observer.js';
import { BatchOrder, batchTensors, paddedBatches } from './batches.js';
import type { TrainingLength } from './check-training.js';
import { keepOnly, writeCheckpoint, type Checkpoint, type CheckpointRecord } from './checkpoint.js';
import type { Method } from './methods/index.js';
import type { Transform } from './optimisers/transform.js';
import { rateMultiplier } from './schedules/schedule.js';
import { drawMasks, EVALUATE, namedDraws, stepScalars } from './training-programs.js';
import type { TrainingOptions } from './training.options.js';

export type RunEnd = 'succeeded' | 'diverged' | 'cancelled';

export interface RunSetup extends TrainingLength {
  readonly dataset: Dataset;
  readonly options: TrainingOptions;
  readonly folder: string;
  readonly network: Network;
  readonly method: Method;
  readonly transform: Transform;
  readonly family: ExecutableFamily;
  readonly key: Key;
  readonly evaluationBatch: number;
}

/** Training metrics are reported about so often in an epoch, and at least every so many steps. */
const REPORTS_PER_EPOCH = 10;
const LONGEST_REPORT_STEPS = 50;

const value = (tensors: NamedHostTensors, name: string): number | undefined => tensors[name]?.data[0];
const turnOfTheEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const firstNonFinite = (tensors: NamedHostTensors): string | undefined =>
  Object.keys(tensors).find((name) => !(tensors[name]!.data as Float32Array).every(Number.isFinite));

/** The loop over steps: draws, runs, reports, validates, saves. */
export class TrainingRun {
  completed: number;
  metrics: Record<string, number>;
  private readonly running: CheckpointRecord['running'];
  private readonly earlyStop: CheckpointRecord['earlyStop'];
  private readonly identity: string;
  private readonly order: BatchOrder;
  private readonly startedAt = performance.now();
  private readonly startedStep: number;
  private savedAt = performance.now();
  private nonFinite = 0;

  constructor(
    private readonly setup: RunSetup,
    start: Checkpoint,
    private readonly observer: JobObserver,
    private readonly signal: AbortSignal,
  ) {
    this.completed = this.startedStep = start.step;
    this.metrics = { ...start.metrics };
    this.running = { ...start.running };
    this.earlyStop = { ...start.earlyStop };
    this.identity = start.identity;
    const { dataset, options, stepsPerEpoch, key } = setup;
    this.order = new BatchOrder(dataset.split('train'), options.batchSize, stepsPerEpoch, key.fold('order'));
  }

  /** Runs to the end, to divergence or to the abort signal. */
  async execute(): Promise<RunEnd> {
    const { totalSteps } = this.setup;
    if (this.completed > 0) this.observer.event('info', `Resumed after step ${this.completed} of ${totalSteps}`);
    while (this.completed < totalSteps) {
      await turnOfTheEventLoop(); // lets the abort signal in: an engine may compute on this thread
      if (this.signal.aborted) return 'cancelled';
      if (!(await this.step())) return 'diverged';
      const stop = this.validationDue() && (await this.validate());
      if (this.signal.aborted) return 'cancelled';
      if (stop) break;
      if (this.checkpointDue() && !(await this.save())) return 'diverged';
    }
    return this.finish();
  }

  /** One optimiser update. @returns whether training may go on: false after too many losses that are not finite */
  private async step(): Promise<boolean> {
    const { options, method, transform, network, family, key, dataset, totalSteps } = this.setup;
    const step = this.completed;
    const stepKey = key.fold('step').fold(step);
    const { variant, draws } = method.draw(stepKey.fold('method'));
    const learningRate = options.optimiser.learningRate * rateMultiplier(options.schedule, step, totalSteps);
    const outputs = await family.run(variant, {
      ...batchTensors(this.order.at(step), dataset.descriptor.exampleShape),
      ...stepScalars(transform, { count: step + 1, learningRate }),
      ...drawMasks(network.masks, options.batchSize, stepKey.fold('dropout')),
      ...namedDraws(draws),
    });
    this.completed += 1;
    const loss = value(outputs, 'loss')!;
    if (!Number.isFinite(loss)) {
      this.nonFinite += 1;
      this.observer.event('warn', `The loss of step ${step} is ${loss}`, { step, loss: String(loss) });
      return this.nonFinite < options.nonFinitePatience;
    }
    this.nonFinite = 0;
    this.count(loss, value(outputs, 'correct'));
    if (this.completed % this.reportEvery === 0 || this.completed === totalSteps) this.report(learningRate);
    this.progress();
    return true;
  }

  private get reportEvery(): number {
    return Math.max(1, Math.min(LONGEST_REPORT_STEPS, Math.round(this.setup.stepsPerEpoch / REPORTS_PER_EPOCH)));
  }

  private count(loss: number, correct: number | undefined): void {
    this.running.loss += loss;
    this.running.steps += 1;
    if (correct !== undefined) {
      this.running.correct += correct;
      this.running.counted += 1;
    }
  }

  private report(learningRate: number): void {
    const { loss, steps, correct, counted } = this.running;
    this.publish({
      'train/loss': loss / steps,
      ...(counted > 0 && { 'train/accuracy': correct / (counted * this.setup.options.batchSize) }),
      'train/learning-rate': learningRate,
    });
    Object.assign(this.running, { loss: 0, correct: 0, steps: 0, counted: 0 });
  }

  /** Reports metrics and keeps them; numbers that are not finite are left out. */
  private publish(measured: Record<string, number>): void {
    const values = Object.fromEntries(Object.entries(measured).filter(([, metric]) => Number.isFinite(metric)));
    Object.assign(this.metrics, values);
    this.observer.metrics(this.completed, values);
  }

  private progress(): void {
    const { totalSteps, stepsPerEpoch } = this.setup;
    const seconds = (performance.now() - this.startedAt) / 1000;
    const etaSeconds = (seconds / (this.completed - this.startedStep)) * (totalSteps - this.completed);
    this.observer.progress({ step: this.completed, totalSteps, epoch: Math.floor(this.completed / stepsPerEpoch), etaSeconds });
  }

  private validationDue(): boolean {
    const { dataset, options: { validation }, stepsPerEpoch, totalSteps } = this.setup;
    if (dataset.descriptor.splits.validation === undefined) return false;
    const every = validation?.everySteps ?? (validation?.everyEpochs ?? 1) * stepsPerEpoch;
    return this.completed % every === 0 || this.completed === totalSteps;
  }

  /** @returns whether to stop early */
  private async validate(): Promise<boolean> {
    const measured = await this.evaluate('validation');
    if (measured === undefined) return false;
    const values = { 'validation/loss': measured.loss, 'validation/accuracy': measured.accuracy };
    this.publish(values);
    const rule = this.setup.options.validation?.earlyStop;
    if (rule === undefined) return false;
    const score = rule.metric === 'validation/loss' ? -values[rule.metric] : values[rule.metric];
    const better = this.earlyStop.best === null || score > this.earlyStop.best;
    Object.assign(this.earlyStop, better ? { best: score, stale: 0 } : { stale: this.earlyStop.stale + 1 });
    if (this.earlyStop.stale < rule.patience) return false;
    this.observer.event('info', `Stopped early: ${rule.metric} has not improved in ${rule.patience} validations`, { step: this.completed });
    return true;
  }

  /** Mean cross-entropy and accuracy on a split; nothing when aborted in between. */
  private async evaluate(name: SplitName): Promise<{ loss: number; accuracy: number } | undefined> {
    const { dataset, family, evaluationBatch } = this.setup;
    const split = dataset.split(name);
    let [loss, correct] = [0, 0];
    for (const { batch, weight } of paddedBatches(split, evaluationBatch)) {
      await turnOfTheEventLoop();
      if (this.signal.aborted) return undefined;
      const outputs = await family.run(EVALUATE, {
        ...batchTensors(batch, dataset.descriptor.exampleShape),
        weight: { dtype: 'float32', shape: [evaluationBatch], data: weight },
      });
      loss += value(outputs, 'loss')!;
      correct += value(outputs, 'correct')!;
    }
    return { loss: loss / split.count, accuracy: correct / split.count };
  }

  private checkpointDue(): boolean {
    const { options: { checkpoint }, totalSteps } = this.setup;
    if (this.completed === totalSteps || this.nonFinite > 0) return false;
    return (checkpoint.everySteps !== undefined && this.completed % checkpoint.everySteps === 0)
      || performance.now() - this.savedAt >= checkpoint.everySeconds * 1000;
  }

  /** Saves the state if it is finite and then forgets older checkpoints. @returns whether it was finite */
  private async save(): Promise<boolean> {
    const { family, folder } = this.setup;
    const tensors = await family.readState();
    if (this.reportNonFinite(tensors)) return false;
    const { completed: step, identity, running, earlyStop, metrics } = this;
    const path = await writeCheckpoint(folder, { step, identity, running, earlyStop, metrics, tensors });
    await this.observer.checkpoint(step, path);
    await keepOnly(folder, step);
    this.savedAt = performance.now();
    return true;
  }

  private reportNonFinite(tensors: NamedHostTensors): boolean {
    const name = firstNonFinite(tensors);
    if (name !== undefined) this.observer.event('warn', `After step ${this.completed}, '${name}' holds a number that is not finite`, { step: this.completed });
    return name !== undefined;
  }

  private async finish(): Promise<RunEnd> {
    const { dataset, family } = this.setup;
    if (this.reportNonFinite(await family.readState())) return 'diverged';
    if (dataset.descriptor.splits.test !== undefined) {
      const measured = await this.evaluate('test');
      if (measured === undefined) return 'cancelled';
      if (!Number.isFinite(measured.loss)) return 'diverged';
      this.publish({ 'test/accuracy': measured.accuracy, 'test/nll': measured.loss });
    }
    return 'succeeded';
  }
}
