import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../../contract/compare.js';
import { floats } from '../../contract/row.js';
import { scan, type ScanOptions } from '../../control/index.js';
import { evaluate } from '../../evaluate/index.js';
import { topologicalOrder, type Graph } from '../../graph/graph.js';
import { everyNode, loopGroups, type Loop } from '../../graph/loop.js';
import { print } from '../../graph/print.js';
import type { NamedTensors } from '../../program.js';
import type { NamedHostTensors } from '../../tensors.js';
import { trace } from '../../trace/index.js';
import { optimise, type OptimisationLevel, type Pass } from '../index.js';
import { loopHoisting } from './hoisting.js';
import { loopLastSteps } from './last-steps.js';
import { loopMerging } from './merging.js';
import { loopOperands } from './operands.js';
import { loopResults } from './results.js';
import { loopUnrolling } from './unrolling.js';

type Matrix = tf.Tensor2D;
const mm = (a: tf.Tensor | undefined, b: tf.Tensor | undefined): tf.Tensor => tf.matMul(a as Matrix, b as Matrix);

/** All passes of a level as one. */
const level = (name: OptimisationLevel): Pick<Pass, 'run'> => ({ run: (graph) => optimise(graph, { level: name }).graph });

/** A traced graph and the same after passes; the numbers of both are compared first. */
function rewritten(passes: readonly Pick<Pass, 'run'>[], f: (inputs: NamedTensors) => NamedTensors, inputs: NamedHostTensors): { before: Graph; after: Graph } {
  const before = level('o1').run(trace({ name: 'p', apply: (_, tensors) => ({ outputs: f(tensors) }) }, { state: {}, inputs }));
  const after = passes.reduce((graph, pass) => pass.run(graph), before);
  expect(difference(evaluate(after, {}, inputs).outputs, evaluate(before, {}, inputs).outputs, 1e-5)).toBeUndefined();
  return { before, after };
}

const loopsOf = (graph: Graph): Loop[] => [...new Set([...loopGroups(topologicalOrder(graph)).values()].map(({ loop }) => loop))];
const bodyOf = (graph: Graph): string => loopsOf(graph).map(({ body }) => print(body)).join('\n');
const operations = (graph: Graph): string[] => loopsOf(graph).flatMap(({ body }) => topologicalOrder(body).map(({ op }) => op)).filter((op) => op !== 'input');

/** s' = f(x, s) over x [6, 2, 3] from s [2, 3]. */
const recurrence = (body: ScanOptions['body'], rest: Partial<ScanOptions> = {}) => ({ x, s, ...fixed }: NamedTensors): NamedTensors => {
  const { states, outputs } = scan({ sequences: { x: x! }, initial: { s: s! }, fixed, body, ...rest });
  return { ...states, ...outputs };
};
const inputs: NamedHostTensors = { x: floats([6, 2, 3]), s: floats([2, 3]), w: floats([3, 3]), b: floats([3]) };

