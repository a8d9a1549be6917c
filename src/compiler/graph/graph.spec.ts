import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../tensors.js';
import { constant, inputLeaf, node, scalar, stateLeaf } from './build.js';
import type { Graph, Node } from './graph.js';
import { letterName, print } from './print.js';
import { verify } from './verify.js';

const leaf = (...shape: number[]): Node => inputLeaf(`x${shape.join('_')}`, { dtype: 'float32', shape });
const ints = (...shape: number[]): Node => inputLeaf(`i${shape.join('_')}`, { dtype: 'int32', shape });
const spec = ({ dtype, shape }: TensorSpec): string => `${dtype}[${shape.join(',')}]`;

const window = { strides: [2, 2], pads: [0, 0, 1, 1] } as const;
const convolution = { ...window, dilations: [1, 1], groups: 1 } as const;

describe('shape rules', () => {
  it.each<[string, () => Node, string]>([
    ['broadcast', () => node('add', [leaf(-1, 1, 3), leaf(4, 1)], {}), 'float32[-1,4,3]'],
    ['comparison', () => node('less', [leaf(-1), leaf(1)], {}), 'bool[-1]'],
    ['reduce', () => node('reduceSum', [leaf(-1, 4, 3)], { axes: [0, 2], keepDims: false }), 'float32[4]'],
    ['reduce, kept', () => node('reduceMax', [leaf(-1, 4)], { axes: [0], keepDims: true }), 'float32[1,4]'],
    ['argMax', () => node('argMax', [leaf(-2, 4)], { axis: 1 }), 'int32[-2]'],
    ['matmul', () => node('matmul', [leaf(4, -1), leaf(4, 5)], { transposeA: true, transposeB: false }), 'float32[-1,5]'],
    ['matmul over the batch', () => node('matmul', [leaf(-1, 4), leaf(-1, 5)], { transposeA: true, transposeB: false }), 'float32[4,5]'],
    ['conv', () => node('conv', [leaf(-1, 3, 8, 8), leaf(6, 3, 3, 3)], convolution), 'float32[-1,6,4,4]'],
    ['conv input gradient', () => node('convInputGradient', [leaf(-1, 6, 4, 4), leaf(6, 3, 3, 3)], { ...convolution, inputShape: [-1, 3, 8, 8] }), 'float32[-1,3,8,8]'],
    ['max pool', () => node('maxPool', [leaf(-1, 3, 7, 7)], { window: [2, 2], ...window }), 'float32[-1,3,4,4]'],
    ['reshape', () => node('reshape', [leaf(-1, 4, 3)], { shape: [-12] }), 'float32[-12]'],
    ['concat of batches', () => node('concat', [leaf(-1, 3), leaf(-2, 3)], { axis: 0 }), 'float32[-3,3]'],
    ['slice backwards', () => node('slice', [leaf(-1, 7)], { begin: [0, 6], end: [-1, -1], strides: [1, -2] }), 'float32[-1,4]'],
    ['pad', () => node('pad', [leaf(-1, 3)], { before: [0, 1], after: [0, 2], value: 0 }), 'float32[-1,6]'],
    ['tile', () => node('tile', [leaf(-1, 3)], { repeats: [2, 1] }), 'float32[-2,3]'],
    ['gather', () => node('gather', [leaf(9, 3), ints(-1, 2)], { axis: 0 }), 'float32[-1,2,3]'],
    ['segmentSum', () => node('segmentSum', [leaf(-1, 3), ints(-1)], { size: 9 }), 'float32[9,3]'],
    ['oneHot', () => node('oneHot', [ints(-1)], { depth: 10, on: 1, off: 0 }), 'float32[-1,10]'],
  ])('%s', (_, make, expected) => expect(spec(make())).toBe(expected));

  it.each<[string, () => Node, RegExp]>([
    ['the batch against a number', () => node('add', [leaf(-1), leaf(3)], {}), /add\(.*do not broadcast/],
    ['mixed dtypes', () => node('mul', [leaf(2), ints(2)], {}), /float32, int32/],
    ['integers where floats are needed', () => node('exp', [ints(2)], {}), /int32 instead of float32/],
    ['another number of elements', () => node('reshape', [leaf(-1, 4)], { shape: [-2, 4] }), /as many elements/],
    ['batch plus a number', () => node('concat', [leaf(-1, 3), leaf(2, 3)], { axis: 0 }), /not a multiple/],
    ['part of a batch', () => node('slice', [leaf(-1)], { begin: [0], end: [1], strides: [1] }), /of the batch dimension/],
    ['an image side of the batch', () => node('conv', [leaf(2, 3, -1, 8), leaf(6, 3, 3, 3)], convolution), /depends on the batch/],
    ['inner lengths', () => node('matmul', [leaf(2, 3), leaf(4, 5)], { transposeA: false, transposeB: false }), /inner lengths/],
    ['an axis outside', () => node('argMax', [leaf(2)], { axis: 1 }), /axis 1 is outside/],
    ['channels', () => node('conv', [leaf(1, 4, 8, 8), leaf(6, 3, 3, 3)], convolution), /does not fit/],
    ['constants of the wrong length', () => constant(Float32Array.of(1), [2], 'float32'), /1 values/],
  ])('refuse %s', (_, make, message) => expect(make).toThrow(message));

  it('name the site', () => expect(() => node('add', [leaf(2), leaf(3)], {}, 'net.ts:4')).toThrow(/at net\.ts:4/));
});

const x = inputLeaf('x', { dtype: 'float32', shape: [-1, 3] });
const w = stateLeaf('w', { dtype: 'float32', shape: [3] });
const sum: Node = node('add', [x, w], {});
const graph = (parts: Partial<Graph>): Graph => ({ name: 'g', inputs: [x], state: [w], outputs: { y: sum }, updates: {}, ...parts });

describe('print', () => {
  it('gives every node a line and a letter', () => {
    expect(print(graph({ updates: { w: node('mul', [w, scalar(0.5)], {}) } }))).toMatchInlineSnapshot(`
      "a:float32[-1,3] = input name=x
      b:float32[3] = state name=w
      c:float32[-1,3] = add a b
      d:float32[] = constant value=[0.5]
      e:float32[3] = mul b d
      outputs y=c
      updates w=e"
    `);
    expect([0, 25, 26, 27, 701, 702].map(letterName)).toEqual(['a', 'z', 'aa', 'ab', 'zz', 'aaa']);
  });
});

describe('verify', () => {
  it('accepts a sound graph', () => expect(() => verify(graph({}), 'now')).not.toThrow());
  it.each<[string, Graph, RegExp]>([
    ['a wrong shape', graph({ outputs: { y: { ...sum, shape: [3] } as Node } }), /internal: .*'g' now: .*float32\[3\] = add a b carries/],
    ['a wrong dtype', graph({ outputs: { y: { ...sum, dtype: 'int32' } as Node } }), /carries int32/],
    ['an undeclared leaf', graph({ inputs: [] }), /does not declare/],
    ['equal names', graph({ inputs: [x, { ...x }] }), /two leaves are called 'x'/],
    ['an update of another shape', graph({ updates: { w: sum } }), /the update of 'w'/],
    ['an update of nothing', graph({ updates: { v: w } }), /'v' has no state/],
    ['a constant of another length', graph({ outputs: { y: { ...scalar(1), shape: [2] } } }), /holds 1 values/],
    ['a constant as long as the batch', graph({ outputs: { y: { ...scalar(1), shape: [-1] } } }), /depends on the batch/],
  ])('refuses %s', (_, broken, message) => expect(() => verify(broken, 'now')).toThrow(message));
  it('refuses a cycle', () => {
    const inputs: Node[] = [x];
    const loop = { op: 'neg', attributes: {}, inputs, dtype: 'float32', shape: [-1, 3] } as Node;
    inputs[0] = loop;
    expect(() => verify(graph({ outputs: { y: loop } }), 'now')).toThrow(/cycle/);
  });
});
