import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { floats } from '../contract/row.js';
import { evaluate } from '../evaluate/index.js';
import { inputLeaf, node as build, scalar } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { sizeOf } from '../signature.js';
import { assembleLoop, loopAxes, loopTensors, type Loop, type Sum } from './index.js';
import { createMemory, instantiate } from './webassembly.js';

const leaf = (name: string, ...shape: number[]): Node => inputLeaf(name, { dtype: 'float32', shape });
const op = (name: 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'greater', a: Node, b: Node): Node => build(name, [a, b], {});
const unary = (name: 'exp' | 'log' | 'tanh' | 'sigmoid' | 'expm1' | 'log1p' | 'softplus' | 'square' | 'relu', x: Node): Node => build(name, [x], {});
const sum = (x: Node, axes: number[], keepDims = false): Sum => build('reduceSum', [x], { axes, keepDims });

/** Runs a loop over inputs and gives its results and sums in order. */
function run(loop: Loop, inputs: NamedHostTensors): HostTensor[] {
  const tensors = loopTensors(loop);
  const memory = createMemory(64);
  const floatsIn = new Float32Array(memory.buffer);
  let end = 64 + 4 * tensors.length;
  const addresses = tensors.map((tensor) => {
    end = Math.ceil(end / 64) * 64;
    const address = end;
    end += 4 * sizeOf(tensor.shape) + 64;
    return address;
  });
  floatsIn.fill(NaN); // what is not written, or read beyond an end, shows
  new Uint32Array(memory.buffer).set(addresses, 16);
  loop.operands.forEach((operand, i) => {
    if (operand.op === 'input') floatsIn.set(inputs[operand.attributes.name]!.data, addresses[i]! / 4);
  });
  (instantiate(assembleLoop(loop), memory) as (table: number) => void)(64);
  return [...loop.results, ...loop.sums].map((node, i) => {
    const start = addresses[loop.operands.length + i]! / 4;
    expect(floatsIn[start + sizeOf(node.shape)], 'the number behind the end').toBeNaN();
    return { dtype: 'float32', shape: node.shape, data: floatsIn.slice(start, start + sizeOf(node.shape)) };
  });
}

function expectEvaluated(loop: Loop, inputs: NamedHostTensors, relative: number): void {
  const named = Object.fromEntries([...loop.results, ...loop.sums].map((node, i) => [String(i), node]));
  const leaves = loop.operands.filter((operand) => operand.op === 'input');
  const { outputs } = evaluate({ name: 'loop', inputs: leaves, state: [], outputs: named, updates: {} }, {}, inputs);
  const actual = Object.fromEntries(run(loop, inputs).map((tensor, i) => [String(i), tensor]));
  expect(difference(actual, outputs, relative)).toBeUndefined();
}

describe('loop axes', () => {
  it('joins axes that all tensors pass alike', () => {
    const [x, y] = [leaf('x', 2, 3, 4), leaf('y', 2, 3, 4)];
    const product = op('mul', x, y);
    expect(loopAxes({ shape: [2, 3, 4], nodes: [product], operands: [x, y], results: [product], sums: [] })).toEqual([{ length: 24, strides: [1, 1, 1] }]);
  });

  it('keeps apart where one broadcasts or sums', () => {
    const [x, scale] = [leaf('x', 2, 3, 5, 7, 4), leaf('scale', 1, 3, 1, 1, 4)];
    const product = op('mul', x, scale);
    const axes = loopAxes({ shape: x.shape, nodes: [product], operands: [x, scale], results: [], sums: [sum(product, [0, 2, 3])] });
    expect(axes).toEqual([
      { length: 2, strides: [420, 0, 0] }, { length: 3, strides: [140, 4, 4] }, { length: 35, strides: [4, 0, 0] }, { length: 4, strides: [1, 1, 1] },
    ]);
  });

  it('cuts long sums into partial sums', () => {
    const x = leaf('x', 3, 8192);
    expect(loopAxes({ shape: x.shape, nodes: [], operands: [x], results: [], sums: [sum(x, [0, 1])] })).toEqual([
      { length: 6, strides: [4096, 0] }, { length: 4096, strides: [1, 0] },
    ]);
  });
});

