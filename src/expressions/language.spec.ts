import { describe, expect, it } from 'vitest';
import { engineFor } from '../compiler/engines.js';
import type { HostTensor } from '../compiler/tensors.js';
import { compileExpression } from './compile/compile-expression.js';
import { diagnose, parseExpression } from './parse-expression.js';
import { showType } from './types/tensor-type.js';

async function outputsOf(source: string): Promise<Record<string, HostTensor>> {
  const compiled = await compileExpression(parseExpression(source), engineFor('onnx'), { threads: 1 });
  const { outputs } = await compiled.evaluate({});
  await compiled.dispose();
  return outputs;
}

/** dtype, shape and values of one expression. */
async function valueOf(expression: string, before = ''): Promise<readonly [dtype: string, shape: readonly number[], values: readonly number[]]> {
  const { y } = await outputsOf(`${before}\noutput y = ${expression}`);
  return [y!.dtype, y!.shape, Array.from(y!.data, (value) => Number(value.toPrecision(6)))];
}

const number = (dtype: string, value: number): readonly unknown[] => [dtype, [], [value]];

describe('operators', () => {
  it.each([
    ['-2 ^ 2', 'int32', -4], ['2 ^ 3 ^ 2', 'int32', 512], ['sum([3, -2] ^ 3)', 'int32', 19], ['2 ^ -1', 'float32', 0.5], ['-(1.5) ^ 2', 'float32', -2.25], ['1 - 2 - 3', 'int32', -4],
    ['2 + 3 * 4', 'int32', 14], ['(2 + 3) * 4', 'int32', 20], ['7 / 2', 'float32', 3.5], ['7 // 2', 'int32', 3], ['-7 // 2', 'int32', -4], ['-7 % 3', 'int32', 2],
    ['7.5 // 2', 'float32', 3], ['7.5 % 2', 'float32', 1.5], ['6 / 3 / 2', 'float32', 1], ['2 * 3 % 4', 'int32', 2], ['1e3 + .5', 'float32', 1000.5],
    ['1 + 1 == 2', 'bool', 1], ['not 1 > 2', 'bool', 1], ['not true or true', 'bool', 1], ['true or false and false', 'bool', 1], ['1 < 2 and not 2 < 1', 'bool', 1],
    ['true == not false', 'bool', 1], ['1 == 1.0', 'bool', 1], ['3 != 3', 'bool', 0], ['2 <= 2', 'bool', 1],
  ])('%s', async (expression, dtype, value) => {
    if (expression === 'true == not false') expect(diagnose(`output y = ${expression}`).problems[0]).toMatchObject({ kind: 'syntax', column: 20 }); // as in Python
    else expect(await valueOf(expression)).toEqual(number(dtype, value));
  });

  it('broadcast, and multiply matrices and vectors', async () => {
    expect(await valueOf('[[1], [2]] + [10, 20, 30]')).toEqual(['int32', [2, 3], [11, 21, 31, 12, 22, 32]]);
    expect(await valueOf('[1, 2] @ [3, 4]')).toEqual(['float32', [], [11]]);
    expect(await valueOf('[[1, 2], [3, 4]] @ [1, 10]')).toEqual(['float32', [2], [21, 43]]);
    expect(await valueOf('[1, 10] @ [[1, 2], [3, 4]]')).toEqual(['float32', [2], [31, 42]]);
    expect(await valueOf('ones([2, 1, 2, 3]) @ ones([4, 3, 1])')).toEqual(['float32', [2, 4, 2, 1], Array(16).fill(3)]);
    expect(await valueOf('ones([5, 2, 3]) @ [1, 2, 3]')).toEqual(['float32', [5, 2], Array(10).fill(6)]);
  });

  it('on int32 divide by 0 without an accident', async () => {
    expect(await valueOf('[5, -7] // (a - a) + [5, -7] % (a - a)', 'shared a: int32 = 3')).toEqual(['int32', [2], [0, 0]]);
    expect(await valueOf('(a - 1) // -1', 'shared a: int32 = -2147483647')).toEqual(['int32', [], [-2147480000]]); // wraps, shown with six digits
  });
});

