import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { page } from './page.js';
import { readResults, type Comparison, type ContenderResult, type ResultFile } from './results.js';

const entry = (peer: string, threads: number, ...milliseconds: number[]): ContenderResult =>
  ({ peer, title: peer, version: '1.0', threads, milliseconds, difference: 1e-6, firstCall: 9, idleAfter: 40 });

const comparison: Comparison = {
  workload: 'mlp-256', title: 'an MLP', flops: 4e8,
  contenders: [
    entry('rampart', 1, 4, 5, 4), entry('rampart', 2, 2, 4, 2), entry('pytorch-debian', 1, 4, 4, 4), entry('pytorch-debian', 2, 8, 8, 8),
    entry('jax', 2, 1, 2, 1), entry('tfjs-wasm', 1, 30, 60, 30),
  ],
  absent: [{ peer: 'tfjs-node', title: 'tfjs-node', reason: 'not installed' }],
  limit: [{ threads: 1, milliseconds: [20, 20, 20] }, { threads: 2, milliseconds: [10, 20, 10] }], limitFlops: 2e9,
  foreignLoad: 0.021,
};
const file: ResultFile = {
  origin: { date: '2026-01-02', machine: 'two cores', command: 'npm run bench -- mlp-256', software: { 'Node.js': 'v1' } },
  comparisons: [comparison], compileTimes: [],
};
const rowOf = (text: string, start: string): string | undefined => text.split('\n').find((line) => line.startsWith(start));

describe('page', () => {
  it('judges ours with its better threads by the median ratio to each peer', () => {
    // 2 threads: 2/4, 4/4, 2/4 of Debian's; twice JAX; 4e8 operations in 2 ms are 200 GFLOP/s, as OpenBLAS in 10 ms.
    expect(rowOf(page([file]), '| an MLP |')).toBe('| an MLP | 2.00 (2) | 0.50 (met: <= 0.8) | 2.00 (not met: <= 1.0) | jax 1.0 | 200, 100 % | 15 (met: >= 10) |');
  });

  it('lists every contender, who is absent and why, and how the run went', () => {
    const text = page([file]);
    expect(rowOf(text, '| pytorch-debian | 1.0 | 2 |')).toBe('| pytorch-debian | 1.0 | 2 | 8.00 | 8.00 - 8.00 | 0.25 | 1.0e-6 |');
    expect(text).toContain('3 rounds. Others used 2.1 % of the processors during the turns. Threads were idle at most 40 ms after a turn.');
    expect(text).toContain('Not in the table: tfjs-node (not installed).');
    expect(text).toContain('Machine: two cores.');
    expect(text).toContain('| `npm run bench -- mlp-256` | 2026-01-02 |');
  });

  it('has a table of generators with their own targets', () => {
    const text = page([{ ...file, comparisons: [{ ...comparison, workload: 'gan', title: 'a GAN' }] }]);
    expect(rowOf(text, '| a GAN |')).toBe('| a GAN | 2.00 (2) | 0.50 (met: <= 1.0) | 2.00 (not met: <= 1.0) | jax 1.0 |');
    expect(text).toContain('### a GAN');
    expect(text).not.toContain('## Steps and attacks');
    expect(page([file])).not.toContain('## Generators');
  });

  it('names what was measured on a busy machine', () => {
    const disturbed = page([{ ...file, comparisons: [{ ...comparison, foreignLoad: 0.3 }] }]);
    expect(disturbed).toContain('Disturbed, others used more than 10 % of the processors: an MLP.');
    expect(page([file])).not.toContain('Disturbed');
  });

  it('shows rates of products, and compile times beside their targets', () => {
    const product: Comparison = { ...comparison, workload: 'gemm-512x512x512', title: 'a product', contenders: [entry('rampart', 1, 2), entry('openblas', 1, 1)] };
    const compiled = (peer: string, ...milliseconds: number[]) => ({ peer, title: peer, version: '1.0', threads: 2, milliseconds });
    const text = page([{
      ...file, comparisons: [product],
      compileTimes: [{ workload: 'lstm', title: 'an LSTM', contenders: [compiled('rampart', 900, 1100), compiled('jax', 1500, 1700)], absent: [] }],
    }]);
    expect(rowOf(text, '| a product |')).toBe('| a product | 1 | 200 | 400 | 50 % | - | - | - |');
    expect(text).toContain('Ours / OpenBLAS, median over the products: 50 % with 1 thread.');
    expect(rowOf(text, '| an LSTM |')).toBe('| an LSTM | 1.00 (met: <= 1) | - | 1.60; 0.62 (not met: <= 0.5) |');
  });

  it('is docs/benchmarks.md for the stored results', async () => {
    expect(await readFile('docs/benchmarks.md', 'utf8')).toBe(page(await readResults()));
  });
});