describe('loop operands', () => {
  it('go where nothing reads them, and so do states and their work', () => {
    const { after } = rewritten([loopOperands], ({ x, s }) => {
      const { outputs } = scan({ sequences: { x: x!, y: tf.neg(x!) }, initial: { s: s!, unread: s! },
        body: ({ x: now, y }, { s: held, unread }) => ({ states: { s: tf.add(held!, now!), unread: tf.mul(unread!, y!) }, outputs: { held: held!, y: y! } }) });
      return { held: outputs.held! };
    }, inputs);
    expect(print(after)).toMatchInlineSnapshot(`
      "a:float32[6,2,3] = input name=x
      b:float32[2,3] = input name=s
      c:float32[3,3] = input name=w
      d:float32[3] = input name=b
      e:float32[6,2,3] = scan a b result=y0 stacked=true
      outputs held=e
      loop e: 6 steps, 1 sequences, carried [s0]
        a:float32[2,3] = input name=x0
        b:float32[2,3] = input name=s0
        c:float32[2,3] = add b a
        outputs s0=c y0=b"
    `);
  });

  it('that are constant, or the same at every step, become part of the body', () => {
    const { after } = rewritten([loopOperands, level('o2')], ({ x, s, b }) => scan({
      sequences: { x: x!, ones: tf.ones([6, 2, 3]), rows: tf.broadcastTo(b!, [6, 3]) }, initial: { s: s!, two: tf.scalar(2) },
      body: ({ x: now, ones, rows }, { s: held, two }) => ({ states: { s: tf.mul(tf.add(tf.mul(held!, ones!), tf.mul(now!, two!)), rows!), two: two! } }),
    }).states, inputs);
    expect(print(after)).toMatchInlineSnapshot(`
      "a:float32[6,2,3] = input name=x
      b:float32[2,3] = input name=s
      c:float32[3,3] = input name=w
      d:float32[3] = input name=b
      e:float32[2,3] = scan a b d result=s0 stacked=false
      f:float32[] = constant value=[2]
      outputs s=e two=f
      loop e: 6 steps, 1 sequences, carried [s0]
        a:float32[2,3] = input name=x0
        b:float32[2,3] = input name=s0
        c:float32[3] = input name=w0
        d:float32[] = constant value=[2]
        e:float32[2,3] = mul a d
        f:float32[2,3] = add b e
        g:float32[2,3] = mul f c
        outputs s0=g"
    `);
  });

  it('are read once, and stacked sequences need no loop', () => {
    const { after } = rewritten([loopOperands], ({ x, s }) => {
      const { states, outputs } = scan({ sequences: { x: x!, again: x! }, initial: { s: s! }, body: ({ x: now, again }, { s: held }) => ({ states: { s: tf.add(tf.mul(held!, now!), again!) }, outputs: { again: again! } }) });
      return { s: states.s!, again: outputs.again! };
    }, inputs);
    expect(loopsOf(after)[0]!.sequences).toBe(1);
    expect(after.outputs.again!.op).toBe('input');
  });
});

describe('loop hoisting', () => {
  it('makes one product of x_t W for all t, bias included', () => {
    const { after } = rewritten([loopHoisting], recurrence(({ x }, { s }, { w, b }) => ({ states: { s: tf.tanh(tf.add(tf.add(mm(x, w), s!), b!)) } })), inputs);
    expect(print(after)).toMatchInlineSnapshot(`
      "a:float32[6,2,3] = input name=x
      b:float32[2,3] = input name=s
      c:float32[3,3] = input name=w
      d:float32[3] = input name=b
      e:float32[12,3] = reshape a shape=[12,3]
      f:float32[12,3] = matmul e c transposeA=false transposeB=false
      g:float32[12,3] = add f d
      h:float32[6,2,3] = reshape g shape=[6,2,3]
      i:float32[2,3] = scan a h b c d result=s0 stacked=false
      outputs s=i
      loop i: 6 steps, 2 sequences, carried [s0]
        a:float32[2,3] = input name=x0
        b:float32[2,3] = input name=x1
        c:float32[2,3] = input name=s0
        d:float32[3,3] = input name=w0
        e:float32[3] = input name=w1
        f:float32[2,3] = add c b
        g:float32[2,3] = tanh f
        outputs s0=g"
    `);
  });

  it('splits products of joined operands: [x, s] W = x W_x + s W_s', () => {
    const { after } = rewritten([loopHoisting], recurrence(({ x }, { s }, { w }) => ({ states: { s: tf.tanh(mm(tf.concat([x!, s!], 1), w)) } })), { ...inputs, w: floats([6, 3]) });
    expect(bodyOf(after)).toMatchInlineSnapshot(`
      "a:float32[2,3] = input name=x0
      b:float32[2,3] = input name=x1
      c:float32[2,3] = input name=s0
      d:float32[6,3] = input name=w0
      e:float32[3,3] = input name=w1
      f:float32[2,3] = matmul c e transposeA=false transposeB=false
      g:float32[2,3] = add f b
      h:float32[2,3] = tanh g
      outputs s0=h"
    `);
  });

  it('moves what depends on fixed operands alone', () => {
    const { after } = rewritten([loopHoisting], recurrence(({ x }, { s }, { w, b }) => ({ states: { s: tf.add(mm(s, tf.tanh(tf.mul(w!, b!))), x!) } })), inputs);
    expect(operations(after)).toEqual(['matmul', 'add']);
  });

  it('leaves elementwise work on slices in the loop, and the work of a loop that may stop early', () => {
    const elementwise = rewritten([loopHoisting], recurrence(({ x }, { s }) => ({ states: { s: tf.mul(tf.exp(tf.neg(x!)), s!) } })), inputs);
    expect(elementwise.after).toEqual(elementwise.before);
    const early = recurrence(({ x }, { s }, { w }) => ({ states: { s: tf.add(mm(x, w), s!) } }), { until: ({ states }) => tf.greater(tf.sum(states.s!), 2) });
    expect(operations(rewritten([loopHoisting], early, inputs).after)).toContain('matmul');
  });
});

