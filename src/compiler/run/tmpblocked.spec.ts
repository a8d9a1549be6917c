import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractSignature, floats, row } from '../contract/row.js';
import { engineFor } from '../engines.js';
import type { NamedHostTensors } from '../tensors.js';
const cases = [
  [[16, 6, 6, 32], [3, 3, 32, 16], 1, 'same'], [[16, 6, 6, 16], [3, 3, 16, 32], 2, 'same'], [[16, 7, 5, 16], [3, 3, 16, 32], 2, 'same'],
  [[16, 7, 7, 32], [1, 1, 32, 16], 2, 'same'], [[16, 6, 6, 3], [3, 3, 3, 16], 1, 'same'], [[16, 9, 9, 16], [3, 3, 16, 16], 2, 'valid'], [[16, 10, 9, 16], [2, 4, 16, 16], [3, 2], 'valid'],
  [[16, 6, 6, 32], [1, 1, 32, 16], 1, 'same'], [[16, 8, 8, 16], [5, 5, 16, 16], 1, 'same'],[[16, 8, 8, 16], [5, 5, 16, 16], 2, 'same'], [[3, 8, 8, 16], [3, 3, 16, 16], 2, 'same'],
] as [number[], number[], number | [number, number], 'same' | 'valid'][];
it.each(cases)('%s %s %s %s', async (x, w, s, p) => {
  const r = row('c', { x: floats(x, -1, 1), w: floats(w, -1, 1), b: floats([w[3]!]) }, ({ x, w, b }) => tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, s, p), b!)));
  const results: NamedHostTensors[] = [];
  for (const engine of ['cpu', 'onnx'] as const) {
    const executable = await engineFor(engine).compile(contractProgram(r), contractSignature(r), { state: {}, threads: 1 });
    results.push(await executable.run(r.inputs));
    await executable.dispose();
  }
  expect(difference(results[1]!, results[0]!, 1e-4, 2e-3)).toBeUndefined();
});
