import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { engineFor } from '../engines.js';
import { evaluate } from '../evaluate/index.js';
import { topologicalOrder, type Graph, type Node } from '../graph/graph.js';
import { countOperations, print } from '../graph/print.js';
import type { NamedTensors, Program } from '../program.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { trace } from '../trace/index.js';
import { optimise } from './index.js';
import { isElementwise } from './knowledge/primitive-classes.js';
import { logisticRegression, logisticRegressionSignature } from './testing/logistic-regression.js';

const vector = (...values: readonly number[]): HostTensor => ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) });

/** y = f(x) and dx = d sum(y w) / dx with w = 1, 2, 3, ... */
const withGradient = (f: (x: tf.Tensor) => tf.Tensor): Program => ({
  name: 'stability',
  apply: (_, { x }) => {
    const weighted = (at: tf.Tensor): tf.Scalar => {
      const y = f(at);
      return tf.sum(tf.mul(y, tf.reshape(tf.add(tf.range(0, y.size), 1), y.shape)));
    };
    return { outputs: { y: f(x!), dx: tf.grad(weighted)(x!) } };
  },
});

const naive = (graph: Graph, inputs: NamedHostTensors, name: string): number[] => Array.from(evaluate(graph, {}, inputs).outputs[name]!.data);

/** y and dx of the optimised program, evaluated and run by ONNX Runtime. */
async function optimised(f: (x: tf.Tensor) => tf.Tensor, x: HostTensor): Promise<{ y: number[]; dx: number[] }[]> {
  const program = withGradient(f);
  const signature = { state: {}, inputs: { x } };
  const evaluated = evaluate(optimise(trace(program, signature)).graph, {}, { x }).outputs;
  const executable = await engineFor('onnx').compile(program, signature, { state: {} });
  const ran = await executable.run({ x });
  await executable.dispose();
  return [evaluated, ran].map(({ y, dx }) => ({ y: Array.from(y!.data), dx: Array.from(dx!.data) }));
}

const close = (actual: readonly number[], expected: readonly number[], relative: number): void => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value), `[${i}] ${actual[i]} instead of ${value}`).toBeLessThanOrEqual(relative * Math.abs(value)));
};

/** Claim H1 of the method: the naive formula fails, the optimised one is right, and so is its gradient. */
describe('stability', () => {
  const softmax = (x: tf.Tensor): tf.Tensor => tf.div(tf.exp(x), tf.sum(tf.exp(x), -1, true));
  const cases: readonly [string, (x: tf.Tensor) => tf.Tensor, number[], { naive: number[]; y: number[]; dx: number[] }][] = [
    ['log(1 + x) at 1e-10', (x) => tf.log(tf.add(1, x)), [1e-10], { naive: [0], y: [1e-10], dx: [1] }],
    ['log of a written softmax', (x) => tf.log(softmax(x)), [1000, 0], { naive: [NaN, -Infinity], y: [0, -1000], dx: [-2, 2] }],
    ['log(sigmoid(x)) at -1000', (x) => tf.log(tf.sigmoid(x)), [-1000], { naive: [-Infinity], y: [-1000], dx: [1] }],
    ['log of a written sigmoid', (x) => tf.log(tf.div(1, tf.add(1, tf.exp(tf.neg(x))))), [-1000], { naive: [-Infinity], y: [-1000], dx: [1] }],
    ['log(1 - sigmoid(x)) at 1000', (x) => tf.log(tf.sub(1, tf.sigmoid(x))), [1000], { naive: [-Infinity], y: [-1000], dx: [-1] }],
    ['log(sum(exp(x)))', (x) => tf.log(tf.sum(tf.exp(x))), [1000, 1000], { naive: [Infinity], y: [1000.6931472], dx: [0.5, 0.5] }],
    ['log1p(exp(x)) at 1000', (x) => tf.log1p(tf.exp(x)), [1000], { naive: [Infinity], y: [1000], dx: [1] }],
    ['exp(x) - 1 at 1e-10', (x) => tf.sub(tf.exp(x), 1), [1e-10], { naive: [0], y: [1e-10], dx: [1] }],
    ['log(1 - erf(x)) at 10', (x) => tf.log(tf.sub(1, tf.erf(x))), [10, -1], { naive: [-Infinity, 0.6112314], y: [-102.8798890, 0.6112314], dx: [-20.0990193, -0.4505425] }],
  ];
  it.each(cases)('of %s', async (_, f, x, expected) => {
    const graph = trace(withGradient(f), { state: {}, inputs: { x: vector(...x) } });
    naive(graph, { x: vector(...x) }, 'y').forEach((value, i) => expect(Object.is(value, expected.naive[i]) || Math.abs(value - expected.naive[i]!) < 1e-5).toBe(true));
    for (const { y, dx } of await optimised(f, vector(...x))) {
      close(y, expected.y, 1e-5);
      close(dx, expected.dx, 1e-5);
    }
  });

  it('keeps masks of -inf in log(sum(exp(x)))', async () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.log(tf.sum(tf.exp(x)));
    const at = (...x: readonly number[]): number[] => {
      const { graph } = optimise(trace({ name: 'lse', apply: (_, tensors) => ({ outputs: { y: f(tensors['x']!) } }) }, { state: {}, inputs: { x: vector(0, 0) } }));
      return naive(graph, { x: vector(...x) }, 'y');
    };
    expect(at(-Infinity, 3)).toEqual([3]);
    expect(at(-Infinity, -Infinity)).toEqual([-Infinity]);
    expect(at(Infinity, 0)).toEqual([Infinity]);
    await Promise.resolve();
  });
});

