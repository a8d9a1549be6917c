import * as tf from '@tensorflow/tfjs-core';
import { Key, normal } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { sameOutputs, type Workload } from './workload.js';

/** c [rows, columns] = op(a) op(b) over `inner` products each; a and b are stored transposed where it says so. */
export interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Squares, and the products of the workloads: forward, gradient of the input (transposeB), gradient of the kernel (transposeA). */
export const PRODUCTS: readonly Product[] = [
  { rows: 512, inner: 512, columns: 512 },
  { rows: 1024, inner: 1024, columns: 1024 },
  { rows: 2048, inner: 2048, columns: 2048 },
  { rows: 128, inner: 784, columns: 256 },
  { rows: 128, inner: 1024, columns: 1024 },
  { rows: 128, inner: 1024, columns: 1024, transposeB: true },
  { rows: 1024, inner: 128, columns: 1024, transposeA: true },
  { rows: 64, inner: 256, columns: 1024 },
  { rows: 256, inner: 64, columns: 1024, transposeA: true },
  { rows: 64, inner: 288, columns: 12_544 },
];

export const productName = ({ rows, inner, columns, transposeA, transposeB }: Product): string =>
  `gemm-${rows}x${inner}${transposeA ? 't' : ''}x${columns}${transposeB ? 't' : ''}`;

const operand = (name: string, rows: number, columns: number, transposed: boolean): HostTensor => {
  const shape = transposed ? [columns, rows] : [rows, columns];
  return { dtype: 'float32', shape, data: normal(Key.from(name), rows * columns) };
};

/** One product of matrices that stay with the peer; the result is written over the last one. */
export function gemm(product: Product): Workload {
  const { rows, inner, columns, transposeA = false, transposeB = false } = product;
  const a = operand('a', rows, inner, transposeA);
  const b = operand('b', inner, columns, transposeB);
  const c: HostTensor = { dtype: 'float32', shape: [rows, columns], data: new Float32Array(rows * columns) };
  const stored = (transposed: boolean): string => (transposed ? ', stored transposed' : '');
  return {
    name: productName(product),
    title: `[${rows}, ${inner}]${stored(transposeA)} times [${inner}, ${columns}]${stored(transposeB)}`,
    model: 'gemm',
    options: { transposeA, transposeB },
    tensors: { a, b },
    agreement: sameOutputs(1e-3),
    entries: {
      product: { inputs: {}, program: { name: 'product', apply: (state) => ({ outputs: {}, state: { c: tf.matMul(state['a'] as tf.Tensor2D, state['b'] as tf.Tensor2D, transposeA, transposeB) } }) } },
      read: { inputs: {}, program: { name: 'read', apply: (state) => ({ outputs: { c: tf.clone(state['c']!) } }) } },
    },
    stateSpecs: Object.fromEntries(Object.entries({ a, b, c }).map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
    state: { a, b, c },
    async call(run) {
      await run('product', {});
      return {};
    },
    inspect: (run) => run('read', {}),
  };
}
