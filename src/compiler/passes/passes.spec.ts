import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../graph/graph.js';
import { countOperations, print } from '../graph/print.js';
import type { NamedTensors } from '../program.js';
import { trace } from '../trace/index.js';
import type { NamedSpecs } from '../tensors.js';
import { commonSubexpressions } from './common-subexpressions.js';
import { deadCode } from './dead-code.js';
import { optimise, type OptimisationLevel } from './index.js';
import { mergedProducts } from './merged-products.js';
import { transposeSinking } from './transpose-sinking.js';

const f32 = (...shape: number[]): { dtype: 'float32'; shape: number[] } => ({ dtype: 'float32', shape });
const graphOf = (f: (inputs: NamedTensors) => tf.Tensor, inputs: NamedSpecs): Graph =>
  trace({ name: 'p', apply: (_, tensors) => ({ outputs: { y: f(tensors) } }) }, { state: {}, inputs });
const at = (level: OptimisationLevel, f: (inputs: NamedTensors) => tf.Tensor, inputs: NamedSpecs): string => print(optimise(graphOf(f, inputs), { level, check: 'values' }).graph);

describe('canonical form', () => {
  it('drops operations that change nothing', () => {
    expect(at('o2', ({ x }) => {
      const same = tf.div(tf.mul(tf.add(tf.sub(x!, 0), tf.zeros([2, 3])), tf.onesLike(x!)), 1);
      return tf.reshape(tf.reshape(tf.neg(tf.neg(tf.transpose(same, [0, 1]))), [6]), [3, 2]);
    }, { x: f32(2, 3) })).toMatchInlineSnapshot(`
      "a:float32[2,3] = input name=x
      b:float32[3,2] = reshape a shape=[3,2]
      outputs y=b"
    `);
  });
  it('broadcasts where 0 broadcast', () => {
    expect(at('o2', ({ x }) => tf.add(x!, tf.zeros([2, 3])), { x: f32(3) })).toContain('broadcastTo a shape=[2,3]');
  });
  it('joins casts', () => {
    expect(at('o2', ({ x }) => tf.cast(tf.oneHot(tf.cast(x!, 'int32'), 4), 'float32'), { x: f32(3) })).toMatchInlineSnapshot(`
      "a:float32[3] = input name=x
      b:int32[3] = cast a to=int32
      c:float32[3,4] = oneHot b depth=4 on=1 off=0
      outputs y=c"
    `);
  });
  it('takes batch dimensions: sums of broadcasts along them keep their length', () => {
    expect(at('o4', ({ x }) => tf.sum(tf.broadcastTo(tf.sum(x!), [x!.shape[0]])), { x: f32(-1, 3) })).toContain('broadcastTo');
    expect(at('o4', ({ x }) => tf.mean(tf.broadcastTo(tf.sum(x!), [x!.shape[0]])), { x: f32(-1, 3) })).not.toContain('broadcastTo');
  });
});

describe('constant folding', () => {
  it('computes what depends on nothing', () => {
    expect(at('o1', ({ x }) => tf.add(x!, tf.sqrt(tf.mul(tf.tensor1d([2, 8]), 2))), { x: f32(2) })).toMatchInlineSnapshot(`
      "a:float32[2] = input name=x
      b:float32[2] = constant value=[2 4]
      c:float32[2] = add a b
      outputs y=c"
    `);
  });
  it('keeps broadcasts small', () => {
    expect(at('o1', ({ x }) => tf.concat([x!, tf.zeros([1000])]), { x: f32(2) })).toContain('broadcastTo');
  });
  it('leaves large results as computations, and says so', () => {
    const graph = graphOf(({ x }) => tf.add(x!, tf.matMul(tf.reshape(tf.linspace(0, 1, 300), [300, 1]), tf.reshape(tf.linspace(0, 1, 300), [1, 300]))), { x: f32(300, 300) });
    const { graph: after, report } = optimise(graph, { level: 'o1' });
    expect(countOperations(after).matmul).toBe(1);
    expect(report.refusals.map(({ reason }) => reason)).toEqual(['the result has 90000 elements; at most 65536 are stored']);
  });
});

describe('common subexpressions', () => {
  it('are computed once', () => {
    const program = graphOf(({ x, y }) => tf.concat([tf.mul(tf.add(x!, y!), 2), tf.mul(tf.add(x!, y!), 3), tf.mul(tf.add(x!, y!), 2)]), { x: f32(2), y: f32(2) });
    expect(countOperations(commonSubexpressions.run(program))).toEqual({ input: 2, add: 1, constant: 2, mul: 2, concat: 1 });
    expect(countOperations(optimise(program, { level: 'o1' }).graph)).toEqual({ input: 2, add: 1, constant: 2, mul: 2, concat: 1 });
  });
  it('tell constants of other dtype, shape or sign of zero apart', () => {
    const text = print(commonSubexpressions.run(graphOf(({ x }) => tf.stack([tf.add(x!, tf.scalar(0)), tf.add(x!, tf.scalar(-0)), tf.add(x!, tf.tensor1d([0]))]), { x: f32(1) })));
    expect(text.match(/constant/g)).toHaveLength(3);
  });
});

