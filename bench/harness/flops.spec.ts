import { expect, it } from 'vitest';
import { gemm } from '../workloads/gemm.js';
import { lstm } from '../workloads/lstm.js';
import { mlp } from '../workloads/mlp.js';
import { convnet } from '../workloads/convnet.js';
import { sampling } from '../workloads/sampling.js';
import { workloadFlops } from './flops.js';

it('counts 2 M N K for a product, however its operands are stored', () => {
  expect(workloadFlops(gemm({ rows: 3, inner: 5, columns: 7 }))).toBe(2 * 3 * 5 * 7);
  expect(workloadFlops(gemm({ rows: 3, inner: 5, columns: 7, transposeA: true, transposeB: true }))).toBe(2 * 3 * 5 * 7);
});

it('counts forward, kernel gradients and input gradients of all but the first layer', () => {
  const [first, second, last] = [784 * 256, 256 * 256, 256 * 10];
  expect(workloadFlops(mlp(256))).toBe(2 * 128 * (2 * first + 3 * second + 3 * last));
});

it('counts convolutions by their output', () => {
  const layers = [28 * 28 * 32 * 9, 14 * 14 * 64 * 9 * 32, 7 * 7 * 64 * 9 * 64, 7 * 7 * 64 * 10];
  expect(workloadFlops(convnet())).toBe(2 * 64 * (2 * layers[0]! + 3 * (layers[1]! + layers[2]! + layers[3]!)));
});

it('counts the body of a loop once for each step', () => {
  const [input, recurrent, logits] = [50 * 4 * 256, 256 * 4 * 256, 256 * 50];
  expect(workloadFlops(lstm())).toBe(2 * 50 * 64 * (2 * input + 3 * recurrent + 3 * logits));
});

it('counts all rows of a call where the entry leaves the batch open', () => {
  const [hidden, seed, deconvolution, output] = [16 * 128, 128 * 7 * 7 * 32, 7 * 7 * 32 * 16 * 4 * 4, 14 * 14 * 16 * 4 * 4];
  expect(workloadFlops(sampling())).toBe(2 * 10_000 * (hidden + seed + deconvolution + output));
});
