import { afterEach, describe, expect, it } from 'vitest';
import { engineFor } from '../../compiler/engines.js';
import type { EngineName } from '../../compiler/program.js';
import { Key, normal, uniform } from '../../compiler/random/index.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionLimits } from '../limits.js';
import { parseExpression } from '../parse-expression.js';
import { compileExpression } from './compile-expression.js';
import type { CompiledExpression } from './compiled-expression.js';

const f32 = (shape: readonly number[], ...values: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(values) });
const i32 = (shape: readonly number[], ...values: number[]): HostTensor => ({ dtype: 'int32', shape, data: Int32Array.from(values) });
const list = (tensor: HostTensor | undefined): number[] => Array.from(tensor!.data);

const open: CompiledExpression[] = [];

async function compile(source: string, engine: EngineName = 'cpu', limits: Partial<ExpressionLimits> = {}): Promise<CompiledExpression> {
  const compiled = await compileExpression(parseExpression(source, limits), engineFor(engine), { threads: 1 });
  open.push(compiled);
  return compiled;
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.dispose();
});

/** Logistic regression of the Theano tutorial: random data and labels, more features than examples. */
const regression = `
input x: float32[n, 784]
input y: float32[n]
shared w: float32[784] = normal(seed: 1) * 0.01
shared b: float32 = 0
let p = 1 / (1 + exp(-(x @ w) - b))
let loss = -y * log(p) - (1 - y) * log(1 - p)
let cost = mean(loss) + 0.01 * sum(w ^ 2)
let [gw, gb] = grad(cost, [w, b])
update w = w - 0.1 * gw
update b = b - 0.1 * gb
output cost
output errors = mean((p > 0.5) != (y > 0.5))
`;

describe.each(['cpu', 'onnx'] as const)('an expression on %s', (engine) => {
  it('adds up state: the accumulator', async () => {
    const sum = await compile('input by: int32\nshared total: int32 = 0\nupdate total = total + by\noutput before = total', engine);
    expect(sum.dimensions.mode).toBe('fixed');
    expect(await sum.evaluate({ by: i32([], 3) })).toEqual({ outputs: { before: i32([], 0) }, state: { total: i32([], 3) } });
    expect(await sum.evaluate({ by: i32([], 10) })).toEqual({ outputs: { before: i32([], 3) }, state: { total: i32([], 13) } });
    await sum.writeState({ total: i32([], -1) });
    await sum.evaluate({ by: i32([], 1) });
    expect(await sum.readState()).toEqual({ total: i32([], 0) });
  });

  it('assigns all updates at once: two variables swap', async () => {
    const swap = await compile('shared a: float32[2] = [1, 2]\nshared b: float32[2] = [3, 4]\nupdate a = b\nupdate b = a', engine);
    const { state, outputs } = await swap.evaluate({});
    expect(outputs).toEqual({});
    expect(state).toEqual({ a: f32([2], 3, 4), b: f32([2], 1, 2) });
    expect((await swap.evaluate({})).state).toEqual({ a: f32([2], 1, 2), b: f32([2], 3, 4) });
  });

  it('learns logistic regression', async () => {
    const learned = await compile(regression, engine);
    expect(learned.dimensions).toEqual({ mode: 'batch', reason: 'n is the batch dimension of one program' });
    const n = engine === 'onnx' ? 400 : 40; // eager is slow
    const inputs = {
      x: { dtype: 'float32' as const, shape: [n, 784], data: normal(Key.from('x'), n * 784) },
      y: { dtype: 'float32' as const, shape: [n], data: uniform(Key.from('y'), n).map((u) => Math.round(u)) },
    };
    const first = await learned.evaluate(inputs);
    expect(list(first.outputs['errors'])[0]).toBeGreaterThan(0.2);
    for (let step = 0; step < 150; step++) await learned.evaluate(inputs);
    const last = await learned.evaluate(inputs);
    expect(list(last.outputs['errors'])).toEqual([0]);
    expect(list(last.outputs['cost'])[0]).toBeLessThan(list(first.outputs['cost'])[0]! / 4);
  });

  it('repeats streams of random numbers by seed, and goes on in every call', async () => {
    const source = 'stream noise(seed: 5)\nstream other(seed: 5)\noutput a = uniform([3], stream: noise)\noutput b = normal([2], stream: noise)\noutput c = uniform([3], stream: other)\noutput fixed = uniform([2], seed: 9)';
    const [one, two] = [await compile(source, engine), await compile(source, engine)];
    const [first, second] = [await one.evaluate({}), await one.evaluate({})];
    expect(await two.evaluate({})).toEqual(first);
    expect(second.outputs['a']).not.toEqual(first.outputs['a']);
    expect(second.outputs['fixed']).toEqual(first.outputs['fixed']);
    expect(first.outputs['c']).not.toEqual(first.outputs['a']);
    expect(second.state).toEqual({ noise: i32([], 2), other: i32([], 2) });
    await one.writeState({ noise: i32([], 0) });
    expect((await one.evaluate({})).outputs['a']).toEqual(first.outputs['a']);
    expect(list(first.outputs['a'])).toEqual(Array.from(uniform(Key.from(5).fold('noise').fold(0).fold(0), 3)));
  });
});

