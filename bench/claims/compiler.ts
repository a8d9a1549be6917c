/**
 * Card "Theano", claims of the compiler that are about time and memory: H3 (fusion of elementwise chains) and H4 (buffers that are
 * used again; the caller's input stays as it is). Five repetitions take the place of seeds; the arms take turns.
 * Run: npm run bench -- claims/compiler   (Linux, for H4)
 */
import * as tf from '@tensorflow/tfjs-core';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { optimise } from '../../src/compiler/passes/index.js';
import type { Program } from '../../src/compiler/program.js';
import { Key, uniform } from '../../src/compiler/random/index.js';
import { heapArena, SharedArena, type Arena } from '../../src/compiler/run/arena.js';
import { compileProgram } from '../../src/compiler/run/compiled-program.js';
import { StateStore } from '../../src/compiler/run/state-store.js';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { trace } from '../../src/compiler/trace/index.js';
import { median } from '../harness/statistics.js';
import { armTable, judge, runExperiment, verdictTable, type Claim } from './harness.js';

const ELEMENTS = 1_000_000;
const LENGTHS = [2, 6, 12];
const CALLS = 15;
const REPETITIONS = [1, 2, 3, 4, 5];

/** Elementwise operations that repeat from the start; values stay in [-2, 2]. */
const OPERATIONS: readonly ((h: tf.Tensor) => tf.Tensor)[] = [
  (h) => tf.mul(h, 0.5), (h) => tf.add(h, 0.25), tf.square, (h) => tf.sub(h, 1), tf.abs, tf.sqrt,
];

const chain = (length: number): Program => ({
  name: `chain-${length}`,
  apply: ({ x }) => ({ outputs: {}, state: { x: Array.from({ length }, (_, i) => OPERATIONS[i % OPERATIONS.length]!).reduce((h, operation) => operation(h), x!) } }),
});

/** Median milliseconds of x <- chain(x). In the shared arena elementwise updates are fused; on the heap ONNX Runtime runs node by node. */
async function updateTime(length: number, arena: Arena): Promise<number> {
  const specs = { x: { dtype: 'float32', shape: [ELEMENTS] } } as const;
  const state: NamedHostTensors = { x: { dtype: 'float32', shape: [ELEMENTS], data: uniform(Key.from('x'), ELEMENTS) } };
  const graph = optimise(trace(chain(length), { state: specs, inputs: {} }));
  const compiled = await compileProgram(graph, new StateStore('chain', specs, state, arena), arena, 1);
  try {
    await compiled.run({});
    const times: number[] = [];
    for (let call = 0; call < CALLS; call++) {
      const start = performance.now();
      await compiled.run({});
      times.push(performance.now() - start);
    }
    return median(times);
  } finally {
    await compiled.release();
  }
}

/** Buffers that one call of f(x) = exp(2 log(x + 1)) adds at its peak, in a fresh process. */
async function peakBuffers(engine: 'onnx' | 'cpu'): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('./peak-memory.js', import.meta.url)), engine]);
  return Number(stdout);
}

const chainMetric = (length: number): string => `ms, chain of ${length}`;
const BUFFERS = 'buffers at the peak';

const ARMS: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  fused: () => chainTimes(() => new SharedArena()),
  'node by node': () => chainTimes(() => heapArena),
  engine: async () => ({ [BUFFERS]: await peakBuffers('onnx') }),
  eager: async () => ({ [BUFFERS]: await peakBuffers('cpu') }),
};

async function chainTimes(arena: () => Arena): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const length of LENGTHS) values[chainMetric(length)] = await updateTime(length, arena());
  return values;
}

const fusion = (length: number): Claim => ({
  id: `H3, n = ${length}`, text: `time of a fused chain of ${length} <= 0.7 of node by node`, metric: chainMetric(length),
  direction: 'lower', better: 'fused', worse: 'node by node', limit: (time) => 0.7 * time,
});
const CLAIMS: readonly Claim[] = [
  ...LENGTHS.filter((length) => length >= 6).map(fusion),
  { id: 'H4', text: 'at least one buffer less at the peak than eager', metric: BUFFERS, direction: 'lower', better: 'engine', worse: 'eager', limit: (buffers) => buffers - 1 },
];

const file = 'bench/claims/results/compiler.json';
await rm(file, { force: true }); // times of other code or machines are not to be mixed
const results = await runExperiment({
  file, settings: { elements: ELEMENTS, calls: CALLS }, arms: Object.keys(ARMS), seeds: REPETITIONS,
  run: (arm) => ARMS[arm]!(),
});
const text = [
  '<!-- written by: npm run bench -- claims/compiler -->',
  `Chains of elementwise operations x <- f(x) on ${ELEMENTS.toLocaleString('en')} floats with 1 thread, median of ${CALLS} calls; peak memory of one call of exp(2 log(x + 1)) on`,
  `16 million floats in a fresh process, in buffers of that size. ${REPETITIONS.length} repetitions; mean ± standard deviation.`, '',
  armTable(['fused', 'node by node'], LENGTHS.map(chainMetric), results), '',
  armTable(['engine', 'eager'], [BUFFERS], results), '',
  verdictTable(CLAIMS.map((claim) => judge(claim, results))), '',
  `The mean difference is to the limit that the statement names. After each call the caller's input is compared bit for bit (${availableParallelism()} cores, ${new Date().toISOString().slice(0, 10)}).`, '',
].join('\n');
await writeFile('bench/claims/results/compiler.md', text);
console.log(text);
