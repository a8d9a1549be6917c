import { describe, expect, it } from 'vitest';
import type { Graph, Node } from '../../graph/graph.js';
import { f, g } from '../testing/expressions.js';
import { graphOf, leaves } from '../testing/graphs.js';
import { expression } from './describe.js';
import { Equilibrium } from './equilibrium.js';
import { Interning } from './interning.js';
import { Recorder } from './recorder.js';
import { Rewriting } from './rewriting.js';
import { defineRule, type Rule } from './rule.js';

const [x, y] = leaves as [Node, Node, Node];

function settle(graph: Graph, ...rules: readonly Rule[]): { value: Node; recorder: Recorder } {
  const recorder = new Recorder();
  recorder.begin('test');
  const result = new Equilibrium('test', rules, new Interning(), new Rewriting(false), recorder, new Map()).run(graph);
  return { value: result.outputs['value']!, recorder };
}

const unary = (name: string, from: 'exp' | 'log' | 'tanh', to: (x: Node, rewriting: Rewriting, node: Node) => Node): Rule =>
  defineRule({ name, equation: `${from} -> ?`, roots: [from], pattern: ({ inputs: [operand] }) => operand, rewrite: to });

describe('equilibrium', () => {
  it('rewrites what rules make, down to what no rule applies to', () => {
    const { value, recorder } = settle(
      graphOf({ value: f('exp', f('exp', x)) }),
      unary('exp-to-log', 'exp', (operand, rewriting) => rewriting.apply('tanh', rewriting.apply('log', operand))),
      unary('drop-log', 'log', (operand) => operand),
    );
    expect(expression(value)).toBe('tanh(tanh(x))');
    expect(recorder.applied).toEqual({ 'exp-to-log': 2, 'drop-log': 2 });
  });

  it('merges equal nodes, whatever the order of commuting operands', () => {
    const { value, recorder } = settle(graphOf({ value: f('sub', f('add', x, y), f('add', y, x)) }));
    expect(value.inputs[0]).toBe(value.inputs[1]);
    expect(recorder.applied).toEqual({ merge: 1 });
  });

  it('stops at rules that undo each other, and notes it', () => {
    const { recorder } = settle(
      graphOf({ value: f('exp', x) }),
      unary('there', 'exp', (operand, rewriting) => rewriting.apply('log', operand)),
      unary('back', 'log', (operand, rewriting) => rewriting.apply('exp', operand)),
    );
    expect(recorder.notes.join()).toMatch(/undo each other|budget/);
  });

  it('stops a rule that grows a graph without end at its budget, and notes it', () => {
    let count = 0;
    const grow = unary('grow', 'tanh', (operand, rewriting) => rewriting.apply('tanh', rewriting.apply('add', operand, rewriting.scalar(++count))));
    const { value, recorder } = settle(graphOf({ value: f('tanh', x) }), grow);
    expect(recorder.applied['grow']).toBe(100);
    expect(recorder.notes).toEqual(['test: grow reached its budget of 100 applications']);
    expect(value.op).toBe('tanh');
  });

  it('tries rules that wait for other readers to go again when they have gone', () => {
    const shared = f('exp', x);
    const alone = defineRule({
      name: 'alone', equation: 'log(exp(x)) -> x', roots: ['log'],
      pattern: ({ inputs: [inner] }) => (inner!.op === 'exp' ? inner : undefined),
      check: (inner, rewriting) => (rewriting.isSingle(inner) ? undefined : 'another reader'),
      rewrite: (inner) => inner.inputs[0]!,
    });
    const { value, recorder } = settle(graphOf({ value: f('add', f('log', shared), f('tanh', shared)) }), alone, unary('gone', 'tanh', (_, rewriting, node) => rewriting.filled(0, node.shape)));
    expect(expression(value)).toBe('add(x, broadcastTo(0, shape=[2,3]))');
    expect(recorder.refusals()).toEqual([]); // refused in the first round, applied in the second
  });

  it('broadcasts a result that lost the operand that made it large, and refuses any other shape or dtype', () => {
    const row = g('reduceSum', { axes: [0], keepDims: true }, x);
    const left = defineRule({ name: 'left', equation: 'x + y -> x', roots: ['add'], pattern: ({ inputs: [a] }) => a, rewrite: (a) => a });
    expect(expression(settle(graphOf({ value: f('add', row, y) }), left).value)).toBe('broadcastTo(reduceSum(x, axes=[0], keepDims=true), shape=[2,3])');
    const wrong = unary('wrong', 'exp', (operand, rewriting) => rewriting.node('reshape', [operand], { shape: [6] }));
    expect(() => settle(graphOf({ value: f('exp', x) }), wrong)).toThrow(/internal: wrong rewrote exp/);
  });

  it('is iterative: a chain of 20,000 operations does not exhaust the stack', () => {
    let chain: Node = x;
    for (let i = 0; i < 20_000; i++) chain = f(i % 2 === 0 ? 'tanh' : 'neg', chain);
    expect(settle(graphOf({ value: chain })).value.op).toBe('neg');
  });
});

describe('interning', () => {
  it('tells dtypes, shapes, attributes, signs of zero and objects apart', () => {
    const interning = new Interning();
    for (const leaf of leaves) interning.intern(leaf);
    const nodes = [
      g('clip', { min: 0, max: 1 }, x), g('clip', { min: -0, max: 1 }, x), g('clip', { min: 0, max: Infinity }, x),
      g('reshape', { shape: [6] }, x), g('reshape', { shape: [3, 2] }, x), f('sub', x, y), f('sub', y, x),
    ];
    expect(new Set(nodes.map((node) => interning.intern(node))).size).toBe(nodes.length);
    expect(interning.intern(g('clip', { min: 0, max: 1 }, x))).toBe(nodes[0]);
    const opaque = { body: {} };
    const holding = (attributes: object): Node => ({ ...nodes[0]!, attributes } as Node);
    expect(interning.intern(holding({ ...opaque }))).toBe(interning.intern(holding({ ...opaque })));
    expect(interning.intern(holding({ body: {} }))).not.toBe(interning.intern(holding({ body: {} })));
  });
});
