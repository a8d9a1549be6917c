import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractSignature, floats, row, type ContractRow } from '../contract/row.js';
import { evaluate } from '../evaluate/index.js';
import type { Graph } from '../graph/graph.js';
import { countOperations, print } from '../graph/print.js';
import { verify } from '../graph/verify.js';
import { optimise } from '../passes/index.js';
import { trace } from '../trace/index.js';
import { blockedLayout } from './blocked-layout.js';

/** Channels in a block: any number is as good as the 8 or 16 of a processor. */
const block = 4;

type Padding = 'same' | 'valid';
const image = (x: tf.Tensor | undefined): tf.Tensor4D => x as tf.Tensor4D;
const convolution = (x: number[], filter: number[], stride: number | [number, number], pad: Padding): ContractRow =>
  row(`${x.join('x')} * ${filter.join('x')} stride ${String(stride)} ${pad}`, { x: floats(x, -1, 1), w: floats(filter, -1, 1) },
    ({ x: images, w }) => tf.conv2d(image(images), image(w), stride, pad));

const rows: readonly ContractRow[] = [
  convolution([4, 6, 6, 8], [3, 3, 8, 4], 1, 'same'),
  convolution([4, 6, 6, 4], [3, 3, 4, 8], 2, 'same'),
  convolution([4, 7, 5, 4], [3, 3, 4, 8], 2, 'same'),
  convolution([4, 7, 7, 8], [1, 1, 8, 4], 2, 'same'),
  convolution([4, 6, 6, 3], [3, 3, 3, 4], 1, 'same'),
  convolution([4, 9, 9, 4], [3, 3, 4, 4], 2, 'valid'),
  convolution([4, 8, 8, 4], [3, 3, 4, 4], 2, 'valid'), // a rest that no window reaches
  convolution([4, 10, 9, 4], [2, 4, 4, 4], [3, 2], 'valid'),
  convolution([4, 8, 8, 4], [5, 5, 4, 4], 2, 'same'),
  convolution([3, 6, 6, 4], [3, 3, 4, 4], 1, 'same'), // examples without whole blocks: the filter gradient stays plain
  convolution([4, 6, 6, 6], [3, 3, 6, 4], 1, 'same'), // channels without whole blocks: only the filter gradient has them, in its examples
];

const graphOf = (contract: ContractRow): Graph => optimise(trace(contractProgram(contract), contractSignature(contract))).graph;

describe('blocked layout', () => {
  it.each(rows.map((contract) => [contract.name, contract] as const))('keeps value and gradients of %s', (_, contract) => {
    const plain = graphOf(contract);
    const blocked = blockedLayout(plain, block);
    verify(blocked, 'after blocked layout');
    expect(difference(evaluate(blocked, {}, contract.inputs).outputs, evaluate(plain, {}, contract.inputs).outputs, 1e-5, 1e-4)).toBeUndefined();
  });

  it('blocks all three convolutions where channels and examples come in whole blocks, and none elsewhere', () => {
    const counts = rows.map((contract) => {
      const { blockedConv = 0, conv = 0, convInputGradient = 0, convFilterGradient = 0 } = countOperations(blockedLayout(graphOf(contract), block));
      return [blockedConv, conv + convInputGradient + convFilterGradient];
    });
    // a stride of 2 takes four convolutions for dx, less those of places that the filter does not have
    expect(counts).toEqual([[3, 0], [6, 0], [6, 0], [3, 0], [1, 2], [6, 0], [6, 0], [6, 0], [6, 0], [2, 1], [1, 2]]);
  });

  it('leaves the graph alone without a block size, and without convolutions', () => {
    const plain = graphOf(rows[0]!);
    expect(blockedLayout(plain, undefined)).toBe(plain);
    const dense = graphOf(row('dense', { x: floats([4, 8]), w: floats([8, 4]) }, ({ x, w }) => tf.matMul(x!, w!)));
    expect(blockedLayout(dense, block)).toBe(dense);
  });

  it('keeps images blocked through bias, activation, batch statistics and residual sum', () => {
    const contract = row('residual', { x: floats([4, 4, 4, 4]), w: floats([3, 3, 4, 4], -1, 1), v: floats([3, 3, 4, 4], -1, 1), b: floats([4]) }, ({ x, w, v, b }) => {
      const first = tf.relu(tf.add(tf.conv2d(image(x), image(w), 1, 'same'), b!));
      const { mean, variance } = tf.moments(first, [0, 1, 2]);
      const normal = tf.mul(tf.sub(first, mean), tf.rsqrt(tf.add(variance, 1e-3)));
      return tf.mean(tf.add(tf.conv2d(image(normal), image(v), 1, 'same'), first), [1, 2]);
    }, false);
    const plain = graphOf(contract);
    const blocked = blockedLayout(plain, block);
    expect(difference(evaluate(blocked, {}, contract.inputs).outputs, evaluate(plain, {}, contract.inputs).outputs, 1e-5, 1e-4)).toBeUndefined();
    const { toBlocked, fromBlocked, blockedConv } = countOperations(blocked);
    expect({ toBlocked, fromBlocked, blockedConv }).toEqual({ toBlocked: 1, fromBlocked: undefined, blockedConv: 2 });
  });

  it('takes a batch dimension, and gives filters one transpose from the order in which they are stored', () => {
    const program = { name: 'forward', apply: ({ w }: Record<string, tf.Tensor>, { x }: Record<string, tf.Tensor>) => ({ outputs: { y: tf.relu(tf.conv2d(image(x), image(w), 1, 'same')) } }) };
    const { graph } = optimise(trace(program, { state: { w: { dtype: 'float32', shape: [3, 3, 4, 8] } }, inputs: { x: { dtype: 'float32', shape: [-1, 5, 5, 4] } } }));
    expect(print(blockedLayout(graph, block))).toMatchInlineSnapshot(`
      "a:float32[-1,5,5,4] = input name=x
      b:float32[3,3,4,8] = state name=w
      c:float32[-1,4,5,5] = transpose a permutation=[0,3,1,2]
      d:float32[-1,1,5,5,4] = toBlocked c block=4
      e:float32[3,3,4,2,4] = reshape b shape=[3,3,4,2,4]
      f:float32[2,3,3,4,4] = transpose e permutation=[3,0,1,2,4]
      g:float32[2,1,3,3,4,4] = reshape f shape=[2,1,3,3,4,4]
      h:float32[-1,2,5,5,4] = blockedConv d g strides=[1,1] pads=[1,1,1,1] dilations=[1,1] groups=1
      i:float32[-1,5,5,2,4] = transpose h permutation=[0,2,3,1,4]
      j:float32[-1,5,5,8] = reshape i shape=[-1,5,5,8]
      k:float32[-1,5,5,8] = relu j
      outputs y=k"
    `);
  });

  it('carries comparisons and selections of blocked images', () => {
    const contract = row('masked', { x: floats([4, 4, 4, 4]), w: floats([3, 3, 4, 4], -1, 1) }, ({ x, w }) => {
      const y = tf.conv2d(image(x), image(w), 1, 'same');
      const mask = tf.greater(y, x!);
      return tf.concat([tf.where(mask, y, tf.neg(y)), tf.cast(mask, 'float32')], 0);
    }, false);
    const plain = graphOf(contract);
    expect(difference(evaluate(blockedLayout(plain, block), {}, contract.inputs).outputs, evaluate(plain, {}, contract.inputs).outputs, 1e-5, 1e-4)).toBeUndefined();
  });
});
