import type { ExecutableFamily } from '../../compiler/program.js';
import { normal, type Key } from '../../compiler/random/index.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { Dataset, SplitName } from '../../datasets/dataset.js';
import type { JobObserver } from '../../observer/job-observer.js';
import { batchTensors, paddedBatches } from '../batches.js';
import type { Transform } from '../optimisers/transform.js';
import { turnOfTheEventLoop, type RunningSums, type TrainingSubject } from '../training-run.js';
import { BalanceMonitor } from './balance-monitor.js';
import type { GenerationMethod } from './generation-method.js';
import { CRITIC_STEP, drawNoise, drawSamplingNoise, EVALUATE, generatorScalars, SAMPLES, STEP } from './generator-programs.js';
import { diversity, SAMPLE_COUNT, samplePicture } from './sample-picture.js';

export interface GeneratorSetup {
  readonly dataset: Dataset;
  readonly method: GenerationMethod;
  readonly transform: Transform;
  readonly family: ExecutableFamily;
  /** Of everything that is not a step. */
  readonly key: Key;
  readonly averageDecay: number;
  readonly picturesEvery: number;
  readonly evaluationBatch: number;
  readonly observer: JobObserver;
}

/** A latent dimension takes part when its mean varies by more over the data (Burda et al. 2016, section 5.2). */
const ACTIVE_VARIANCE = 0.01;

/** A generator in training: means of the losses and their parts, pictures of samples, reconstruction of the splits. */
export class GeneratorSubject implements TrainingSubject {
  private readonly monitor: BalanceMonitor;
  private readonly samples: NamedHostTensors;
  private readonly dataDiversity: number;

  constructor(private readonly setup: GeneratorSetup) {
    const { dataset, method: { generator: { shape } }, key, observer } = setup;
    this.monitor = new BalanceMonitor(observer);
    this.samples = {
      ...drawSamplingNoise(setup.method, SAMPLE_COUNT, key.fold('samples')),
      y: { dtype: 'int32', shape: [SAMPLE_COUNT], data: Int32Array.from({ length: SAMPLE_COUNT }, (_, i) => i % shape.classCount) },
    };
    const split = dataset.split('train');
    const count = Math.min(SAMPLE_COUNT, split.count);
    const { examples } = split.batch(Array.from({ length: count }, (_, i) => Math.floor((i * split.count) / count)));
    this.dataDiversity = diversity({ data: examples, shape: [count] });
  }

  step(step: number, key: Key, learningRate: number): ReturnType<TrainingSubject['step']> {
    const { method, transform, averageDecay } = this.setup;
    const both = (step + 1) % method.criticSteps === 0;
    return {
      entry: both ? STEP : CRITIC_STEP,
      inputs: { ...generatorScalars(method, transform, step + 1, learningRate, averageDecay), ...drawNoise(method.draws, key.fold('noise')) },
    };
  }

  /** A sum and a count for each output: some steps move one player only. */
  count(running: RunningSums, outputs: NamedHostTensors): void {
    for (const [name, { data }] of Object.entries(outputs)) {
      running[name] = (running[name] ?? 0) + data[0]!;
      running[`${name}/count`] = (running[`${name}/count`] ?? 0) + 1;
    }
  }

  report(running: RunningSums, completed: number): Record<string, number> {
    const names = Object.keys(running).filter((name) => !name.endsWith('/count') && running[`${name}/count`]! > 0);
    const metrics = Object.fromEntries(names.map((name) => [`train/${name}`, running[name]! / running[`${name}/count`]!]));
    this.monitor.report(completed, metrics);
    return metrics;
  }

  async after(completed: number, last: boolean): Promise<Record<string, number>> {
    const { dataset: { descriptor }, family, picturesEvery, observer } = this.setup;
    if (completed % picturesEvery !== 0 && !last) return {};
    const x = (await family.run(SAMPLES, this.samples))['x']!;
    if (!(x.data as Float32Array).every(Number.isFinite)) return {};
    const relative = diversity(x) / this.dataDiversity;
    this.monitor.samples(completed, relative);
    await observer.picture(completed, 'samples', await samplePicture(descriptor, x, this.samples['y']!.data as Int32Array));
    return { 'samples/diversity': relative };
  }

  /** Nothing for methods without an encoder. */
  async evaluate(name: SplitName, aborted: () => boolean): Promise<Record<string, number> | undefined> {
    const { dataset, method: { generator: { encoder, shape } }, family, evaluationBatch, key } = this.setup;
    if (encoder === undefined) return {};
    const split = dataset.split(name);
    const noise = key.fold(name);
    const sums: Record<string, Float64Array> = {};
    let index = 0;
    for (const { batch, weight } of paddedBatches(split, evaluationBatch)) {
      await turnOfTheEventLoop();
      if (aborted()) return undefined;
      const outputs = await family.run(EVALUATE, {
        ...batchTensors(batch, dataset.descriptor.exampleShape),
        weight: { dtype: 'float32', shape: [evaluationBatch], data: weight },
        eps: { dtype: 'float32', shape: [evaluationBatch, shape.latent], data: normal(noise.fold(index++), evaluationBatch * shape.latent) },
      });
      for (const [of, { data }] of Object.entries(outputs)) {
        const sum = (sums[of] ??= new Float64Array(data.length));
        data.forEach((value, i) => (sum[i]! += value));
      }
    }
    return splitMetrics(name, sums, split.count);
  }
}

function splitMetrics(split: SplitName, { squaredError, mean, meanSquare, elbo }: Record<string, Float64Array>, count: number): Record<string, number> {
  const variances = Array.from(mean!, (sum, i) => meanSquare![i]! / count - (sum / count) ** 2);
  return {
    [`${split}/reconstruction-error`]: squaredError![0]! / count,
    [`${split}/active-units`]: variances.filter((variance) => variance > ACTIVE_VARIANCE).length,
    ...(elbo && { [`${split}/elbo`]: elbo[0]! / count }),
  };
}
