import { describe, expect, it } from 'vitest';
import { everyNode } from '../compiler/graph/loop.js';
import { engineFor } from '../compiler/engines.js';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { RampartError } from '../errors/index.js';
import { compileExpression } from './compile/compile-expression.js';
import { makeEntry } from './compile/entry.js';
import { traceAtBinding } from './compile/traced-entry.js';
import { diagnose, parseExpression } from './parse-expression.js';

const lines = (...all: readonly string[]): string => all.join('\n');
const f32 = (shape: readonly number[], ...data: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) });

async function outputsOf(source: string, inputs: NamedHostTensors = {}, engine: 'cpu' | 'onnx' = 'onnx'): Promise<Record<string, readonly number[]>> {
  const compiled = await compileExpression(parseExpression(source), engineFor(engine), { threads: 1 });
  const { outputs } = await compiled.evaluate(inputs);
  await compiled.dispose();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, (value) => Number(value.toPrecision(5)))]));
}

describe.each(['cpu', 'onnx'] as const)('scan in the language on %s', (engine) => {
  it('raises to a power', async () => {
    expect(await outputsOf('let a = range(4)\noutput p = scan((p) => p * a, [1, 1, 1, 1], steps: 4)[-1]', {}, engine)).toEqual({ p: [0, 1, 16, 81] });
  });

  it('reads several sequences and carries several states', async () => {
    const source = lines('input x: float32[n, 2]', 'let [total, count] = scan((s, k, now, by) => [s + now * by, k + 1], [zeros([2]), 0], over: [x, range(n) + 1])', 'output total', 'output count');
    expect(await outputsOf(source, { x: f32([3, 2], 1, 2, 3, 4, 5, 6) }, engine)).toEqual({ total: [1, 2, 7, 10, 22, 28], count: [1, 2, 3] });
  });

  it('goes backwards, results at the position of their step', async () => {
    expect(await outputsOf('output y = scan((s, x) => 2 * s + x, 0, over: [1, 2, 3], backwards: true)', {}, engine)).toEqual({ y: [17, 8, 3] });
  });

  it('nests, and reads values from around it', async () => {
    const source = lines('input x: float32[2, 3]', 'let k = 10', 'output y = scan((s, row) => s + k * scan((t, v) => t + v * s, 0, over: row)[-1], 1.0, over: x)');
    // s: 1 -> 1 + 10 (1 + 2 + 3) = 61 -> 61 + 10 * 61 * 15
    expect(await outputsOf(source, { x: f32([2, 3], 1, 2, 3, 4, 5, 6) }, engine)).toEqual({ y: [61, 9211] });
  });

  it('has gradients by starts, sequences and values around it, and second ones', async () => {
    const source = lines(
      'input x: float32[n]', 'shared a: float32 = 2', 'shared s: float32 = 1', 'let y = scan((t, now) => a * t + now, s, over: x)[-1]',
      'let [da, ds, dx] = grad(y, [a, s, x])', 'output da', 'output ds', 'output dx', 'output dda = grad(da, a)', 'output last = grad(scan((t, now) => a * t + now, s, over: x, truncate: 2)[-1], a)',
    );
    // y = 8 + 4 x0 + 2 x1 + x2; da = 3 a^2 + 2 a x0 + x1; t: 1 -> 3 -> 8 -> 19
    expect(await outputsOf(source, { x: f32([3], 1, 2, 3) }, engine)).toEqual({ da: [12 + 4 + 2], ds: [8], dx: [4, 2, 1], dda: [12 + 2], last: [8 + 2 * 3] });
  });

  it('whose step has no gradient cuts it', () => {
    expect(diagnose('shared a: float32 = 2\noutput y = grad(scan((t) => floor(t + a), a, steps: 3)[-1], a)').problems[0]).toMatchObject({ kind: 'gradient', line: 2 });
  });
});

