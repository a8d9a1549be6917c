import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractPrograms } from '../contract/index.js';
import { evaluate } from '../evaluate/index.js';
import { constant, inputLeaf, node } from '../graph/build.js';
import type { Graph, Node } from '../graph/graph.js';
import { print } from '../graph/print.js';
import { verify } from '../graph/verify.js';
import { optimise } from '../passes/index.js';
import type { Program } from '../program.js';
import { trace } from '../trace/index.js';
import { decodeGraph, encodeGraph } from './graph-form.js';

const x = inputLeaf('x', { dtype: 'float32', shape: [3] });
const graphOf = (y: Node): Graph => ({ name: 'g', inputs: [x], state: [], outputs: { y }, updates: {} });

describe('the form of a graph', () => {
  it.each(contractPrograms)('gives $program.name back, equal in print and values', ({ program, signature, state, inputs }) => {
    const { graph } = optimise(trace(program, signature));
    const decoded = decodeGraph(encodeGraph(graph));
    verify(decoded, 'decoded');
    expect(print(decoded)).toBe(print(graph));
    const [actual, expected] = [evaluate(decoded, state, inputs), evaluate(graph, state, inputs)];
    expect(difference(actual.outputs, expected.outputs, 0)).toBeUndefined();
    expect(difference(actual.state, expected.state, 0)).toBeUndefined();
  });

  it('is the same for equal graphs and differs for others', () => {
    const program = (factor: number): Program => ({ name: 'p', apply: (_, inputs) => ({ outputs: { y: tf.mul(inputs['x']!, tf.tensor1d([1, 2, factor])) } }) });
    const form = (factor: number): Uint8Array => encodeGraph(trace(program(factor), { state: {}, inputs: { x: { dtype: 'float32', shape: [3] } } }));
    expect(form(3)).toEqual(form(3));
    expect(form(3)).not.toEqual(form(4));
  });

  it('keeps numbers that JSON lacks, and values of every kind', () => {
    const clipped = node('clip', [x], { min: -Infinity, max: -0 });
    const decoded = decodeGraph(encodeGraph(graphOf(clipped)));
    expect(decoded.outputs['y']!.attributes).toEqual({ min: -Infinity, max: -0 });
    const padded = node('pad', [x], { before: [1], after: [0], value: NaN });
    expect(decodeGraph(encodeGraph(graphOf(padded))).outputs['y']!.attributes).toEqual({ before: [1], after: [0], value: NaN });
    for (const value of [Float32Array.of(0.1, NaN, -0), Int32Array.of(-1, 2, 3), Uint8Array.of(0, 1, 1)]) {
      const dtype = value instanceof Float32Array ? 'float32' : value instanceof Int32Array ? 'int32' : 'bool';
      const y = decodeGraph(encodeGraph({ ...graphOf(constant(value, [3], dtype)) })).outputs['y']!;
      expect(y.attributes).toEqual({ value });
    }
  });

  it('keeps what is shared shared, and takes chains of any depth', () => {
    const shared = node('neg', [x], {});
    const decoded = decodeGraph(encodeGraph(graphOf(node('add', [shared, shared], {}))));
    expect(decoded.outputs['y']!.inputs[0]).toBe(decoded.outputs['y']!.inputs[1]);
    expect(decoded.outputs['y']!.inputs[0]!.inputs[0]).toBe(decoded.inputs[0]);
    let deep: Node = x;
    for (let i = 0; i < 20_000; i++) deep = node('neg', [deep], {});
    let at = decodeGraph(encodeGraph(graphOf(deep))).outputs['y']!;
    let depth = 0;
    for (; at.op === 'neg'; depth++) at = at.inputs[0]!;
    expect(depth).toBe(20_000);
  });
});
