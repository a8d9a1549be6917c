import * as tf from '@tensorflow/tfjs-core';
import type { Program, ProgramSignature } from '../src/compiler/program.js';
import { Key, uniform } from '../src/compiler/random/index.js';
import { sizeOf } from '../src/compiler/signature.js';
import type { NamedHostTensors, NamedSpecs, TensorSpec } from '../src/compiler/tensors.js';
import { createNetwork, type NetworkOptions } from '../src/networks/index.js';
import { createMethod } from '../src/training/methods/index.js';
import { optimiser } from '../src/training/optimisers/optimiser.js';
import { optimiserOptionsSchema } from '../src/training/optimisers/optimiser.options.js';
import { trainingEntries, trainingState } from '../src/training/training-programs.js';

/** One training step as a program, made anew at each call, so that nothing of it is known in the process. */
export interface Step { readonly program: Program; readonly signature: ProgramSignature }

const float = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });
/** Small numbers for floats, 0 for class indices. */
export const valuesOf = (specs: NamedSpecs): NamedHostTensors => Object.fromEntries(Object.entries(specs).map(([name, { dtype, shape }]) => {
  const count = sizeOf(shape);
  const data = dtype === 'float32' ? uniform(Key.from(name), count).map((u) => (u - 0.5) / 10) : new Int32Array(count);
  return [name, { dtype, shape, data }];
}));

/** Forward, backward and update with momentum of a network of the product. */
function networkStep(options: NetworkOptions, shape: readonly number[], batch: number): Step {
  const network = createNetwork(options, shape, 10);
  const transform = optimiser(optimiserOptionsSchema.parse({ name: 'sgd', learningRate: 0.05, momentum: 0.9 }));
  const entry = trainingEntries(network, createMethod({ name: 'erm', labelSmoothing: 0 }, batch), transform, batch, batch)['plain']!;
  return { program: entry.program, signature: { state: trainingState(network, transform), inputs: entry.inputs } };
}

/** An LSTM written out over `steps` time steps: hidden 256, vocabulary 50, batch 64, SGD. */
function lstmStep(steps: number): Step {
  const [batch, vocabulary, hidden] = [64, 50, 256];
  const tokens: TensorSpec = { dtype: 'int32', shape: [batch, steps] };
  const program: Program = {
    name: 'lstm',
    apply({ kernel, bias, output }, { x, y }) {
      const loss = (k: tf.Tensor, b: tf.Tensor, o: tf.Tensor): tf.Scalar => {
        let [c, h]: tf.Tensor[] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])];
        let total: tf.Tensor = tf.scalar(0);
        const [inputs, targets] = [x!, y!].map((ids) => tf.unstack(tf.oneHot(ids, vocabulary, 1, 0, 'float32'), 1));
        for (let t = 0; t < steps; t++) {
          [c, h] = tf.basicLSTMCell(tf.scalar(1), k as tf.Tensor2D, b as tf.Tensor1D, inputs![t] as tf.Tensor2D, c as tf.Tensor2D, h as tf.Tensor2D);
          total = tf.sub(total, tf.mean(tf.sum(tf.mul(targets![t]!, tf.logSoftmax(tf.matMul(h, o))), -1)));
        }
        return total as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([kernel!, bias!, output!]);
      const [dk, db, dOutput] = grads;
      return { outputs: { loss: value }, state: { kernel: tf.sub(kernel!, tf.mul(0.1, dk!)), bias: tf.sub(bias!, tf.mul(0.1, db!)), output: tf.sub(output!, tf.mul(0.1, dOutput!)) } };
    },
  };
  const state = { kernel: float(vocabulary + hidden, 4 * hidden), bias: float(4 * hidden), output: float(hidden, vocabulary) };
  return { program, signature: { state, inputs: { x: tokens, y: tokens } } };
}

const normalisation = (channels: number) => ({ mean: new Array<number>(channels).fill(0.5), standardDeviation: new Array<number>(channels).fill(0.5) });
/** What compilation is measured on, by title. */
export const compilerCases: Readonly<Record<string, () => Step>> = {
  'MLP 784-256-256-10': () => networkStep({ architecture: 'mlp', hidden: [256, 256], activation: 'relu', dropout: 0, normalisation: normalisation(1) }, [784], 128),
  'preact-resnet 18 on 32x32': () => networkStep({ architecture: 'preact-resnet', depth: 18, width: 64, normalisation: normalisation(3) }, [32, 32, 3], 32),
  'LSTM, 50 steps written out': () => lstmStep(50),
};
