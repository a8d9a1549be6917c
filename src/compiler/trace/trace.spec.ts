import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { RampartError } from '../../errors/index.js';
import { difference } from '../contract/compare.js';
import { flattenedPrediction, inputGradient } from '../contract/programs.js';
import { floats } from '../contract/row.js';
import { evaluate } from '../evaluate/index.js';
import { topologicalOrder } from '../graph/graph.js';
import { print } from '../graph/print.js';
import type { NamedTensors, Program, ProgramResult } from '../program.js';
import { Key, normal } from '../random/index.js';
import { runEagerly } from '../run/eager-engine.js';
import { describeSpec } from '../signature.js';
import { onBackend } from '../tfjs-backend.js';
import type { NamedSpecs } from '../tensors.js';
import { trace, withSite } from './index.js';

const f32 = (...shape: number[]): { dtype: 'float32'; shape: number[] } => ({ dtype: 'float32', shape });
const program = (name: string, f: (inputs: NamedTensors) => tf.Tensor): Program => ({ name, apply: (_, inputs) => ({ outputs: { y: f(inputs) } }) });
const traceOf = (f: (inputs: NamedTensors) => tf.Tensor, inputs: NamedSpecs = { x: f32(2, 3) }): ReturnType<typeof trace> =>
  trace(program('p', f), { state: {}, inputs });

