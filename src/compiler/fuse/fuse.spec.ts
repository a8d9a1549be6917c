import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { floats } from '../contract/row.js';
import { engineFor } from '../engines.js';
import { optimise } from '../passes/index.js';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import { trace } from '../trace/index.js';
import type { NamedHostTensors } from '../tensors.js';
import { findClusters } from './index.js';

type Update = (a: tf.Tensor, b: tf.Tensor, s: tf.Tensor) => tf.Tensor;

const updates: Readonly<Record<string, Update>> = {
  arithmetic: (a, b, s) => tf.div(tf.sub(tf.mul(tf.add(a, b), s), 0.25), tf.add(tf.abs(b), 0.5)),
  'unary operations': (a, b) => tf.add(tf.add(tf.neg(tf.square(a)), tf.floor(b)), tf.add(tf.ceil(a), tf.round(tf.mul(b, 3)))),
  roots: (a, b) => tf.add(tf.sqrt(tf.abs(a)), tf.add(tf.rsqrt(tf.add(tf.abs(b), 0.1)), tf.reciprocal(tf.add(tf.abs(a), 1)))),
  extremes: (a, b, s) => tf.add(tf.maximum(a, b), tf.minimum(tf.clipByValue(a, -0.5, 0.75), s)),
  activations: (a, b) => tf.add(tf.add(tf.relu(a), tf.leakyRelu(b, 0.2)), tf.step(a, 0.3)),
  'comparisons and choice': (a, b, s) => tf.where(tf.logicalAnd(tf.greater(a, b), tf.lessEqual(a, s)), tf.mul(a, 2), tf.neg(b)),
  'logic and casts': (a, b) => tf.cast(tf.logicalOr(tf.logicalNot(tf.less(a, b)), tf.logicalAnd(tf.notEqual(a, b), tf.greaterEqual(b, 0))), 'float32'),
};

const program = (update: Update): Program => ({
  name: 'update',
  apply: ({ a, b, s }: NamedTensors) => ({ outputs: {}, state: { a: update(a!, b!, s!), b: tf.mul(b!, 0.5) } }),
});
const stateOf = (length: number): NamedHostTensors => ({ a: floats([length], -2, 2, 'a'), b: floats([length], -2, 2, 'b'), s: floats([], 0.5, 1) });
const signatureOf = (state: NamedHostTensors): ProgramSignature => ({ state, inputs: {} });

async function bothEngines(update: Update, length: number): Promise<NamedHostTensors[]> {
  const state = stateOf(length);
  return Promise.all(['onnx' as const, 'cpu' as const].map(async (name) => {
    const executable = await engineFor(name).compile(program(update), signatureOf(state), { state });
    await executable.run({});
    const after = await executable.readState();
    await executable.dispose();
    return after;
  }));
}

describe('fused updates', () => {
  it.each(Object.entries(updates))('%s: one kernel, with the values of eager cpu at any length', async (_, update) => {
    for (const length of [2, 3, 4, 5, 37]) {
      const [cluster, ...others] = findClusters(optimise(trace(program(update), signatureOf(stateOf(length)))).graph);
      expect(others).toEqual([]); // b is read by the new a, so both are one cluster
      expect(cluster!.updates.map(([name]) => name)).toEqual(['a', 'b']);
      const [fused, reference] = await bothEngines(update, length);
      expect(difference(fused!, reference!, 1e-6)).toBeUndefined();
    }
  });

  it('carries NaN and infinities like the unfused operators', async () => {
    const [fused, reference] = await bothEngines((a, b) => tf.maximum(tf.div(a, tf.sub(b, b)), tf.sqrt(a)), 9);
    expect(difference(fused!, reference!, 0)).toBeUndefined();
  });

  it('random chains equal eager cpu', async () => {
    const operations: readonly Update[] = [
      (a, b) => tf.add(a, b), (a, b) => tf.sub(b, a), (a, b) => tf.mul(a, b), (a, _, s) => tf.mul(a, s), (a, b) => tf.maximum(a, b),
      (a) => tf.sqrt(tf.add(tf.square(a), 0.1)), (a, b) => tf.div(a, tf.add(tf.abs(b), 1)), (a, b) => tf.where(tf.less(a, b), b, a),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(operations.length - 1), { minLength: 1, maxLength: 8 }), fc.integer({ min: 2, max: 19 }), async (chain, length) => {
        const [fused, reference] = await bothEngines((a, b, s) => chain.reduce((value, i) => operations[i]!(value, b, s), a), length);
        expect(difference(fused!, reference!, 1e-5)).toBeUndefined();
      }),
      { numRuns: 25, seed: 1 },
    );
  });
});

describe('what stays in the graph', () => {
  const clustersOf = (apply: Program['apply'], state: NamedHostTensors, inputs: NamedHostTensors = {}) =>
    findClusters(optimise(trace({ name: 'p', apply }, { state, inputs })).graph).map(({ updates: members }) => members.map(([name]) => name));
  const pair = { a: floats([6], 0, 1, 'a'), b: floats([6], 0, 1, 'b') };

  it('an update that the program also returns', () => {
    expect(clustersOf(({ a, b }) => {
      const next = tf.add(a!, 1);
      return { outputs: { next }, state: { a: next, b: tf.mul(b!, 2) } };
    }, pair)).toEqual([['b']]);
  });

  it('an update by other kernels, and scalars', () => {
    expect(clustersOf(({ a, b, t }) => ({ outputs: {}, state: { a: tf.sin(a!), b: tf.softmax(b!), t: tf.add(t!, 1) } }), { ...pair, t: floats([]) })).toEqual([]);
  });

  it('what broadcasts more than a scalar', () => {
    expect(clustersOf(({ w }, { row }) => ({ outputs: {}, state: { w: tf.mul(w!, row!) } }), { w: floats([3, 4]) }, { row: floats([4]) })).toEqual([]);
  });

  it('parameters with one expression have their own clusters, moments join their parameter', () => {
    const names = ['a', 'b'] as const;
    const state = { ...pair, 'a:m': floats([6]), 'b:m': floats([6]) };
    expect(clustersOf((tensors) => ({
      outputs: {},
      state: Object.fromEntries(names.flatMap((name) => {
        const m = tf.add(tf.mul(tensors[`${name}:m`]!, 0.9), tf.exp(tensors[name]!));
        return [[name, tf.sub(tensors[name]!, m)], [`${name}:m`, m]];
      })),
    }), state)).toEqual([['a', 'a:m'], ['b', 'b:m']]);
  });
});
