import * as tf from '@tensorflow/tfjs-core';
import { engineFor } from '../../compiler/engines.js';
import type { Program } from '../../compiler/program.js';
import { tensorflowVersion } from '../../compiler/tensorflow-backend.js';
import type { ComputationResult, TrialComputation } from './protocol.js';

/** w <- w - d/dw sum((x w)^2) */
const descent: Program = {
  name: 'trial',
  apply({ w }, { x }) {
    const loss = (at: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.matMul(x!, at)));
    const { value, grad } = tf.valueAndGrad(loss)(w!);
    return { outputs: { loss: value }, state: { w: tf.sub(w!, grad) } };
  },
};

const float = (shape: readonly number[], ...values: readonly number[]) => ({ dtype: 'float32' as const, shape, data: Float32Array.from(values) });

/** Compiles and runs a small program with a gradient, and checks its numbers. */
export async function computeTrial({ engine: name, device }: TrialComputation): Promise<ComputationResult> {
  const engine = engineFor(name, { device });
  const state = { w: float([2, 1], 1, 2) };
  const x = float([1, 2], 0.5, 1);
  const executable = await engine.compile(descent, { state, inputs: { x } }, { state });
  try {
    const { loss } = await executable.run({ x }); // (0.5 + 2)^2
    const { w } = await executable.readState(); // w - 2 (x w) x = [1, 2] - 5 [0.5, 1]
    const values = [loss!.data[0]!, ...w!.data];
    const expected = [6.25, -1.5, -3];
    if (values.some((value, i) => Math.abs(value - expected[i]!) > 0.01)) throw new Error(`a trial program gave ${values.join(', ')} instead of ${expected.join(', ')}`);
  } finally {
    await executable.dispose();
  }
  const version = name === 'tensorflow' ? tensorflowVersion() : undefined;
  return { kind: 'trial', engine: { name, device: engine.device, ...(version !== undefined && { tensorflow: version }) } };
}