describe('a loop computes what its nodes mean', () => {
  it.each([[[7]], [[2, 3, 4]], [[3, 5]], [[1]], [[5, 16]], [[2, 1, 9]]])('elementwise over %j, with every length of rest', (shape) => {
    const [x, y, s] = [leaf('x', ...shape), leaf('y', ...shape), leaf('s')];
    const first = op('add', op('mul', x, s), scalar(0.5));
    const second = op('maximum', first, y);
    expectEvaluated({ shape, nodes: [first.inputs[0]!, first, second], operands: [x, y, s], results: [first, second], sums: [] },
      { x: floats(shape), y: floats(shape, -1, 1), s: floats([]) }, 1e-6);
  });

  const x = leaf('x', 3, 4, 5, 8);
  const square = unary('square', x);
  const images = { x: floats([3, 4, 5, 8]) };
  it.each([[[0]], [[1]], [[2]], [[3]], [[0, 1]], [[0, 2]], [[1, 2]], [[2, 3]], [[0, 1, 2]], [[0, 2, 3]], [[0, 1, 2, 3]]])('sums over the axes %j', (axes) => {
    expectEvaluated({ shape: x.shape, nodes: [square], operands: [x], results: [square], sums: [sum(square, axes), sum(x, axes, true)] }, images, 1e-5);
  });

  it.each([[[4, 6, 10], [0]], [[4, 6, 10], [2]], [[4, 6, 10], [0, 2]], [[2, 3, 33], [1]], [[50, 3], [0]], [[3, 20_000], [1]], [[5, 4, 12], [1]]])('sums of %j over %j', (shape, axes) => {
    const z = leaf('z', ...shape);
    expectEvaluated({ shape, nodes: [], operands: [z], results: [], sums: [sum(z, axes)] }, { z: floats(shape) }, 1e-4);
  });

  it('reads broadcast operands along any axes', () => {
    const [blocked, perChannel, perImage] = [leaf('x', 2, 3, 5, 4), leaf('c', 1, 3, 1, 4), leaf('n', 2, 1, 1, 1)];
    const row = leaf('r', 4);
    const centred = op('sub', blocked, perChannel);
    const scaled = op('mul', centred, perImage);
    const moved = op('add', scaled, row);
    expectEvaluated({ shape: blocked.shape, nodes: [centred, scaled, moved], operands: [blocked, perChannel, perImage, row], results: [moved], sums: [sum(moved, [0, 2])] },
      { x: floats([2, 3, 5, 4]), c: floats([1, 3, 1, 4]), n: floats([2, 1, 1, 1]), r: floats([4]) }, 1e-5);
  });

  it('keeps masks inside', () => {
    const [a, b] = [leaf('a', 3, 7), leaf('b', 3, 7)];
    const mask = op('greater', a, b);
    const chosen = build('select', [mask, a, b], {}) as Node;
    expectEvaluated({ shape: [3, 7], nodes: [mask, chosen], operands: [a, b], results: [chosen], sums: [] }, { a: floats([3, 7]), b: floats([3, 7], -1, 1) }, 0);
  });
});

describe('transcendental functions on lanes', () => {
  const specials = [0, -0, Infinity, -Infinity, NaN, 1e-30, -1e-30, 1e-39, 3e38, -3e38, 88.5, -88.5, -100, 89, 1, -1, 0.5, -0.5, 0.25, 0.625];
  const values = Float32Array.from([...specials, ...Array.from({ length: 4000 }, (_, i) => (i - 2000) / 50), ...Array.from({ length: 1000 }, (_, i) => Math.exp((i - 500) / 6))]);
  const exact = {
    exp: Math.exp, log: Math.log, tanh: Math.tanh, expm1: Math.expm1, log1p: Math.log1p,
    sigmoid: (t: number) => 1 / (1 + Math.exp(-t)), softplus: (t: number) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t))),
  } as const;

  it.each(Object.keys(exact) as (keyof typeof exact)[])('%s within 3e-7 of the exact value', (name) => {
    const input = leaf('x', values.length);
    const result = unary(name, input);
    const [actual] = run({ shape: input.shape, nodes: [result], operands: [input], results: [result], sums: [] }, { x: { dtype: 'float32', shape: input.shape, data: values } });
    values.forEach((at, i) => {
      const [got, want] = [actual!.data[i]!, Math.fround(exact[name](at))];
      const close = Object.is(got, want) || got === want || Math.abs(got - want) <= 3e-7 * Math.abs(want) + 2e-38;
      expect(close, `${name}(${at}) = ${got} instead of ${want}`).toBe(true);
    });
  });
});
