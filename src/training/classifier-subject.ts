import type { ExecutableFamily } from '../compiler/program.js';
import type { Key } from '../compiler/random/index.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import type { Dataset, SplitName } from '../datasets/dataset.js';
import type { Network } from '../networks/index.js';
import { batchTensors, paddedBatches } from './batches.js';
import type { Method } from './methods/index.js';
import type { Transform } from './optimisers/transform.js';
import { stepScalars } from './optimiser-state.js';
import { drawMasks, EVALUATE, namedDraws } from './training-programs.js';
import { turnOfTheEventLoop, type RunningSums, type TrainingSubject } from './training-run.js';

export interface ClassifierSetup {
  readonly dataset: Dataset;
  readonly network: Network;
  readonly method: Method;
  readonly transform: Transform;
  readonly family: ExecutableFamily;
  readonly batchSize: number;
  readonly evaluationBatch: number;
}

/** Sums of the steps since the last report; `counted` are those whose batch was not mixed. */
export const CLASSIFIER_SUMS = { loss: 0, correct: 0, steps: 0, counted: 0 };

/** A classifier in training: loss and hits of the steps, cross-entropy and accuracy of the splits. */
export class ClassifierSubject implements TrainingSubject {
  constructor(private readonly setup: ClassifierSetup) {}

  step(step: number, key: Key, learningRate: number): ReturnType<TrainingSubject['step']> {
    const { method, transform, network, batchSize } = this.setup;
    const { variant, draws } = method.draw(key.fold('method'));
    return {
      entry: variant,
      inputs: {
        ...stepScalars(transform, { count: step + 1, learningRate }),
        ...drawMasks(network.masks, batchSize, key.fold('dropout')),
        ...namedDraws(draws),
      },
    };
  }

  count(running: RunningSums, { loss, correct }: NamedHostTensors): void {
    running['loss']! += loss!.data[0]!;
    running['steps']! += 1;
    if (correct === undefined) return;
    running['correct']! += correct.data[0]!;
    running['counted']! += 1;
  }

  report({ loss, steps, correct, counted }: RunningSums): Record<string, number> {
    return {
      'train/loss': loss! / steps!,
      ...(counted! > 0 && { 'train/accuracy': correct! / (counted! * this.setup.batchSize) }),
    };
  }

  async evaluate(name: SplitName, aborted: () => boolean): Promise<Record<string, number> | undefined> {
    const { dataset, family, evaluationBatch } = this.setup;
    const split = dataset.split(name);
    let [loss, correct] = [0, 0];
    for (const { batch, weight } of paddedBatches(split, evaluationBatch)) {
      await turnOfTheEventLoop();
      if (aborted()) return undefined;
      const outputs = await family.run(EVALUATE, {
        ...batchTensors(batch, dataset.descriptor.exampleShape),
        weight: { dtype: 'float32', shape: [evaluationBatch], data: weight },
      });
      loss += outputs['loss']!.data[0]!;
      correct += outputs['correct']!.data[0]!;
    }
    return { [name === 'test' ? 'test/nll' : `${name}/loss`]: loss / split.count, [`${name}/accuracy`]: correct / split.count };
  }
}