const printed = (f: (inputs: NamedTensors) => Record<string, tf.Tensor>, inputs: NamedHostTensors): string =>
  print(optimise(trace({ name: 'p', apply: (_, tensors) => ({ outputs: f(tensors) }) }, { state: {}, inputs }), { check: 'values' }).graph);

describe('gradients of cross-entropies collapse', () => {
  const z: HostTensor = { dtype: 'float32', shape: [4, 3], data: new Float32Array(12) };
  const labels: HostTensor = { dtype: 'int32', shape: [4], data: Int32Array.of(0, 2, 1, 1) };
  const gradient = (loss: (z: tf.Tensor, y: tf.Tensor) => tf.Tensor) => (inputs: NamedTensors): Record<string, tf.Tensor> =>
    ({ dz: tf.grad((at) => tf.sum(loss(at, inputs['y']!)))(inputs['z']!) });

  it('of a softmax and labels of any kind: p sum(y) - y', () => {
    expect(printed(gradient((at, y) => tf.neg(tf.mul(y, tf.log(tf.softmax(at))))), { z, y: z })).toMatchInlineSnapshot(`
      "a:float32[4,3] = input name=z
      b:float32[4,3] = input name=y
      c:float32[4,3] = neg b
      d:float32[4,1] = reduceSum c axes=[1] keepDims=true
      e:float32[4,3] = softmax a axis=1
      f:float32[4,3] = mul d e
      g:float32[4,3] = sub c f
      outputs dz=g"
    `);
  });
  it('of a softmax by exponentials', () => {
    expect(printed(gradient((at, y) => tf.neg(tf.mul(y, tf.log(tf.div(tf.exp(at), tf.sum(tf.exp(at), -1, true)))))), { z, y: z })).toMatchInlineSnapshot(`
      "a:float32[4,3] = input name=z
      b:float32[4,3] = input name=y
      c:float32[4,3] = softmax a axis=1
      d:float32[4,1] = reduceSum b axes=[1] keepDims=true
      e:float32[4,3] = mul c d
      f:float32[4,3] = sub e b
      outputs dz=f"
    `);
  });
  it('of the probability that a one-hot row picks', () => {
    expect(printed(gradient((at, y) => tf.neg(tf.log(tf.sum(tf.mul(tf.oneHot(y, 3, 1, 0, 'float32'), tf.softmax(at)), -1)))), { z, y: labels })).toMatchInlineSnapshot(`
      "a:float32[4,3] = input name=z
      b:int32[4] = input name=y
      c:float32[4,3] = oneHot b depth=3 on=1 off=0
      d:float32[4,3] = neg c
      e:float32[4,1] = reduceSum d axes=[1] keepDims=true
      f:float32[4,3] = softmax a axis=1
      g:float32[4,3] = mul e f
      h:float32[4,3] = sub d g
      outputs dz=h"
    `);
  });
  it('of sigmoid probabilities: p - y', () => {
    expect(printed(gradient((at, y) => {
      const p = tf.sigmoid(at);
      return tf.neg(tf.add(tf.mul(y, tf.log(p)), tf.mul(tf.sub(1, y), tf.log(tf.sub(1, p)))));
    }), { z, y: z })).toMatchInlineSnapshot(`
      "a:float32[4,3] = input name=z
      b:float32[4,3] = input name=y
      c:float32[4,3] = sigmoid a
      d:float32[4,3] = sub c b
      outputs dz=d"
    `);
  });
});