describe('calls', () => {
  const counter = 'input by: float32\nshared total: float32 = 0\nupdate total = total + by\noutput seen = total';

  it('of several clients at once follow one another', async () => {
    const shared = await compile(counter, 'onnx');
    const calls = await Promise.all(Array.from({ length: 20 }, () => shared.evaluate({ by: f32([], 1) })));
    expect(calls.map(({ outputs }) => outputs['seen']!.data[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(list((await shared.readState())['total'])).toEqual([20]);
    const refused = shared.evaluate({});
    const after = shared.evaluate({ by: f32([], 1) });
    await expect(refused).rejects.toMatchObject({ code: 'tensor-missing' });
    expect(list((await after).state['total'])).toEqual([21]);
  });

  it('of a copy have state of their own', async () => {
    const original = await compile(`${counter}\nstream s(seed: 1)\noutput u = uniform([1], stream: s)`);
    await original.evaluate({ by: f32([], 2) });
    const copy = await original.copy({ swap: { total: f32([], 100) } });
    open.push(copy);
    const same = await original.copy();
    open.push(same);
    const [a, b, c] = [await original.evaluate({ by: f32([], 1) }), await copy.evaluate({ by: f32([], 1) }), await same.evaluate({ by: f32([], 1) })];
    expect([a, b, c].map(({ state }) => state['total']!.data[0])).toEqual([3, 101, 3]);
    expect(b.outputs['u']).toEqual(a.outputs['u']);
    await expect(original.copy({ swap: { total: f32([2], 1, 2) } })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(original.copy({ swap: { nothing: f32([], 1) } })).rejects.toMatchObject({ code: 'tensor-unknown' });
  });

  it('refuse inputs that do not fit, by name', async () => {
    const source = 'input a: float32[n, 2]\ninput b: int32[n]\noutput y = a[b]';
    const compiled = await compile(source);
    const good = { a: f32([2, 2], 1, 2, 3, 4), b: i32([2], 1, 0) };
    expect(list((await compiled.evaluate(good)).outputs['y'])).toEqual([3, 4, 1, 2]);
    const refused = (changed: NamedHostTensors): Promise<unknown> => compiled.evaluate({ ...good, ...changed });
    await expect(refused({ b: f32([2], 1, 0) })).rejects.toThrow(/'b' is float32\[2\] with 2 values; accepted is int32\[n\]/);
    await expect(refused({ a: f32([2, 3], 1, 2, 3, 4, 5, 6) })).rejects.toThrow(/'a' is float32\[2,3\].*accepted is float32\[n, 2\]/);
    await expect(refused({ b: i32([3], 1, 0, 1) })).rejects.toThrow(/The dimension n is 2 in 'a' and 3 in 'b'/);
    await expect(refused({ b: i32([2], 1) })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(refused({ a: f32([0, 2]), b: i32([0]) })).rejects.toMatchObject({ code: 'tensor-mismatch' });
    await expect(refused({ toString: f32([], 1) })).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(compiled.writeState({ a: good.a })).rejects.toMatchObject({ code: 'tensor-unknown' });
    await expect(compiled.readState(['q'])).rejects.toMatchObject({ code: 'tensor-unknown' });
  });

  it('after dispose are refused', async () => {
    const compiled = await compile('output y = 1');
    await compiled.dispose();
    await expect(compiled.evaluate({})).rejects.toMatchObject({ code: 'executable-disposed' });
  });
});

describe('unknown dimensions', () => {
  const pairs = 'input a: float32[n, 3]\ninput b: float32[m, 3]\nshared calls: int32 = 0\nupdate calls = calls + 1\noutput y = a @ transpose(b)\noutput u = sum(uniform([n, m], seed: 1))';
  const of = (n: number, m: number): NamedHostTensors => ({ a: f32([n, 3], ...Array<number>(3 * n).fill(1)), b: f32([m, 3], ...Array<number>(3 * m).fill(2)) });

  it('of which there are several are compiled for each binding, over one state', async () => {
    const compiled = await compile(pairs, 'onnx', { bindings: 2 });
    expect(compiled.dimensions).toEqual({ mode: 'binding', reason: 'there are 2 unknown dimensions, n, m; programs have one at most' });
    for (const [n, m] of [[1, 2], [3, 4], [1, 2], [5, 1], [2, 2], [1, 2]] as const) {
      const { outputs } = await compiled.evaluate(of(n, m));
      expect(outputs['y']).toEqual(f32([n, m], ...Array<number>(n * m).fill(6)));
    }
    expect(list((await compiled.readState())['calls'])).toEqual([6]);
    expect(() => compiled.graphs()).toThrow(/lengths of at least 1 for n, m are needed/);
    expect(compiled.graphs({ n: 2, m: 7 }).before.inputs.map(({ shape }) => shape)).toEqual([[2, 3], [7, 3], [2, 7]]);
  });

  it('that are no batch dimension fall back to bindings, with the reason', async () => {
    const part = await compile('input x: float32[n]\noutput y = x[1:]\noutput last = x[-1]\noutput k = range(n)', 'onnx');
    expect(part.dimensions.mode).toBe('binding');
    expect(part.dimensions.reason).toMatch(/^one program for every n is not possible: /);
    const { outputs } = await part.evaluate({ x: f32([4], 1, 2, 3, 4) });
    expect(outputs).toEqual({ y: f32([3], 2, 3, 4), last: f32([], 4), k: i32([4], 0, 1, 2, 3) });
    await expect(part.evaluate({ x: f32([1], 1) })).rejects.toThrow(/Line 2, column 14: the range is empty in an axis of length n, for n = 1/);
    const some = await compile('input x: float32[n]\noutput y = uniform([n + 1], seed: 1)');
    expect(some.dimensions.reason).toBe('random numbers are drawn whose number is no multiple of n');
  });

  it('count as numbers', async () => {
    const compiled = await compile('input x: float32[n, 2]\noutput y = sum(x) / n\noutput k = n * 2 + 1\noutput r = reshape(x, [n * 2])\noutput s = n / 4', 'onnx');
    const { outputs } = await compiled.evaluate({ x: f32([3, 2], 1, 2, 3, 4, 5, 6) });
    expect(outputs).toEqual({ y: f32([], 7), k: i32([], 7), r: f32([6], 1, 2, 3, 4, 5, 6), s: f32([], 0.75) });
  });

  it('keep limits that only a call decides', async () => {
    const outer = await compile('input a: float32[n]\noutput y = reshape(a, [-1, 1]) * a', 'cpu', { elements: 10_000, memoryBytes: 30_000 });
    await expect(outer.evaluate({ a: f32([200], ...Array<number>(200).fill(1)) })).rejects.toThrow(/Line 2, column 32, at '\*': a tensor of shape \[200, 200\] has 40000 elements; accepted: at most 10000/);
    await expect(outer.evaluate({ a: f32([90], ...Array<number>(90).fill(1)) })).rejects.toThrow(/the results of one call need 32400 bytes; accepted: at most 30000/);
    expect((await outer.evaluate({ a: f32([2], 1, 2) })).outputs['y']!.data).toEqual(Float32Array.of(1, 2, 2, 4));
    const rows = await compile('input x: float32[n]\noutput j = jacobian(x ^ 2, x)', 'cpu', { operations: 1_000 });
    expect(list((await rows.evaluate({ x: f32([2], 1, 2) })).outputs['j'])).toEqual([2, 0, 0, 4]);
    await expect(rows.evaluate({ x: f32([500], ...Array<number>(500).fill(1)) })).rejects.toThrow(/at 'jacobian': with derivatives the expression comes to more than 1000 operations/);
  });
});

describe('gradients', () => {
  const source = 'input x: float32[n, 2]\ninput k: int32\nshared w: float32[2] = [1, 2]\nlet z = tanh(x @ w)\nlet cost = mean(z ^ 2)\nlet hard = mean(floor(z))\noutput cost';
  const inputs = { x: f32([3, 2], 0.1, -0.2, 0.3, 0.5, -0.4, 0.2), k: i32([], 1) };

  it.each(['cpu', 'onnx'] as const)('are given by name and change nothing on %s', async (engine) => {
    const compiled = await compile(source, engine);
    const { value, gradients } = await compiled.gradient('cost', ['w', 'x', 'z'], inputs);
    const z = [-0.3, 1.3, 0].map((t) => Math.tanh(t));
    expect(value.data[0]).toBeCloseTo(z.reduce((sum, each) => sum + each ** 2, 0) / 3, 5);
    z.forEach((each, i) => expect(gradients['z']!.data[i]).toBeCloseTo((2 / 3) * each, 5));
    const slope = z.map((each) => (2 / 3) * each * (1 - each ** 2));
    const [x0, x1] = [[0.1, 0.3, -0.4], [-0.2, 0.5, 0.2]];
    expect(gradients['w']!.data[0]).toBeCloseTo(x0.reduce((sum, each, i) => sum + each * slope[i]!, 0), 5);
    expect(gradients['w']!.data[1]).toBeCloseTo(x1.reduce((sum, each, i) => sum + each * slope[i]!, 0), 5);
    expect(gradients['x']!.shape).toEqual([3, 2]);
    expect(list((await compiled.readState())['w'])).toEqual([1, 2]);
  });

  it('are refused where they are undefined', async () => {
    const compiled = await compile(source);
    await expect(compiled.gradient('z', ['w'], inputs)).rejects.toMatchObject({ code: 'expression-gradient' });
    await expect(compiled.gradient('hard', ['w'], inputs)).rejects.toThrow(/goes through floor at 6:17, which has no gradient/);
    await expect(compiled.gradient('cost', ['k'], inputs)).rejects.toMatchObject({ code: 'expression-gradient' });
    await expect(compiled.gradient('loss', ['w'], inputs)).rejects.toThrow(/'loss' is no value of the expression; accepted: cost, x, k, w, z, hard/);
    await expect(compiled.verifyGradient('cost', ['z'], inputs)).rejects.toThrow(/'z' is no float32 input or shared variable; accepted: x, w/);
  });

  it('pass verification, of values with axes too', async () => {
    const compiled = await compile(source);
    for (const of of ['cost', 'z']) {
      const report = await compiled.verifyGradient(of, ['w', 'x'], inputs, { seed: 3 });
      expect(report.passed).toBe(true);
      expect(report.variables.map(({ name }) => name)).toEqual(['w', 'x']);
      for (const { analytic, numeric } of report.variables) expect(numeric).toBeCloseTo(analytic, 3);
    }
    expect(list((await compiled.readState())['w'])).toEqual([1, 2]);
  });

  it('fail verification where a part of them is stopped', async () => {
    const stopped = await compile('input x: float32[3]\noutput cost = sum(x * stopGradient(x))');
    const { passed, variables } = await stopped.verifyGradient('cost', ['x'], { x: f32([3], 1, 2, -1) });
    expect(passed).toBe(false);
    expect(variables[0]!.relativeError).toBeCloseTo(0.5, 2); // x instead of 2 x
  });

  it('of one another: Hessian, its product with a vector, Jacobians forward and backward', async () => {
    const compiled = await compile([
      'shared w: float32[3] = [0.5, -0.3, 0.8]', 'let c = sum(exp(w * [1, 2, 3])) * prod([2.0, 1]) + softplus(w @ [1.0, 1, 1]) ^ 2', 'let v = [1.0, -2, 0.5]',
      'output byHessian = hessian(c, w) @ v', 'output byProduct = hvp(c, w, v)', 'let f = [sum(w ^ 2), sin(w[0] * w[2])]',
      'output forward = jvp(f, w, v)', 'output both = jacobian(f, w) @ v', 'output back = vjp(f, w, [1, 3]) - [1, 3] @ jacobian(f, w)', 'output third = grad(sum(hvp(c, w, v)), w)',
    ].join('\n'), 'onnx');
    const { outputs } = await compiled.evaluate({});
    list(outputs['byHessian']).forEach((each, i) => expect(each).toBeCloseTo(outputs['byProduct']!.data[i]!, 3));
    list(outputs['forward']).forEach((each, i) => expect(each).toBeCloseTo(outputs['both']!.data[i]!, 4));
    list(outputs['back']).forEach((each) => expect(each).toBeCloseTo(0, 5));
    const report = await compiled.verifyGradient('byProduct', ['w'], {});
    expect(report.passed).toBe(true);
  });
});

describe('what is not finite', () => {
  const source = 'input x: float32[n]\nlet a = x * 2\nlet b = log(a - 4)\nshared s: float32 = 1\nupdate s = s + sum(b)\noutput y = sum(b)';

  it('is found at its operation, with the range of the operands', async () => {
    const compiled = await compile(source, 'onnx');
    expect(await compiled.firstNonFinite({ x: f32([2], 3, 4) })).toBeUndefined();
    expect(await compiled.firstNonFinite({ x: f32([3], 3, 1, 2) })).toEqual({
      op: 'log', site: '3:9', dtype: 'float32', shape: [3], minimum: expect.closeTo(Math.log(2), 5) as number, maximum: expect.closeTo(Math.log(2), 5) as number,
      notFinite: 2, value: 'NaN', index: 1, operands: [{ op: 'sub', site: '3:15', dtype: 'float32', shape: [3], minimum: -2, maximum: 2, notFinite: 0 }],
    });
    expect(await compiled.firstNonFinite({ x: f32([1], Infinity) })).toMatchObject({ op: 'input x', site: '1:7', value: 'Infinity', operands: [] });
    await compiled.writeState({ s: f32([], NaN) });
    expect(await compiled.firstNonFinite({ x: f32([1], 3) })).toMatchObject({ op: 'state s', site: '4:8', value: 'NaN' });
  });

  it('is refused by a guarded call before anything is updated', async () => {
    const compiled = await compile(source);
    await expect(compiled.evaluate({ x: f32([1], 1) }, { guard: true })).rejects.toThrow(/^log at 3:9 is the first to give NaN; its operands: sub at 3:15 from -2 to -2\.$/);
    expect(list((await compiled.readState())['s'])).toEqual([1]);
    await compiled.evaluate({ x: f32([1], 2.5) }, { guard: true });
    expect(list((await compiled.readState())['s'])[0]).toBeCloseTo(1, 5);
    await compiled.evaluate({ x: f32([1], 1) });
    expect(list((await compiled.readState())['s'])[0]).toBeNaN();
  });
});

describe('graphs', () => {
  it('are shown before and after the passes, with ids, places and formulas', async () => {
    const compiled = await compile('input x: float32[n, 2]\nshared w: float32[2] = 0\nlet z = x @ w\noutput y = mean((z + 0) ^ 2) * 1\nupdate w = w - 0.5', 'onnx');
    const { before, after } = compiled.graphs();
    expect(after.nodes.length).toBeLessThan(before.nodes.length);
    expect(after.inputs).toEqual([{ id: 'a', name: 'x', dtype: 'float32', shape: [null, 2] }]);
    expect(after.shared).toEqual([{ id: 'b', name: 'w', dtype: 'float32', shape: [2] }]);
    expect(after.nodes.find(({ op }) => op === 'matmul')).toEqual({
      id: expect.any(String) as string, op: 'matmul', props: { transposeA: false, transposeB: false }, in: ['a', expect.any(String) as string], dtype: 'float32', shape: [null, 1], site: '3:11',
    });
    expect(before.formulas.outputs['y']).toBe('mean((reshape(x @ reshape(w, shape: [2, 1]), shape: [-1]) + 0) ^ 2, axes: [0]) * 1');
    expect(after.formulas.outputs['y']).toBe('mean(square(reshape(x @ reshape(w, shape: [2, 1]), shape: [-1])), axes: [0])');
    expect(after.formulas.updates['w']).toBe('w - 0.5');
    expect(after.printed).toContain('input name=x');
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
    expect(new Set(before.nodes.flatMap(({ site }) => (site === undefined ? [] : [site])))).toEqual(new Set(['3:11', '4:20', '4:25', '4:12', '4:30', '5:14']));
  });
});
