import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { RampartError } from '../../errors/index.js';
import { difference } from '../contract/compare.js';
import { floats } from '../contract/row.js';
import { engineFor } from '../engines.js';
import type { Graph } from '../graph/graph.js';
import { everyNode } from '../graph/loop.js';
import type { EngineName, Executable, NamedTensors, Program } from '../program.js';
import type { HostTensor, NamedHostTensors, NamedSpecs, TensorSpec } from '../tensors.js';
import { trace } from '../trace/index.js';
import { scan, type ScanOptions, type ScanResult } from './index.js';

const f32 = (shape: number[], ...values: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(values) });
const programOf = (f: (inputs: NamedTensors) => NamedTensors): Program => ({ name: 'loops', apply: (_, inputs) => ({ outputs: f(inputs) }) });
const specsOf = (inputs: NamedHostTensors): NamedSpecs => Object.fromEntries(Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

const open: Executable[] = [];
afterEach(async () => {
  for (const executable of open.splice(0)) await executable.dispose();
});

async function compile(engine: EngineName, program: Program, inputs: NamedSpecs, threads = 1): Promise<Executable> {
  const executable = await engineFor(engine).compile(program, { state: {}, inputs }, { state: {}, threads });
  open.push(executable);
  return executable;
}

const run = async (engine: EngineName, f: (inputs: NamedTensors) => NamedTensors, inputs: NamedHostTensors): Promise<NamedHostTensors> =>
  (await compile(engine, programOf(f), specsOf(inputs))).run(inputs);

const numbers = (tensor: HostTensor | undefined): number[] => Array.from(tensor!.data);

describe.each(['cpu', 'onnx', 'wasm'] as const)('scan on the engine %s', (engine) => {
  it('raises to a power: 0, 1, 16, 81, ... for k = 4', async () => {
    const f = ({ a }: NamedTensors): NamedTensors => ({
      y: scan({ steps: 4, initial: { power: tf.onesLike(a!) }, body: (_, { power }) => ({ states: { power: tf.mul(power!, a!) } }) }).states.power!,
    });
    const { y } = await run(engine, f, { a: f32([10], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) });
    expect(numbers(y)).toEqual([0, 1, 16, 81, 256, 625, 1296, 2401, 4096, 6561]);
  });

  const sums = (options: Partial<ScanOptions>) => ({ x }: NamedTensors): NamedTensors => {
    const { states, outputs } = scan({
      sequences: { x: x! }, initial: { sum: tf.scalar(100) }, ...options,
      body: ({ x: now }, { sum }) => ({ states: { sum: tf.add(sum!, now!) }, outputs: { before: sum!, after: tf.add(sum!, now!) } }),
    });
    return { last: states.sum!, ...outputs };
  };

  it('sums up, and puts out several values of each step', async () => {
    const result = await run(engine, sums({}), { x: f32([5], 1, 2, 3, 4, 5) });
    expect(Object.fromEntries(Object.entries(result).map(([name, value]) => [name, numbers(value)]))).toEqual({
      last: [115], before: [100, 101, 103, 106, 110], after: [101, 103, 106, 110, 115],
    });
  });

  it('goes backwards, results at the position of their step', async () => {
    const { last, before } = await run(engine, sums({ backwards: true }), { x: f32([5], 1, 2, 3, 4, 5) });
    expect(numbers(last)).toEqual([115]);
    expect(numbers(before)).toEqual([114, 112, 109, 105, 100]);
  });

  it('takes fewer steps than there are positions', async () => {
    expect(numbers((await run(engine, sums({ steps: 2 }), { x: f32([5], 1, 2, 3, 4, 5) })).after)).toEqual([101, 103]);
  });

  it('sees earlier and later positions and states by taps', async () => {
    const f = ({ x, h }: NamedTensors): NamedTensors => {
      const { states, outputs } = scan({
        sequences: { x: { tensor: x!, taps: [-2, 1] } }, initial: { h: { tensor: h!, taps: [-1, -3] } },
        body: (slices, held) => {
          const next = tf.add(tf.add(slices['x[t-2]']!, tf.mul(slices['x[t+1]']!, 10)), tf.add(held['h[t-1]']!, tf.mul(held['h[t-3]']!, 1000)));
          return { states: { h: next }, outputs: { next } };
        },
      });
      return { all: outputs.next!, last: states.h! };
    };
    // h_0 = x_0 + 10 x_3 + h_-1 + 1000 h_-3 = 1 + 40 + 3 + 1000, and so on
    const { all, last } = await run(engine, f, { x: f32([5], 1, 2, 3, 4, 5), h: f32([3], 1, 2, 3) });
    expect(numbers(all)).toEqual([1044, 1044 + 2 + 50 + 2000]);
    expect(numbers(last)).toEqual([3096]);
  });

  it('nests: rows of a Pascal triangle', async () => {
    const f = ({ x }: NamedTensors): NamedTensors => ({
      y: scan({
        sequences: { x: x! }, initial: { row: tf.tensor1d([1, 0, 0, 0, 0, 0]) },
        body: ({ x: scale }, { row }) => {
          const { outputs } = scan({
            sequences: { here: row! }, initial: { left: tf.scalar(0) },
            body: ({ here }, { left }) => ({ states: { left: here! }, outputs: { sum: tf.mul(tf.add(here!, left!), scale!) } }),
          });
          return { states: { row: outputs.sum! } };
        },
      }).states.row!,
    });
    expect(numbers((await run(engine, f, { x: f32([5], 1, 1, 1, 1, 1) })).y)).toEqual([1, 5, 10, 10, 5, 1]);
  });

  it('stops early: states of the last step, zeros beyond it', async () => {
    const f = ({ x }: NamedTensors): NamedTensors => {
      const { states, outputs } = scan({
        sequences: { x: x! }, initial: { sum: tf.scalar(0), count: tf.scalar(0, 'int32') },
        until: ({ states: { sum } }) => tf.greater(sum!, 5),
        body: ({ x: now }, { sum, count }) => {
          const next = tf.add(sum!, now!);
          return { states: { sum: next, count: tf.add(count!, tf.scalar(1, 'int32')) }, outputs: { next, low: tf.less(next, 4) } };
        },
      });
      return { ...states, ...outputs };
    };
    const { sum, count, next, low } = await run(engine, f, { x: f32([7], 1, 2, 3, 4, 5, 6, 7) });
    expect([numbers(sum), numbers(count), numbers(next), numbers(low)]).toEqual([[6], [3], [1, 3, 6, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0]]);
    const never = await run(engine, f, { x: f32([3], 1, 1, 1) });
    expect([numbers(never.sum), numbers(never.count), numbers(never.next)]).toEqual([[3], [3], [1, 2, 3]]);
  });
});

describe('gradients of scan', () => {
  /** h' = tanh(h W + x), loss = sum of cos(h) over 10 steps, and its gradients. */
  const recurrence = (inputs: NamedTensors): NamedTensors => {
    const names = Object.keys(inputs);
    const loss = (...values: tf.Tensor[]): tf.Tensor => {
      const { x, h, w } = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      const { states, outputs } = scan({ sequences: { x: x! }, initial: { h: h! }, body: ({ x: now }, { h: held }) => {
        const next = tf.tanh(tf.add(tf.matMul(held as tf.Tensor2D, w as tf.Tensor2D), now!));
        return { states: { h: next }, outputs: { y: tf.cos(next) } };
      } });
      return tf.add(tf.sum(outputs.y!), tf.sum(states.h!));
    };
    const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => inputs[name]!));
    return { loss: value, ...Object.fromEntries(names.map((name, i) => [`d ${name}`, grads[i]!])) };
  };

  it('agree with central differences over 10 steps', async () => {
    const inputs: NamedHostTensors = { x: floats([10, 2, 3], -0.5, 0.5), h: floats([2, 3], -0.5, 0.5), w: floats([3, 3], -0.5, 0.5) };
    const executable = await compile('onnx', programOf(recurrence), specsOf(inputs));
    const exact = await executable.run(inputs);
    const step = 0.01;
    for (const [name, tensor] of Object.entries(inputs)) {
      for (let i = 0; i < tensor.data.length; i += 4) {
        const at = async (shift: number): Promise<number> => {
          const data = Float32Array.from(tensor.data, (value, k) => (k === i ? value + shift : value));
          return (await executable.run({ ...inputs, [name]: { ...tensor, data } })).loss!.data[0]!;
        };
        expect((await at(step) - await at(-step)) / (2 * step)).toBeCloseTo(exact[`d ${name}`]!.data[i]!, 2);
      }
    }
  });

  it('hold for every batch size', async () => {
    const spec = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });
    const specs = { x: spec(6, -1, 3), h: spec(-1, 3), w: spec(3, 3) };
    const [onnx, cpu] = [await compile('onnx', programOf(recurrence), specs), await compile('cpu', programOf(recurrence), specs)];
    for (const batch of [1, 3, 8]) {
      const inputs = { x: floats([6, batch, 3], -0.5, 0.5), h: floats([batch, 3], -0.5, 0.5), w: floats([3, 3], -0.5, 0.5) };
      expect(difference(await onnx.run(inputs), await cpu.run(inputs), 1e-5)).toBeUndefined();
    }
  });

  it('are the same bits with one and with two threads', async () => {
    const inputs: NamedHostTensors = { x: floats([20, 16, 64], -0.5, 0.5), h: floats([16, 64], -0.5, 0.5), w: floats([64, 64], -0.2, 0.2) };
    const [one, two] = [await compile('onnx', programOf(recurrence), specsOf(inputs), 1), await compile('onnx', programOf(recurrence), specsOf(inputs), 2)];
    const first = await one.run(inputs);
    expect(await two.run(inputs)).toEqual(first);
    expect(await one.run(inputs)).toEqual(first);
  });

  /** s' = a s + x, after 6 steps; gradients through the last two only. */
  const truncated = (backwards: boolean) => ({ a, x, s }: NamedTensors): NamedTensors => {
    const last = (...[slope, sequence, first]: tf.Tensor[]): tf.Tensor => scan({
      sequences: { x: sequence! }, initial: { s: first! }, truncateGradient: 2, backwards,
      body: ({ x: now }, { s: held }) => ({ states: { s: tf.add(tf.mul(slope!, held!), now!) } }),
    }).states.s!;
    const [da, dx, ds] = tf.grads(last)([a!, x!, s!]);
    return { y: last(a!, x!, s!), da: da!, dx: dx!, ds: ds! };
  };

  it.each(['cpu', 'onnx'] as const)('are truncated as by hand on %s', async (engine) => {
    // s: 1 -> 3 -> 8 -> 19 -> 42 -> 89 -> 184; d s_6 / d a = s_5 + a s_4, d s_6 / d x = (0, 0, 0, 0, a, 1)
    const inputs = { a: f32([], 2), x: f32([6], 1, 2, 3, 4, 5, 6), s: f32([], 1) };
    const forwards = await run(engine, truncated(false), inputs);
    expect(Object.values(forwards).map(numbers)).toEqual([[184], [89 + 2 * 42], [0, 0, 0, 0, 2, 1], [0]]);
    const reversed = await run(engine, truncated(true), { ...inputs, x: f32([6], 6, 5, 4, 3, 2, 1) });
    expect(Object.values(reversed).map(numbers)).toEqual([[184], [89 + 2 * 42], [1, 2, 0, 0, 0, 0], [0]]);
  });

  it('of gradients unroll the loop', async () => {
    // y = x^8, y' = 8 x^7, y'' = 56 x^6
    const power = (x: tf.Tensor): tf.Tensor => scan({ steps: 8, initial: { p: tf.onesLike(x) }, body: (_, { p }) => ({ states: { p: tf.mul(p!, x) } }) }).states.p!;
    const f = ({ x }: NamedTensors): NamedTensors => ({ second: tf.grad((y) => tf.sum(tf.grad(power)(y)))(x!) });
    const inputs = { x: f32([3], 1, 2, -1.5) };
    for (const engine of ['cpu', 'onnx'] as const) {
      const { second } = await run(engine, f, inputs);
      expect(difference({ second: second! }, { second: f32([3], 56, 56 * 64, 56 * 1.5 ** 6) }, 1e-6)).toBeUndefined();
    }
  });

  it('pass through an early end, with all steps computed', async () => {
    const f = ({ x }: NamedTensors): NamedTensors => ({
      dx: tf.grad((y) => scan({ sequences: { y }, initial: { p: tf.scalar(1) }, until: ({ states: { p } }) => tf.greater(p!, 5),
        body: ({ y: now }, { p }) => ({ states: { p: tf.mul(p!, now!) } }) }).states.p!)(x!),
    });
    for (const engine of ['cpu', 'onnx'] as const) expect(numbers((await run(engine, f, { x: f32([5], 2, 2, 2, 2, 2) })).dx)).toEqual([4, 4, 4, 0, 0]);
  });
});