describe('indices', () => {
  const x = 'let x = reshape(range(24), [2, 3, 4])';
  it.each([
    ['x[1]', [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]], ['x[-1, 0]', [4], [12, 13, 14, 15]], ['x[0, 1, 2]', [], [6]],
    ['x[:, 0, 1]', [2], [1, 13]], ['x[..., -1]', [2, 3], [3, 7, 11, 15, 19, 23]], ['x[0, ..., 1:3]', [3, 2], [1, 2, 5, 6, 9, 10]],
    ['x[0, ::2, ::-1]', [2, 4], [3, 2, 1, 0, 11, 10, 9, 8]], ['x[0, 0, 3:0:-2]', [2], [3, 1]], ['x[0, 0, -3:-1]', [2], [1, 2]], ['x[0, :, 1:4:2]', [3, 2], [1, 3, 5, 7, 9, 11]],
    ['x[1, [2, 0]]', [2, 4], [20, 21, 22, 23, 12, 13, 14, 15]], ['x[:, [[0, 1]], 0]', [2, 1, 2], [0, 4, 12, 16]], ['x[0, 0, [7, -3]]', [2], [3, 0]],
    ['x[1][2][3]', [], [23]],
  ])('%s', async (expression, shape, values) => {
    expect(await valueOf(expression, x)).toEqual(['int32', shape, values]);
  });

  it('of lists pick an item', async () => {
    expect(await valueOf('[sum([1, 2]), 5.5][-1]')).toEqual(['float32', [], [5.5]]);
    expect(diagnose('output y = [1, 2][2]').problems[0]).toMatchObject({ kind: 'shape', message: 'position 2 is outside a list of 2', accepted: '-2 to 1' });
  });
});

describe('names', () => {
  it('of parameters and local definitions hide outer ones', async () => {
    const source = [
      'let a = 1', 'let b = 10', 'fn f(a) = {', '  let b = a + 1', '  let a2 = b * 2', '  a2 + a', '}', 'fn g(t) = t + b', 'output y = f(100)', 'output z = g(a)',
      'output w = { let b = 5', ' g(b) + b }',
    ].join('\n');
    const outputs = await outputsOf(source);
    expect(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data[0]]))).toEqual({ y: 302, z: 11, w: 20 }); // g sees the outer b
  });

  it('may be those of functions of the language, which are called with ( )', async () => {
    expect(await valueOf('mean + maximum(mean, 0)', 'let mean = mean([1, 2, 6])')).toEqual(['float32', [], [6]]);
  });

  it('of functions may be given by functions, and arguments by name', async () => {
    expect(await valueOf('twice((t) => t * 3, 2) + scaled(by: 10, t: 4)', 'fn twice(f, t) = f(f(t))\nfn scaled(t, by) = t * by')).toEqual(['int32', [], [58]]);
  });

  it('may stand in any order', async () => {
    expect(await valueOf('a', 'let a = b + h(c)\nfn h(t) = t * c\nlet b = c + 1\nlet c = 2')).toEqual(['int32', [], [7]]);
  });

  it('take lists apart', async () => {
    const outputs = await outputsOf('let [a, b] = [1.5, [2, 3]]\nlet [p, q] = grad(a * sum(v) + sum(w ^ 2), [v, w])\nlet v = ones([2])\nlet w = [1.0, 2]\noutput b\noutput p\noutput q');
    expect(Object.values(outputs).map(({ data }) => Array.from(data))).toEqual([[2, 3], [1.5, 1.5], [2, 4]]);
  });
});

describe('types', () => {
  const typesOf = (source: string): Record<string, string> => Object.fromEntries(Array.from(parseExpression(source).values, ([name, { type }]) => [name, showType(type)]));

  it('carry unknown dimensions through operations', () => {
    expect(typesOf([
      'input x: float32[n, 3]', 'input y: float32[m, 3]', 'let a = concat([x, y])', 'let b = reshape(x, [-1])', 'let c = x @ transpose(y)', 'let d = x[1:, ::2]',
      'let e = x[::2]', 'let f = reshape(b, [n, -1])', 'let g = tile(x, [2, 1])', 'let h = conv2d(reshape(c, [1, n, m, 1]), ones([3, 2, 1, 5]), stride: 2)', 'output a',
    ].join('\n'))).toEqual({
      x: 'float32[n, 3]', y: 'float32[m, 3]', a: 'float32[m + n, 3]', b: 'float32[3*n]', c: 'float32[n, m]', d: 'float32[n - 1, 2]', e: 'float32[ceil((n)/2), 3]',
      f: 'float32[n, 3]', g: 'float32[2*n, 3]', h: 'float32[1, ceil((n - 2)/2), ceil((m - 1)/2), 5]',
    });
  });

  it('follow the operands', () => {
    expect(typesOf('input k: int32\ninput x: float32\nlet a = k + 1\nlet b = k + 1.0\nlet c = k / 2\nlet d = [k, x]\nlet e = sum([true])\nlet f = mean(k)\nlet g: float32 = 3\noutput a')).toEqual(
      { k: 'int32', x: 'float32', a: 'int32', b: 'float32', c: 'float32', e: 'int32', f: 'float32', g: 'float32' });
  });
});
