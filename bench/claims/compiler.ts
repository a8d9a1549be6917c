/**
 * Card "Theano", claims of the compiler that are about time and memory: H3 (fusion of elementwise chains), H4 (buffers that are
 * used again; the caller's input stays as it is) and H9 (passes cost compile time and save run time). Five repetitions take
 * the place of seeds; the arms take turns.
 * Run: npm run bench -- claims/compiler   (Linux, for H4)
 */
import * as tf from '@tensorflow/tfjs-core';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Graph } from '../../src/compiler/graph/graph.js';
import { optimise } from '../../src/compiler/passes/index.js';
import type { Program } from '../../src/compiler/program.js';
import { Key, uniform } from '../../src/compiler/random/index.js';
import { heapArena, SharedArena, type Arena } from '../../src/compiler/run/arena.js';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { trace } from '../../src/compiler/trace/index.js';
import { workloadNamed } from '../workloads/index.js';
import { armTable, judge, runExperiment, verdictTable, type Claim } from './harness.js';
import { timeGraph } from './timed-graph.js';

const ELEMENTS = 1_000_000;
const LENGTHS = [2, 6, 12];
const CALLS = 15;
const REPETITIONS = [1, 2, 3, 4, 5];
const STEPS = ['mlp-256', 'convnet'];

/** Elementwise operations that repeat from the start; values stay in [-2, 2]. */
const OPERATIONS: readonly ((h: tf.Tensor) => tf.Tensor)[] = [
  (h) => tf.mul(h, 0.5), (h) => tf.add(h, 0.25), tf.square, (h) => tf.sub(h, 1), tf.abs, tf.sqrt,
];

const chain = (length: number): Program => ({
  name: `chain-${length}`,
  apply: ({ x }) => ({ outputs: {}, state: { x: Array.from({ length }, (_, i) => OPERATIONS[i % OPERATIONS.length]!).reduce((h, operation) => operation(h), x!) } }),
});

const chainMetric = (length: number): string => `ms, chain of ${length}`;
const compileMetric = (step: string): string => `compile ms, ${step}`;
const runMetric = (step: string): string => `run ms, ${step}`;
const BUFFERS = 'buffers at the peak';

/** Milliseconds of x <- chain(x). In the shared arena elementwise updates are fused; on the heap ONNX Runtime runs node by node. */
async function chainTimes(arena: () => Arena): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const length of LENGTHS) {
    const state: NamedHostTensors = { x: { dtype: 'float32', shape: [ELEMENTS], data: uniform(Key.from('x'), ELEMENTS) } };
    const { graph } = optimise(trace(chain(length), { state: { x: { dtype: 'float32', shape: [ELEMENTS] } }, inputs: {} }));
    values[chainMetric(length)] = (await timeGraph({ graph, state, arena: arena(), inputs: () => ({}), calls: CALLS })).run;
  }
  return values;
}

/** Milliseconds from the traced training steps to their first results, and of the later ones, after `passes`. */
async function stepTimes(passes: (graph: Graph) => Graph): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const name of STEPS) {
    const workload = workloadNamed(name);
    const { program, inputs: specs } = workload.entries['step']!;
    const traced = trace(program, { state: workload.stateSpecs, inputs: specs });
    const fed: NamedHostTensors[] = [];
    for (let count = 1; count <= CALLS + 1; count++) {
      await workload.call((_, inputs) => {
        fed.push(inputs);
        return Promise.resolve({ loss: { dtype: 'float32', shape: [], data: Float32Array.of(0) } });
      }, count);
    }
    const begin = performance.now();
    const graph = passes(traced);
    const optimisation = performance.now() - begin;
    const { first, run } = await timeGraph({ graph, state: workload.state, arena: new SharedArena(), inputs: (count) => fed[count - 1]!, calls: CALLS });
    values[compileMetric(name)] = optimisation + first;
    values[runMetric(name)] = run;
  }
  return values;
}

/** Buffers that one call of f(x) = exp(2 log(x + 1)) adds at its peak, in a fresh process. */
async function peakBuffers(engine: 'onnx' | 'cpu'): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('./peak-memory.js', import.meta.url)), engine]);
  return { [BUFFERS]: Number(stdout) };
}

const ARMS: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  fused: () => chainTimes(() => new SharedArena()),
  'node by node': () => chainTimes(() => heapArena),
  engine: () => peakBuffers('onnx'),
  eager: () => peakBuffers('cpu'),
  'no passes': () => stepTimes((graph) => graph),
  'all passes': () => stepTimes((graph) => optimise(graph).graph),
};

const fusion = (length: number): Claim => ({
  id: `H3, n = ${length}`, text: `time of a fused chain of ${length} <= 0.7 of node by node`, metric: chainMetric(length),
  direction: 'lower', better: 'fused', worse: 'node by node', limit: (time) => 0.7 * time,
});
const levels = (step: string): Claim[] => [
  { id: `H9, compile, ${step}`, text: 'first result sooner without passes', metric: compileMetric(step), direction: 'lower', better: 'no passes', worse: 'all passes' },
  { id: `H9, run, ${step}`, text: 'later calls faster with passes', metric: runMetric(step), direction: 'lower', better: 'all passes', worse: 'no passes' },
];
const CLAIMS: readonly Claim[] = [
  ...LENGTHS.filter((length) => length >= 6).map(fusion),
  { id: 'H4', text: 'at least one buffer less at the peak than eager', metric: BUFFERS, direction: 'lower', better: 'engine', worse: 'eager', limit: (buffers) => buffers - 1 },
  ...STEPS.flatMap(levels),
];

const file = 'bench/claims/results/compiler.json';
await rm(file, { force: true }); // times of other code or machines are not to be mixed
await stepTimes((graph) => optimise(graph).graph); // compiles the JavaScript of the passes, so that the first arm does not pay for it
const results = await runExperiment({
  file, settings: { elements: ELEMENTS, calls: CALLS }, arms: Object.keys(ARMS), seeds: REPETITIONS,
  run: (arm) => ARMS[arm]!(),
});
const text = [
  '<!-- written by: npm run bench -- claims/compiler -->',
  `H3: chains of elementwise operations x <- f(x) on ${ELEMENTS.toLocaleString('en')} floats. H4: one call of exp(2 log(x + 1)) on 16 million floats in a fresh process, in buffers`,
  'of that size; after the call the caller\'s input is compared bit for bit. H9: training steps from the traced graph to the first result (passes,',
  `lowering, session, one call) and later calls. 1 thread, median of ${CALLS} calls, ${REPETITIONS.length} repetitions; mean ± standard deviation.`, '',
  armTable(['fused', 'node by node'], LENGTHS.map(chainMetric), results), '',
  armTable(['engine', 'eager'], [BUFFERS], results), '',
  armTable(['no passes', 'all passes'], STEPS.flatMap((step) => [compileMetric(step), runMetric(step)]), results), '',
  verdictTable(CLAIMS.map((claim) => judge(claim, results))), '',
  `The mean difference is to the limit that the statement names (${availableParallelism()} cores, ${new Date().toISOString().slice(0, 10)}).`, '',
].join('\n');
await writeFile('bench/claims/results/compiler.md', text);
console.log(text);