describe('traces of scan', () => {
  const gradientOf = (steps: number): Graph => trace(programOf(({ x: all }) => {
    const f = (y: tf.Tensor): tf.Tensor => scan({ sequences: { y }, initial: { s: tf.zeros([2]) }, body: ({ y: now }, { s }) => ({ states: { s: tf.tanh(tf.add(s!, now!)) } }) }).states.s!;
    return { dx: tf.grad(f)(all!) };
  }), { state: {}, inputs: { x: { dtype: 'float32', shape: [steps, 2] } } });

  it('leave no tensor behind', () => {
    const before = tf.memory().numTensors;
    gradientOf(10);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are as large for ten thousand steps as for ten', () => {
    expect(everyNode(gradientOf(10_000))).toHaveLength(everyNode(gradientOf(10)).length);
  });

  it('name the line of the program in the loop and in its body', () => {
    expect(new Set(everyNode(gradientOf(10)).flatMap(({ op, site }) => (op === 'scan' || op === 'tanh' ? [site?.replace(/\d+/, 'N')] : [])))).toEqual(new Set(['scan.spec.ts:N']));
  });
});

/** The error of a scan over x [6, 2] with first state [2]. */
function errorOf(options: Partial<ScanOptions>, f: (result: () => ScanResult) => unknown = (result) => result()): RampartError {
  try {
    trace(programOf(({ x, s }) => {
      f(() => scan({ sequences: { x: x! }, initial: { s: s! }, body: (_, { s: held }) => ({ states: { s: held! } }), ...options }));
      return {};
    }), { state: {}, inputs: { x: { dtype: 'float32', shape: [6, 2] }, s: { dtype: 'float32', shape: [2] } } });
  } catch (error) {
    if (error instanceof RampartError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('scan refuses', () => {
  const state = (): tf.Tensor => tf.zeros([2]);
  it.each<[string, Partial<ScanOptions>, string, RegExp]>([
    ['a thousand million steps', { sequences: {}, steps: 1e9 }, 'scan-steps-out-of-range', /1000000000 steps.*1 to 10000/],
    ['no steps', { steps: 0 }, 'scan-steps-out-of-range', /0 steps/],
    ['half a step', { steps: 1.5 }, 'scan-steps-out-of-range', /1\.5 steps/],
    ['nothing to count by', { sequences: {} }, 'scan-without-steps', /no sequence and no `steps`/],
    ['a short sequence', { steps: 7 }, 'scan-sequence-length', /'x' is float32\[6,2\]; 7 steps .* at least 7/],
    ['a state that changes its shape', { body: () => ({ states: { s: tf.zeros([3]) } }) }, 'scan-state-mismatch', /'s' float32\[3\]; it starts as float32\[2\]/],
    ['a state that changes its type', { body: () => ({ states: { s: tf.zeros([2], 'int32') } }) }, 'scan-state-mismatch', /int32\[2\].*float32\[2\]/],
    ['a state without a next value', { body: () => ({ states: {} }) }, 'scan-results-differ', /states none; accepted are s/],
    ['a state of another name', { body: () => ({ states: { s: state(), t: state() } }) }, 'scan-results-differ', /states s, t; accepted are s/],
    ['a state tap that looks ahead', { initial: { s: { tensor: tf.zeros([1, 2]), taps: [1] } } }, 'scan-taps-invalid', /'s' are \[1\].*below 0/],
    ['taps twice', { initial: { s: { tensor: tf.zeros([1, 2]), taps: [-1, -1] } } }, 'scan-taps-invalid', /\[-1, -1\]/],
    ['too few first values', { initial: { s: { tensor: tf.zeros([2, 2]), taps: [-3] } } }, 'scan-initial-shape', /float32\[2,2\].*need 3/],
    ['an end that is no bool', { until: ({ states }) => states.s! }, 'scan-until-mismatch', /float32\[2\].*bool\[\]/],
    ['a truncation beyond the steps', { truncateGradient: 7 }, 'scan-truncation-out-of-range', /is 7;.*steps, 6/],
    ['a truncation of nothing', { truncateGradient: 0 }, 'scan-truncation-out-of-range', /is 0/],
  ])('%s', (_, options, code, message) => {
    const error = errorOf(options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('sequences of different lengths, with taps counted', () => {
    const error = errorOf({}, () => {
      const x = tf.zeros([6, 2]);
      return scan({ sequences: { x, y: { tensor: tf.zeros([7, 2]), taps: [-2, 0] } }, initial: { s: tf.zeros([2]) }, body: (_, { s }) => ({ states: { s: s! } }) });
    });
    expect(error.message).toMatch(/'y' is float32\[7,2\]; 6 steps with the taps y\[t-2\], y\[t\] need at least 8/);
  });

  it('to unroll more operations than can be loaded', () => {
    const error = errorOf({ sequences: {}, steps: 10_000, unroll: true, body: (_, { s }) => ({ states: { s: tf.tanh(tf.add(tf.mul(s!, 2), 1)) } }) });
    expect(error.code).toBe('scan-unrolled-too-large');
    expect(error.message).toMatch(/10000 steps of \d+ operations each .* accepted are 20000/);
  });

  it('outputs that come and go, where steps run one by one', async () => {
    let calls = 0;
    const f = ({ x }: NamedTensors): NamedTensors => ({
      y: scan({ sequences: { x: x! }, body: ({ x: now }) => ({ states: {}, outputs: { [calls++ === 0 ? 'a' : 'b']: now! } }) }).outputs.a!,
    });
    await expect(run('cpu', f, { x: f32([2], 1, 2) })).rejects.toThrow(/outputs b; accepted are a/);
  });
});