/** Claim H2 of the method. */
describe('common subexpressions', () => {
  it('(x + y) * 2 and (x + y) * 3 share one addition', () => {
    const { graph } = optimise(trace({
      name: 'shared', apply: (_, { x, y }) => ({ outputs: { two: tf.mul(tf.add(x!, y!), 2), three: tf.mul(tf.add(x!, y!), 3) } }),
    }, { state: {}, inputs: { x: vector(1, 2), y: vector(3, 4) } }));
    expect(countOperations(graph)).toEqual({ input: 2, add: 1, constant: 2, mul: 2 });
  });
});

/** Operations, with elementwise ones of one shape that are joined by operands counted once: the kernels that are left after fusion. */
function countKernels(graph: Graph): number {
  const operations = topologicalOrder(graph).filter((node) => node.inputs.length > 0);
  const cluster = new Map<Node, Node>();
  const find = (node: Node): Node => (cluster.has(node) ? find(cluster.get(node)!) : node);
  for (const node of operations.filter(isElementwise)) {
    for (const input of node.inputs.filter((each) => each.inputs.length > 0 && isElementwise(each) && each.shape.join() === node.shape.join())) {
      if (find(input) !== find(node)) cluster.set(find(input), find(node));
    }
  }
  return new Set(operations.map(find)).size;
}

describe('logistic regression as a beginner writes it', () => {
  const signature = logisticRegressionSignature(400, 784);
  const before = trace(logisticRegression, signature);
  const { graph: after, report } = optimise(before);

  it('becomes one product, the cross-entropy from logits, and updates that share (p - y) / n', () => {
    expect([report.nodesBefore, report.nodesAfter]).toEqual([62, 33]);
    expect(countKernels(after)).toBe(10);
    expect(print(after)).toMatchInlineSnapshot(`
      "a:float32[400,784] = input name=x
      b:float32[400,1] = input name=y
      c:float32[784,1] = state name=w
      d:float32[] = state name=b
      e:float32[400,1] = matmul a c transposeA=false transposeB=false
      f:float32[400,1] = add e d
      g:float32[400,1] = relu f
      h:float32[400,1] = mul f b
      i:float32[400,1] = sub g h
      j:float32[400,1] = abs f
      k:float32[400,1] = neg j
      l:float32[400,1] = softplus k
      m:float32[400,1] = add i l
      n:float32[] = reduceMean m axes=[0,1] keepDims=false
      o:float32[] = constant value=[0.01]
      p:float32[784,1] = square c
      q:float32[] = reduceSum p axes=[0,1] keepDims=false
      r:float32[] = mul o q
      s:float32[] = add n r
      t:float32[] = constant value=[0.1]
      u:float32[] = constant value=[0.02]
      v:float32[784,1] = mul c u
      w:float32[400,1] = sigmoid f
      x:float32[400,1] = sub w b
      y:float32[] = constant value=[0.0025]
      z:float32[400,1] = mul x y
      aa:float32[784,1] = matmul a z transposeA=true transposeB=false
      ab:float32[784,1] = add v aa
      ac:float32[784,1] = mul t ab
      ad:float32[784,1] = sub c ac
      ae:float32[] = reduceSum z axes=[0,1] keepDims=false
      af:float32[] = mul t ae
      ag:float32[] = sub d af
      outputs cost=s
      updates w=ad b=ag"
    `);
  });

  it('keeps its numbers', () => {
    const small = trace(logisticRegression, logisticRegressionSignature(6, 4));
    expect(() => optimise(small, { check: 'values', seed: 'logistic' })).not.toThrow();
  });
});
