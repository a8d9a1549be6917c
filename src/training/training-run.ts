import type { ExecutableFamily } from '../compiler/program.js';
import type { Key } from '../compiler/random/index.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Dataset, SplitName } from '../datasets/dataset.js';
import type { JobObserver } from '../observer/job-observer.js';
import { BatchOrder, batchTensors } from './batches.js';
import type { TrainingLength } from './check-training.js';
import { keepOnly, writeCheckpoint, type Checkpoint, type CheckpointRecord } from './checkpoint.js';
import { rateMultiplier } from './schedules/schedule.js';
import type { RunOptions } from './training.options.js';

/** Named sums since the last report of training metrics. */
export type RunningSums = CheckpointRecord['running'];

/** What is trained, as the loop over steps sees it. */
export interface TrainingSubject {
  /** The program of step 0, 1, ... and its inputs besides x and y. */
  step(step: number, key: Key, learningRate: number): { readonly entry: string; readonly inputs: NamedHostTensors };
  /** Adds what a step with a finite `loss` gave. */
  count(running: RunningSums, outputs: NamedHostTensors): void;
  /** Metrics `train/...` of the steps counted in `running`. */
  report(running: RunningSums, completed: number): Record<string, number>;
  /** Metrics `<split>/...`; undefined when `aborted` in between. */
  evaluate(split: SplitName, aborted: () => boolean): Promise<Record<string, number> | undefined>;
  /** Called after each step with a finite loss, `last` when no step follows. @returns further metrics */
  after?(completed: number, last: boolean): Promise<Record<string, number>>;
}

export type RunEnd = 'succeeded' | 'diverged' | 'cancelled';

export interface RunSetup extends TrainingLength {
  readonly dataset: Dataset;
  readonly options: RunOptions;
  readonly folder: string;
  readonly family: ExecutableFamily;
  readonly key: Key;
  readonly subject: TrainingSubject;
}

/** Training metrics are reported about so often in an epoch, and at least every so many steps. */
const REPORTS_PER_EPOCH = 10;
const LONGEST_REPORT_STEPS = 50;

const value = (tensors: NamedHostTensors, name: string): number | undefined => tensors[name]?.data[0];
/** Lets messages in, such as that of the abort signal: an engine may compute on this thread. */
export const turnOfTheEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const firstNonFinite = (tensors: NamedHostTensors): string | undefined =>
  Object.keys(tensors).find((name) => !(tensors[name]!.data as Float32Array).every(Number.isFinite));

/** The loop over steps: draws, runs, reports, validates, saves. */
export class TrainingRun {
  completed: number;
  metrics: Record<string, number>;
  private readonly running: RunningSums;
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
      await turnOfTheEventLoop();
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
    const { options, subject, family, key, dataset, totalSteps } = this.setup;
    const step = this.completed;
    const learningRate = options.optimiser.learningRate * rateMultiplier(options.schedule, step, totalSteps);
    const { entry, inputs } = subject.step(step, key.fold('step').fold(step), learningRate);
    const outputs = await family.run(entry, { ...batchTensors(this.order.at(step), dataset.descriptor.exampleShape), ...inputs });
    this.completed += 1;
    const loss = value(outputs, 'loss')!;
    if (!Number.isFinite(loss)) {
      this.nonFinite += 1;
      this.observer.event('warn', `The loss of step ${step} is ${loss}`, { step, loss: String(loss) });
      return this.nonFinite < options.nonFinitePatience;
    }
    this.nonFinite = 0;
    subject.count(this.running, outputs);
    if (this.completed % this.reportEvery === 0 || this.completed === totalSteps) this.report(learningRate);
    this.progress();
    this.publish((await subject.after?.(this.completed, this.completed === totalSteps)) ?? {});
    return true;
  }

  private get reportEvery(): number {
    return Math.max(1, Math.min(LONGEST_REPORT_STEPS, Math.round(this.setup.stepsPerEpoch / REPORTS_PER_EPOCH)));
  }

  private report(learningRate: number): void {
    this.publish({ ...this.setup.subject.report(this.running, this.completed), 'train/learning-rate': learningRate });
    for (const name of Object.keys(this.running)) this.running[name] = 0;
  }

  /** Reports metrics and keeps them; numbers that are not finite are left out. */
  private publish(measured: Record<string, number>): void {
    const values = Object.fromEntries(Object.entries(measured).filter(([, metric]) => Number.isFinite(metric)));
    if (Object.keys(values).length === 0) return;
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
    this.publish(measured);
    const rule = this.setup.options.validation?.earlyStop;
    if (rule === undefined) return false;
    const score = (rule.metric === 'validation/loss' ? -1 : 1) * (measured[rule.metric] ?? NaN);
    const better = this.earlyStop.best === null || score > this.earlyStop.best;
    Object.assign(this.earlyStop, better ? { best: score, stale: 0 } : { stale: this.earlyStop.stale + 1 });
    if (this.earlyStop.stale < rule.patience) return false;
    this.observer.event('info', `Stopped early: ${rule.metric} has not improved in ${rule.patience} validations`, { step: this.completed });
    return true;
  }

  private evaluate(split: SplitName): Promise<Record<string, number> | undefined> {
    return this.setup.subject.evaluate(split, () => this.signal.aborted);
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
      if (!Object.values(measured).every(Number.isFinite)) return 'diverged';
      this.publish(measured);
    }
    return 'succeeded';
  }
}