/** The error a call ends with. */
function errorOf(run: () => unknown): RampartError {
  try {
    run();
  } catch (error) {
    if (error instanceof RampartError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('trace', () => {
  it('records operations, gradients and updates', () => {
    const step: Program = {
      name: 'step',
      apply: ({ w }, { x }): ProgramResult => {
        const { value, grad } = tf.valueAndGrad((v: tf.Tensor) => tf.sum(tf.square(tf.matMul(x!, v))))(w!);
        return { outputs: { loss: value }, state: { w: tf.sub(w!, tf.mul(0.1, grad)) } };
      },
    };
    expect(print(trace(step, { state: { w: f32(3, 1) }, inputs: { x: f32(2, 3) } }))).toMatchInlineSnapshot(`
      "a:float32[2,3] = input name=x
      b:float32[3,1] = state name=w
      c:float32[2,1] = matmul a b transposeA=false transposeB=false
      d:float32[2,1] = square c
      e:float32[] = reduceSum d axes=[0,1] keepDims=false
      f:float32[] = constant value=[0.1]
      g:float32[] = constant value=[1]
      h:float32[1,1] = reshape g shape=[1,1]
      i:float32[2,1] = broadcastTo h shape=[2,1]
      j:float32[] = constant value=[2]
      k:float32[2,1] = mul j c
      l:float32[2,1] = mul i k
      m:float32[3,1] = matmul a l transposeA=true transposeB=false
      n:float32[3,1] = mul f m
      o:float32[3,1] = sub b n
      outputs loss=e
      updates w=o"
    `);
  });

  it('restores the backend and leaves no tensor, also after an error', () => {
    onBackend('cpu', () => tf.scalar(1).dispose());
    const [before, backend] = [tf.memory().numTensors, tf.getBackend()];
    traceOf(({ x }) => tf.grad((v: tf.Tensor) => tf.mean(tf.relu(v)))(x!));
    expect(() => traceOf(({ x }) => tf.grad(() => { throw new Error('stop'); })(x!))).toThrow(/stop/);
    expect([tf.memory().numTensors, tf.getBackend()]).toEqual([before, backend]);
    expect(tf.sum([1, 2]).dataSync()[0]).toBe(3);
  });

  it('nests: a program may trace another one', () => {
    let inner = '';
    traceOf(({ x }) => {
      inner = print(traceOf(({ x: y }) => tf.neg(y!)));
      return tf.abs(x!);
    });
    expect(inner).toContain('neg a');
    expect(inner).not.toContain('abs');
  });

  it('takes captured tensors as constants and leaves them where they are', () => {
    const captured = onBackend('cpu', () => tf.tensor1d([1, 2, 3]));
    const graph = traceOf(({ x }) => tf.mul(x!, captured));
    expect(print(graph)).toContain('constant value=[1 2 3]');
    expect(Array.from(captured.dataSync())).toEqual([1, 2, 3]);
    captured.dispose();
  });

  it('notes where the program asked for each node', () => {
    const graph = traceOf(({ x }) => tf.exp(x!));
    expect(graph.outputs.y!.site).toMatch(/^trace\.spec\.ts:\d+$/);
    const gradient = traceOf(({ x }) => tf.grad((v: tf.Tensor) => tf.tanh(v))(x!));
    expect(topologicalOrder(gradient).filter((node) => node.op === 'tanh')[0]!.site).toMatch(/^trace\.spec\.ts:\d+$/);
  });

  it('takes the site that the program gives', () => {
    const graph = traceOf(({ x }) => withSite('3:9', () => tf.neg(withSite('4:1', () => tf.exp(x!)))));
    expect(topologicalOrder(graph).map((node) => node.site)).toEqual([undefined, '4:1', '3:9']);
    expect(() => withSite('5:1', () => { throw new Error('stop'); })).toThrow('stop');
    expect(traceOf(({ x }) => tf.exp(x!)).outputs.y!.site).toMatch(/^trace\.spec\.ts:/);
    const gradient = traceOf(({ x }) => withSite('7:2', () => tf.grad((v: tf.Tensor) => withSite('6:1', () => tf.tanh(v)))(x!)));
    expect(gradient.outputs.y!.site).toBe('7:2');
  });

  it('gives second derivatives', () => {
    const graph = traceOf(({ x }) => tf.grad((v: tf.Tensor) => tf.sum(tf.grad((u: tf.Tensor) => tf.sum(tf.pow(u, 3)))(v)))(x!));
    const x = floats([2, 3], 0.5, 2);
    const { y } = evaluate(graph, {}, { x }).outputs;
    y!.data.forEach((value, i) => expect(value).toBeCloseTo(6 * x.data[i]!, 4)); // (x^3)'' = 6x
  });
});

describe('trace refuses', () => {
  it('kernels without a rule, by name, program and call site', () => {
    const error = errorOf(() => traceOf(({ x }) => tf.real(tf.complex(x!, x!))));
    expect(error.code).toBe('kernel-unsupported');
    expect(error.message).toMatch(/'p'.*'Complex' at trace\.spec\.ts:\d+/);
  });
  it('data-dependent reads', () => {
    for (const read of [(x: tf.Tensor) => x.dataSync(), (x: tf.Tensor) => x.arraySync(), (x: tf.Tensor) => tf.util.isTypedArray(x.bufferSync().values)]) {
      const error = errorOf(() => traceOf(({ x }) => { read(x!); return x!; }));
      expect(error.code).toBe('data-dependent-read');
      expect(error.message).toMatch(/'p'.*trace\.spec\.ts:\d+/);
    }
  });
  it('hidden randomness, but not seeded constants', () => {
    expect(errorOf(() => traceOf(({ x }) => tf.mul(x!, tf.randomUniform([2, 3])))).code).toBe('hidden-randomness');
    expect(errorOf(() => traceOf(({ x }) => tf.dropout(x!, 0.5))).code).toBe('hidden-randomness');
    expect(() => traceOf(({ x }) => tf.mul(x!, tf.randomNormal([2, 3], 0, 1, 'float32', 7)))).not.toThrow();
    expect(Math.random()).toBeLessThan(1);
  });
  it('programs that fail, with the reason', () => {
    const error = errorOf(() => traceOf(({ x }) => tf.matMul(x!, x!)));
    expect(error.code).toBe('trace-failed');
    expect(error.message).toMatch(/x float32\[2,3\].*inner lengths/);
  });
  it('new state that does not fit', () => {
    const grows: Program = { name: 'grows', apply: ({ w }) => ({ outputs: {}, state: { w: tf.concat([w!, w!]) } }) };
    expect(errorOf(() => trace(grows, { state: { w: f32(2) }, inputs: {} })).message).toMatch(/'w' is float32\[4\]; accepted is float32\[2\]/);
    const invents: Program = { name: 'invents', apply: ({ w }) => ({ outputs: {}, state: { v: w! } }) };
    expect(errorOf(() => trace(invents, { state: { w: f32(2) }, inputs: {} })).code).toBe('tensor-unknown');
  });
});

describe('trace for every batch size', () => {
  it('writes lengths as multiples of the batch', () => {
    const graph = traceOf(({ x }) => tf.reshape(tf.sub(x!, tf.zeros(x!.shape)), [-1]), { x: f32(-1, 3, 2) });
    expect(print(graph)).toMatchInlineSnapshot(`
      "a:float32[-1,3,2] = input name=x
      b:float32[] = constant value=[0]
      c:float32[-1,3,2] = broadcastTo b shape=[-1,3,2]
      d:float32[-1,3,2] = sub a c
      e:float32[-6] = reshape d shape=[-6]
      outputs y=e"
    `);
  });

  it.each([flattenedPrediction, inputGradient])('$program.name computes what eager cpu computes at other batch sizes', ({ program: traced, signature, state, inputs }) => {
    const graph = trace(traced, signature);
    for (const batch of [1, 2, 13]) {
      const resized = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => {
        const size = [batch, ...shape.slice(1)];
        const length = size.reduce((a, b) => a * b, 1);
        return [name, { dtype: 'float32' as const, shape: size, data: normal(Key.from(batch).fold(name), length) }];
      }));
      const eager = onBackend('cpu', () => runEagerly(traced, signature.state, state, resized));
      expect(difference(evaluate(graph, state, resized).outputs, eager.outputs, 1e-4, 1e-6)).toBeUndefined();
    }
  });

  it('expresses the divisor of a mean, and one over it', () => {
    const graph = traceOf(({ x }) => tf.mul(tf.div(tf.sum(x!), x!.shape[0] * 6), tf.scalar(1 / x!.shape[0])), { x: f32(-1, 6) });
    for (const batch of [1, 3, 100]) {
      const x = floats([batch, 6], 0, 1);
      const total = Array.from(x.data).reduce((sum, each) => sum + each, 0);
      expect(evaluate(graph, {}, { x }).outputs.y!.data[0]).toBeCloseTo(total / (batch * 6) / batch, 5);
    }
  });

  it('gives results the shape of the batch', () => {
    const { program: traced, signature } = inputGradient;
    const { outputs } = trace(traced, signature);
    expect(Object.values(outputs).map(describeSpec)).toEqual(['float32[]', 'float32[-1,8,8,2]']);
  });

  it('refuses what differs otherwise, naming node, values and site', () => {
    const other = errorOf(() => traceOf(({ x }) => tf.add(tf.sum(x!), x!.shape[0] + 1), { x: f32(-1, 6) }));
    expect(other.code).toBe('batch-not-reconcilable');
    expect(other.message).toMatch(/'p', constant at .*the value is 8 .* and 12/);
    const shape = errorOf(() => traceOf(({ x }) => tf.pad(x!, [[0, 1], [0, 0]]), { x: f32(-1, 6) }));
    expect(shape.message).toMatch(/'p', pad at trace\.spec\.ts:\d+: .*float32\[8,6\].*float32\[12,6\]/);
    const part = errorOf(() => traceOf(({ x }) => tf.slice(x!, [0, 0], [1, 6]), { x: f32(-1, 6) }));
    expect(part.message).toMatch(/slice at trace\.spec\.ts.*part 0:1:1 of the batch/);
    const branch = errorOf(() => traceOf(({ x }) => (x!.shape[0] > 8 ? tf.neg(x!) : tf.abs(x!)), { x: f32(-1, 6) }));
    expect(branch.message).toMatch(/the operation is abs in one batch size and neg in another/);
    const range = errorOf(() => traceOf(({ x }) => tf.add(x!, tf.range(0, x!.shape[0])), { x: f32(-1) }));
    expect(range.message).toMatch(/the value is float32\[7\].*float32\[11\]/);
  });
});