describe('loop results', () => {
  it('makes one product of s_t W for all t, where only outputs need it', () => {
    const { after } = rewritten([loopResults], ({ x, s, w, b }) => {
      const { outputs } = scan({ sequences: { x: x! }, initial: { s: s! }, body: ({ x: now }, { s: held }) => {
        const next = tf.tanh(tf.add(held!, now!));
        return { states: { s: next }, outputs: { logits: tf.add(mm(next, w), b!) } };
      } });
      return { logits: outputs.logits! };
    }, inputs);
    expect(print(after)).toMatchInlineSnapshot(`
      "a:float32[6,2,3] = input name=x
      b:float32[2,3] = input name=s
      c:float32[3,3] = input name=w
      d:float32[3] = input name=b
      e:float32[6,2,3] = scan a b c d result=y0 stacked=true
      f:float32[12,3] = reshape e shape=[12,3]
      g:float32[12,3] = matmul f c transposeA=false transposeB=false
      h:float32[12,3] = add g d
      i:float32[6,2,3] = reshape h shape=[6,2,3]
      outputs logits=i
      loop e: 6 steps, 1 sequences, carried [s0]
        a:float32[2,3] = input name=x0
        b:float32[2,3] = input name=s0
        c:float32[3,3] = input name=w0
        d:float32[3] = input name=w1
        e:float32[2,3] = add b a
        f:float32[2,3] = tanh e
        outputs s0=f y0=f"
    `);
  });

  it.each<[string, (x: tf.Tensor, s: tf.Tensor, w: tf.Tensor) => tf.Tensor, string[]]>([
    ['x^T s', (x, s) => tf.matMul(x, s, true), ['matmul']],
    ['x s^T', (x, s) => tf.matMul(x, s, false, true), ['transpose', 'matmul']],
    ['2 s^T (x W)', (x, s, w) => tf.mul(tf.matMul(s as Matrix, mm(x, w) as Matrix, true), 2), ['matmul', 'matmul', 'mul']],
    ['sum of x s', (x, s) => tf.sum(tf.mul(x, s), 0), ['mul', 'reduceSum']],
    ['-(x + s)', (x, s) => tf.neg(tf.add(x, s)), ['reduceSum', 'reduceSum', 'add', 'neg']],
    ['(x + s) W / 3', (x, s, w) => tf.div(mm(tf.add(x, s), w), 3), ['reduceSum', 'reduceSum', 'add', 'matmul', 'div']],
    ['a row of W', (_, __, w) => tf.slice(w, [1, 0], [1, 3]), ['slice', 'mul']],
  ])('sums %s after the loop', (_, term, expected) => {
    const total = (x: tf.Tensor, s: tf.Tensor, w: tf.Tensor): tf.Tensor => tf.zerosLike(term(x, s, w));
    const f = ({ x, s, w }: NamedTensors): NamedTensors => {
      const { states, outputs } = scan({ sequences: { x: x! }, initial: { s: s!, total: tf.add(total(s!, s!, w!), 1) }, body: ({ x: now }, { s: held, total: sum }) => {
        const next = tf.sin(tf.add(held!, now!));
        return { states: { s: next, total: tf.add(sum!, term(now!, next, w!)) }, outputs: { next } };
      } });
      return { total: states.total!, next: outputs.next! };
    };
    const { after } = rewritten([loopOperands, loopResults], f, inputs);
    expect(operations(after)).toEqual(['add', 'sin']);
    expect(topologicalOrder(after).map(({ op }) => op)).toEqual(expect.arrayContaining(expected));
  });

  it('keeps sums in the loop that something reads on the way', () => {
    const f = recurrence(({ x }, { s }) => ({ states: { s: tf.add(s!, x!) }, outputs: { way: tf.tanh(s!) } }));
    expect(loopsOf(rewritten([loopResults], f, inputs).after)[0]!.states).toBe(1);
  });

  it('keeps a sum whose terms would fill the memory', () => {
    const large = { x: floats([3, 1]), s: floats([1]), w: floats([1]) };
    const wide = ({ x, s }: NamedTensors): NamedTensors => {
      const { states } = scan({ steps: 5000, initial: { s: s!, total: tf.zeros([4000]) }, body: (_, { s: held, total }) => {
        const next = tf.sin(held!);
        return { states: { s: next, total: tf.add(total!, tf.cumsum(tf.broadcastTo(next, [4000]))) } };
      } });
      return { total: states.total!, x: x! };
    };
    const { graph } = optimise(trace({ name: 'p', apply: (_, tensors) => ({ outputs: wide(tensors) }) }, { state: {}, inputs: large }));
    expect(everyNode(graph).every(({ shape }) => shape.reduce((a, b) => a * b, 1) <= 5000)).toBe(true);
  });
});