it('scan over an unknown length is one program for each', async () => {
  const compiled = await compileExpression(parseExpression('input x: float32[n]\noutput y = scan((s, v) => s + v, 0, over: x)[-1]'), engineFor('onnx'), { threads: 1 });
  for (const n of [1, 4, 9]) expect(Array.from((await compiled.evaluate({ x: f32([n], ...new Array<number>(n).fill(2)) })).outputs.y!.data)).toEqual([2 * n]);
  await compiled.dispose();
});

it('a scan is as many operations for a thousand steps as for ten', () => {
  const count = (steps: number): number => {
    const module = parseExpression(`shared a: float32 = 2\noutput y = grad(scan((t) => sin(t * a), a, steps: ${steps})[-1], a)`);
    const entry = makeEntry(module, { outputs: module.outputs, updates: module.updates, sharedAsInputs: false });
    return everyNode(traceAtBinding(module, entry, {}).graph).length;
  };
  expect(count(1000)).toBe(count(10));
});

describe('scan refuses', () => {
  it.each<[name: string, source: string, place: string, message: RegExp]>([
    ['a thousand million steps', 'output y = scan((s) => s + 1, 0, steps: 1000000000)', 'limit 1:41', /1000000000 steps.*at most 10000/],
    ['no steps', 'output y = scan((s) => s + 1, 0, steps: 0)', 'shape 1:41', /0 steps.*1 to 10000/],
    ['nothing to count by', 'output y = scan((s) => s + 1, 0)', 'argument 1:12', /over or steps/],
    ['steps beside a sequence', 'output y = scan((s, x) => s + x, 0, over: [1, 2], steps: 2)', 'argument 1:58', /not both/],
    ['a number as a sequence', 'output y = scan((s, x) => s + x, 0, over: 3)', 'shape 1:43', /a sequence is int32/],
    ['sequences of different lengths', 'output y = scan((s, x, z) => s + x, 0, over: [zeros([2]), zeros([3])])', 'shape 1:46', /float32\[2\] and float32\[3\]/],
    ['a state that changes its shape', 'output y = scan((s, x) => s + x, 0.5, over: zeros([3, 2]))', 'shape 1:24', /float32\[2\] of a state that starts as float32/],
    ['a step of one state for two', 'output y = scan((s, t) => s, [zeros([2]), ones([2])], steps: 2)[0]', 'type 1:24', /a list of 2/],
    ['parameters that are too few', 'output y = scan((s) => s, 0, over: [1, 2])', 'argument 1:21', /gets 2 arguments and has 1/],
    ['a step that is no function', 'output y = scan(3, 0, steps: 2)', 'type 1:17', /the whole number 3/],
    ['random numbers in a step', 'stream noise(seed: 1)\noutput y = scan((s) => s + uniform([2], stream: noise), zeros([2]), steps: 3)', 'argument 2:28', /the same in every step/],
    ['a truncation beyond the steps', 'output y = scan((s) => s * 2, 1.0, steps: 3, truncate: 4)', 'shape 1:56', /4 of 3 steps/],
  ])('%s', (_, source, place, message) => {
    const [problem] = diagnose(source).problems;
    expect(`${problem?.kind} ${problem?.line}:${problem?.column}`).toBe(place);
    expect(`${problem?.message}; ${problem?.accepted}`).toMatch(message);
  });

  it('more steps than the limit where a call brings them', async () => {
    const compiled = await compileExpression(parseExpression('input x: float32[n]\noutput y = scan((s, v) => s + v, 0, over: x)[-1]'), engineFor('cpu'));
    await expect(compiled.evaluate({ x: f32([10_001], ...new Array<number>(10_001).fill(0)) })).rejects.toThrow(/Line 2, column 12.*10001 steps.*at most 10000/);
  });

  it('second derivatives of many steps, which are recorded one by one', async () => {
    const source = 'shared a: float32 = 2\noutput y = hessian(scan((t) => sin(t * a), a, steps: 10000)[-1], a)';
    const error: unknown = await compileExpression(parseExpression(source), engineFor('onnx')).then((compiled) => compiled.evaluate({})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RampartError);
    expect((error as RampartError).code).toBe('expression-limit');
    expect((error as RampartError).message).toMatch(/Line 2, column \d+.*fewer steps of a scan/);
  });
});