describe('transposes', () => {
  it('cancel across elementwise operations, reductions and per-channel operands', () => {
    expect(at('o2', ({ x, b }) => {
      const first = tf.transpose(tf.relu(tf.add(tf.transpose(x!, [0, 3, 1, 2]), 1)), [0, 2, 3, 1]); // NHWC again
      return tf.transpose(tf.mul(tf.add(first, b!), tf.mean(first, [1, 2], true)), [0, 3, 1, 2]);
    }, { x: f32(2, 4, 4, 3), b: f32(3) })).toMatchInlineSnapshot(`
      "a:float32[2,4,4,3] = input name=x
      b:float32[3] = input name=b
      c:float32[] = constant value=[1]
      d:float32[2,4,4,3] = add a c
      e:float32[2,4,4,3] = relu d
      f:float32[2,4,4,3] = add e b
      g:float32[2,1,1,3] = reduceMean e axes=[1,2] keepDims=true
      h:float32[2,4,4,3] = mul f g
      i:float32[2,3,4,4] = transpose h permutation=[0,3,1,2]
      outputs y=i"
    `);
  });
  it('stay where nothing follows that would cancel them', () => {
    expect(print(transposeSinking.run(graphOf(({ x }) => tf.relu(tf.transpose(x!, [1, 0])), { x: f32(2, 3) })))).toMatch(/transpose a.*\n.*relu b/);
  });
  it('of axes of length 1 are reshapes', () => {
    expect(print(transposeSinking.run(graphOf(({ x }) => tf.transpose(x!, [0, 3, 1, 2]), { x: f32(2, 1, 1, 3) })))).toContain('reshape a shape=[2,3,1,1]');
  });
});

describe('merged products', () => {
  const gates = (rows: number, width: number): Graph => graphOf(({ x, u, v, w }) =>
    tf.add(tf.tanh(tf.matMul(x!, u!)), tf.mul(tf.sigmoid(tf.matMul(x!, v!)), tf.matMul(tf.sigmoid(tf.matMul(x!, v!)), w!))),
    { x: f32(rows, width), u: f32(width, width), v: f32(width, width), w: f32(width, width) });
  it('join small products of one operand', () => {
    const { graph } = optimise(gates(2, 8), { check: 'values' });
    expect(print(graph)).toMatchInlineSnapshot(`
      "a:float32[2,8] = input name=x
      b:float32[8,8] = input name=u
      c:float32[8,8] = input name=v
      d:float32[8,8] = input name=w
      e:float32[8,16] = concat b c axis=1
      f:float32[2,16] = matmul a e transposeA=false transposeB=false
      g:float32[2,8] = slice f begin=[0,0] end=[2,8] strides=[1,1]
      h:float32[2,8] = tanh g
      i:float32[2,8] = slice f begin=[0,8] end=[2,16] strides=[1,1]
      j:float32[2,8] = sigmoid i
      k:float32[2,8] = matmul j d transposeA=false transposeB=false
      l:float32[2,8] = mul j k
      m:float32[2,8] = add h l
      outputs y=m"
    `);
  });
  it('leave large ones alone', () => expect(mergedProducts.run(gates(64, 256))).toEqual(gates(64, 256)));
});

describe('dead code', () => {
  it('drops updates that change nothing', () => {
    const graph = trace({ name: 'p', apply: (state) => ({ outputs: {}, state }) }, { state: { w: f32(2) }, inputs: {} });
    expect(Object.keys(deadCode.run(graph).updates)).toEqual([]);
  });
});

describe('levels', () => {
  const program = ({ x, y, w }: NamedTensors): tf.Tensor => {
    const p = tf.add(tf.log(tf.add(tf.mul(1, x!), 1)), tf.sqrt(tf.tensor1d([4, 9])));
    return tf.add(tf.mul(tf.add(tf.matMul(p, w!), tf.matMul(p, y!)), tf.add(x!, x!)), tf.mul(y!, 0));
  };
  const operations = (level: OptimisationLevel): readonly string[] => {
    const counts = countOperations(optimise(graphOf(program, { x: f32(2, 2), y: f32(2, 2), w: f32(2, 2) }), { level }).graph);
    return Object.entries(counts).filter(([op]) => op !== 'input' && op !== 'constant').map(([op, count]) => `${op} ${count}`).sort();
  };
  it.each<[OptimisationLevel, string[]]>([
    ['none', ['add 5', 'log 1', 'matmul 2', 'mul 3', 'sqrt 1']],
    ['o1', ['add 5', 'log 1', 'matmul 2', 'mul 3']],
    ['o2', ['add 5', 'log 1', 'matmul 2', 'mul 2']],
    ['stabilise', ['add 4', 'log1p 1', 'matmul 2', 'mul 3', 'sqrt 1']],
    ['o3', ['add 4', 'log1p 1', 'matmul 2', 'mul 2']],
    ['o4', ['add 4', 'log1p 1', 'matmul 1', 'mul 2']],
    ['unsafe', ['add 3', 'log1p 1', 'matmul 1', 'mul 1']],
  ])('%s', (level, expected) => expect(operations(level)).toEqual(expected));
});