describe('last steps', () => {
  const powers = (steps: number, last: number, backwards = false) => ({ a }: NamedTensors): NamedTensors => {
    const { outputs } = scan({ steps, backwards, initial: { p: tf.onesLike(a!) }, body: (_, { p }) => ({ states: { p: tf.mul(p!, a!) }, outputs: { half: tf.div(p!, 2) } }) });
    return { y: tf.slice(outputs.half!, [backwards ? 0 : steps - last, 0], [last, 3]) };
  };
  const shapes = (graph: Graph): string[] => topologicalOrder(graph).map(({ shape }) => shape.join('x'));
  const a = { a: floats([3], 0.9, 1.1) };

  it.each([1, 3])('of which %i are read need memory that does not depend on the number of steps', (last) => {
    const [few, many] = [10, 200].map((steps) => rewritten([loopOperands, loopLastSteps], powers(steps, last), a).after) as [Graph, Graph];
    expect(shapes(few).filter((shape) => shape.startsWith('10x'))).toEqual(shapes(few).filter((shape) => shape === '10x3' && few.outputs.y!.inputs[0]!.op === 'pad'));
    expect(shapes(optimise(few).graph)).toEqual(shapes(optimise(many).graph));
    expect(loopsOf(many)[0]!.states).toBe(1 + last);
  });

  it('are the first positions of a loop that goes backwards', () => {
    const { after } = rewritten([loopOperands, loopLastSteps], powers(10, 2, true), a);
    expect(topologicalOrder(after).some(({ op, attributes }) => op === 'scan' && 'stacked' in attributes && attributes.stacked)).toBe(false);
  });

  it('are stacked with all others where more is read', () => {
    expect(print(rewritten([loopOperands, loopLastSteps], powers(10, 5), a).after)).toContain('stacked=true');
  });
});

