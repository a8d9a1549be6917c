import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { print } from '../graph/print.js';
import type { NamedTensors } from '../program.js';
import { trace } from '../trace/index.js';
import type { NamedSpecs } from '../tensors.js';
import { optimise, type Pass } from './index.js';
import { commonSubexpressions } from './common-subexpressions.js';
import { constantFolding } from './constant-folding.js';
import { deadCode } from './dead-code.js';
import { matmulTransposes } from './matmul-transposes.js';
import { simplification } from './simplification.js';
import { transposeSinking } from './transpose-sinking.js';

const f32 = (...shape: number[]): { dtype: 'float32'; shape: number[] } => ({ dtype: 'float32', shape });
const after = (pass: Pass, f: (inputs: NamedTensors) => tf.Tensor, inputs: NamedSpecs): string =>
  print(pass.run(trace({ name: 'p', apply: (_, tensors) => ({ outputs: { y: f(tensors) } }) }, { state: {}, inputs })));

describe('simplification', () => {
  it('drops operations that change nothing', () => {
    const text = after(simplification, ({ x }) => {
      const same = tf.div(tf.mul(tf.add(tf.sub(x!, 0), tf.zeros([2, 3])), tf.onesLike(x!)), 1);
      return tf.reshape(tf.reshape(tf.neg(tf.neg(tf.transpose(same, [0, 1]))), [6]), [3, 2]);
    }, { x: f32(2, 3) });
    expect(text).toMatchInlineSnapshot(`
      "a:float32[2,3] = input name=x
      b:float32[3,2] = reshape a shape=[3,2]
      outputs y=b"
    `);
  });
  it('keeps x + 0 where 0 broadcasts x', () => {
    expect(after(simplification, ({ x }) => tf.add(x!, tf.zeros([2, 3])), { x: f32(3) })).toContain('add a');
  });
  it('lets operations broadcast by themselves', () => {
    expect(after(simplification, ({ x }) => tf.mul(tf.broadcastTo(tf.sum(x!, 1, true), [2, 3]), x!), { x: f32(2, 3) })).not.toContain('broadcastTo');
  });
  it('joins casts', () => {
    expect(after(simplification, ({ x }) => tf.cast(tf.oneHot(tf.cast(x!, 'int32'), 4), 'float32'), { x: f32(3) })).toMatchInlineSnapshot(`
      "a:float32[3] = input name=x
      b:int32[3] = cast a to=int32
      c:float32[3,4] = oneHot b depth=4 on=1 off=0
      outputs y=c"
    `);
  });
});

describe('constant folding', () => {
  it('computes what depends on nothing', () => {
    expect(after(constantFolding, ({ x }) => tf.add(x!, tf.sqrt(tf.mul(tf.tensor1d([2, 8]), 2))), { x: f32(2) })).toMatchInlineSnapshot(`
      "a:float32[2] = input name=x
      b:float32[2] = constant value=[2 4]
      c:float32[2] = add a b
      outputs y=c"
    `);
  });
  it('keeps broadcasts small', () => {
    expect(after(constantFolding, ({ x }) => tf.concat([x!, tf.zeros([1000])]), { x: f32(2) })).toContain('broadcastTo');
  });
});

describe('common subexpressions', () => {
  it('are computed once', () => {
    expect(after(commonSubexpressions, ({ x, y }) => tf.concat([tf.mul(tf.add(x!, y!), 2), tf.mul(tf.add(x!, y!), 3), tf.mul(tf.add(x!, y!), 2)]),
      { x: f32(2), y: f32(2) })).toMatchInlineSnapshot(`
        "a:float32[2] = input name=x
        b:float32[2] = input name=y
        c:float32[2] = add a b
        d:float32[] = constant value=[2]
        e:float32[2] = mul c d
        f:float32[] = constant value=[3]
        g:float32[2] = mul c f
        h:float32[6] = concat e g e axis=0
        outputs y=h"
      `);
  });
  it('tell constants of other dtype, shape or sign of zero apart', () => {
    const text = after(commonSubexpressions, ({ x }) => tf.stack([tf.add(x!, tf.scalar(0)), tf.add(x!, tf.scalar(-0)), tf.add(x!, tf.tensor1d([0]))]), { x: f32(1) });
    expect(text.match(/constant/g)).toHaveLength(3);
  });
});

describe('transposes', () => {
  it('cancel across elementwise operations, reductions and per-channel operands', () => {
    const image = { x: f32(2, 4, 4, 3), b: f32(3) };
    const text = after({ name: 'all', run: (graph) => optimise(graph) }, ({ x, b }) => {
      const first = tf.transpose(tf.relu(tf.add(tf.transpose(x!, [0, 3, 1, 2]), 1)), [0, 2, 3, 1]); // NHWC again
      return tf.transpose(tf.mul(tf.add(first, b!), tf.mean(first, [1, 2], true)), [0, 3, 1, 2]);
    }, image);
    expect(text).toMatchInlineSnapshot(`
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
    expect(after(transposeSinking, ({ x }) => tf.relu(tf.transpose(x!, [1, 0])), { x: f32(2, 3) })).toMatch(/transpose a.*\n.*relu b/);
  });
  it('of axes of length 1 are reshapes', () => {
    expect(after(transposeSinking, ({ x }) => tf.transpose(x!, [0, 3, 1, 2]), { x: f32(2, 1, 1, 3) })).toContain('reshape a shape=[2,3,1,1]');
  });
  it('fold into matrix products', () => {
    expect(after(matmulTransposes, ({ x, y }) => tf.matMul(tf.transpose(x!), tf.transpose(y!), false, true), { x: f32(3, 2), y: f32(3, 4) }))
      .toMatchInlineSnapshot(`
        "a:float32[3,2] = input name=x
        b:float32[3,4] = input name=y
        c:float32[2,4] = matmul a b transposeA=true transposeB=false
        outputs y=c"
      `);
  });
});

describe('dead code', () => {
  it('drops updates that change nothing', () => {
    const graph = trace({ name: 'p', apply: (state) => ({ outputs: {}, state }) }, { state: { w: f32(2) }, inputs: {} });
    expect(Object.keys(deadCode.run(graph).updates)).toEqual([]);
  });
});

describe('optimise', () => {
  it('shows the graph after every pass', () => {
    const seen: string[] = [];
    optimise(trace({ name: 'p', apply: (_, { x }) => ({ outputs: { y: x! } }) }, { state: {}, inputs: { x: f32(1) } }), { debug: (pass) => seen.push(pass) });
    expect(seen[0]).toBe('simplification');
    expect(seen.at(-1)).toBe('dead-code');
  });
});