describe('loop merging', () => {
  const sum = (x: tf.Tensor, s: tf.Tensor): tf.Tensor => scan({ sequences: { x }, initial: { s }, body: ({ x: now }, { s: held }) => ({ states: { s: tf.tanh(tf.add(held!, tf.square(now!))) } }) }).states.s!;

  it('makes one loop, with one state, of two that differ in what is read of them', () => {
    const { before, after } = rewritten([loopMerging, loopOperands], ({ x, s }) => ({
      last: sum(x!, s!),
      all: scan({ sequences: { x: x! }, initial: { s: s! }, body: ({ x: now }, { s: held }) => {
        const next = tf.tanh(tf.add(held!, tf.square(now!)));
        return { states: { s: next }, outputs: { next } };
      } }).outputs.next!,
    }), inputs);
    expect(loopsOf(before)).toHaveLength(2);
    expect(loopsOf(after).map(({ sequences, states }) => [sequences, states])).toEqual([[1, 1]]);
  });

  it('makes one loop of different ones over the same steps, which share what they can', () => {
    const { after } = rewritten([loopMerging, loopOperands], ({ x, s }) => {
      const other = scan({ sequences: { x: x! }, initial: { t: s! }, body: ({ x: now }, { t }) => ({ states: { t: tf.mul(t!, tf.square(now!)) } }) }).states.t!;
      return { y: sum(x!, s!), other };
    }, inputs);
    expect(loopsOf(after).map(({ sequences, states }) => [sequences, states])).toEqual([[1, 2]]);
    expect(operations(after).sort()).toEqual(['add', 'mul', 'square', 'tanh']);
  });

  it('leaves loops alone that read each other, run the other way or run longer', () => {
    const { after } = rewritten([loopMerging], ({ x, s }) => {
      const first = sum(x!, s!);
      const others = [sum(tf.add(x!, first), s!), scan({ sequences: { x: x! }, initial: { s: s! }, backwards: true, body: ({ x: now }, { s: held }) => ({ states: { s: tf.sub(held!, now!) } }) }).states.s!, sum(tf.slice(x!, [0, 0, 0], [5, 2, 3]), s!)];
      return { y: tf.addN([first, ...others]) };
    }, inputs);
    expect(loopsOf(after)).toHaveLength(4);
  });
});

describe('loop unrolling', () => {
  const steps = (count: number): Graph => rewritten([loopUnrolling], recurrence(({ x }, { s }) => ({ states: { s: tf.tanh(tf.add(s!, x!)) }, outputs: { s: s! } }), { steps: count }), { ...inputs, x: floats([count, 2, 3]) }).after;

  it('writes out short loops and no others', () => {
    expect(loopsOf(steps(1))).toHaveLength(0);
    expect(print(steps(1))).toMatchInlineSnapshot(`
      "a:float32[1,2,3] = input name=x
      b:float32[2,3] = input name=s
      c:float32[3,3] = input name=w
      d:float32[3] = input name=b
      e:float32[1,2,3] = reshape b shape=[1,2,3]
      outputs s=e"
    `);
    expect(loopsOf(steps(6))).toHaveLength(1);
  });
});

describe('all passes together', () => {
  it('leave the products of states in the loops of an LSTM, and no product of weights or inputs', () => {
    const lstm = ({ x, wx, wh, first }: NamedTensors): NamedTensors => {
      const loss = (...[a, b, h]: tf.Tensor[]): tf.Tensor => {
        const { outputs } = scan({ sequences: { x: x! }, initial: { h: h!, c: tf.zerosLike(h!) }, body: ({ x: now }, { h: held, c }) => {
          const [i, g, f, o] = tf.split(tf.add(mm(now, a), mm(held, b)), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
          const cell = tf.add(tf.mul(tf.sigmoid(f), c!), tf.mul(tf.sigmoid(i), tf.tanh(g)));
          const hidden = tf.mul(tf.sigmoid(o), tf.tanh(cell));
          return { states: { h: hidden, c: cell }, outputs: { hidden } };
        } });
        return tf.sum(tf.square(outputs.hidden!));
      };
      const [da, db, dh] = tf.grads(loss)([wx!, wh!, first!]);
      return { da: da!, db: db!, dh: dh! };
    };
    const operands = { x: floats([6, 2, 3]), wx: floats([3, 16], -0.5, 0.5), wh: floats([4, 16], -0.5, 0.5), first: floats([2, 4]) };
    const graph = trace({ name: 'lstm', apply: (_, tensors) => ({ outputs: lstm(tensors) }) }, { state: {}, inputs: operands });
    const { graph: after } = optimise(graph);
    expect(difference(evaluate(after, {}, operands).outputs, evaluate(graph, {}, operands).outputs, 1e-5)).toBeUndefined();
    expect(loopsOf(after).map(({ reverse, states, body }) => ({ reverse, states, products: topologicalOrder(body).filter(({ op }) => op === 'matmul').length }))).toEqual([
      { reverse: false, states: 2, products: 1 }, { reverse: true, states: 2, products: 1 },
    ]);
    expect(topologicalOrder(after).filter(({ op }) => op === 'matmul').map(({ inputs: [left] }) => left!.shape)).toEqual([[12, 3], [12, 3], [12, 4]]);
  });
});
