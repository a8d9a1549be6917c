import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate/index.js';
import { sameShape } from '../graph/dimensions.js';
import type { Graph, Node } from '../graph/graph.js';
import { print } from '../graph/print.js';
import { Key, uniform } from '../random/index.js';
import { sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { optimise, type OptimisationLevel } from './index.js';
import { canonicalLeftSides } from './testing/canonical-left-sides.js';
import { clip, f, g, reshape } from './testing/expressions.js';
import { apply, graphOf, leaves } from './testing/graphs.js';
import { specialLeftSides, stabilisingLeftSides } from './testing/special-left-sides.js';

const leftSides = { ...canonicalLeftSides, ...stabilisingLeftSides, ...specialLeftSides };
const ruleNames = Object.keys(leftSides);

/** Operations that jump: rounding of their operands may change their results by 1. */
const JUMPING: ReadonlySet<string> = new Set(['greater', 'less', 'equal', 'argMax', 'step', 'sign', 'cast']);
const jumps = (node: Node): boolean => JUMPING.has(node.op) || node.inputs.some(jumps);
const templates = Object.values(leftSides).map((left) => ({ left, jumps: jumps(apply(left)) }));

/** What a template gives as float32 [2,3] between -2 and 2, so that later templates see no extremes. */
function adapted(node: Node, bounded: boolean): Node {
  const float = node.dtype === 'float32' ? node : g('cast', { to: 'float32' }, node);
  const count = sizeOf(float.shape);
  const flat = reshape(float, count);
  const six = count > 6 ? g('slice', { begin: [0], end: [6], strides: [1] }, flat) : count < 6 ? g('pad', { before: [0], after: [6 - count], value: 0 }, flat) : flat;
  const shaped = sameShape(float.shape, [2, 3]) ? float : reshape(six, 2, 3);
  return bounded ? clip(shaped, -2, 2) : f('tanh', shaped);
}

interface Step {
  readonly template: number;
  readonly operands: readonly [number, number, number];
  readonly bounded: boolean;
}

/** Each step puts the left side of a rule on results of earlier steps, or on leaves if it jumps; the last three results are outputs. */
function grow(steps: readonly Step[]): Graph {
  const pool: Node[] = [...leaves];
  for (const { template, operands, bounded } of steps) {
    const { left, jumps: onLeaves } = templates[template]!;
    const [x, y, z] = operands.map((place) => pool[place % (onLeaves ? leaves.length : pool.length)]!) as [Node, Node, Node];
    pool.push(adapted(left(x, y, z), bounded));
  }
  return graphOf(Object.fromEntries(pool.slice(-3).map((node, i) => [`y${i}`, node])));
}

const recipes = fc.array(fc.record({
  template: fc.nat(templates.length - 1), operands: fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)), bounded: fc.boolean(),
}), { minLength: 1, maxLength: 7 });

/** Uniform on [-2, 2), with NaN at one place where asked for. */
function values(seed: number, withNaN: boolean): NamedHostTensors {
  return Object.fromEntries(['x', 'y', 'z'].map((name, i): [string, HostTensor] => {
    const data = uniform(Key.from(`${name} ${seed}`), 6).map((u) => 4 * u - 2);
    if (withNaN && i === seed % 3) data[seed % 6] = NaN;
    return [name, { dtype: 'float32', shape: [2, 3], data }];
  }));
}

/** Largest difference where the unoptimised graph gives finite numbers; outputs are between -2 and 2. */
function worstDifference(before: Graph, after: Graph, inputs: NamedHostTensors): number {
  const [expected, actual] = [evaluate(before, {}, inputs).outputs, evaluate(after, {}, inputs).outputs];
  return Math.max(...Object.keys(expected).flatMap((name) => Array.from(expected[name]!.data, (value, i) => {
    const difference = Math.abs(actual[name]!.data[i]! - value);
    return Number.isFinite(value) ? (Number.isNaN(difference) ? Infinity : difference) : 0;
  })));
}

/** @returns how often each rule applied. */
function check(level: OptimisationLevel, runs: number): ReadonlyMap<string, number> {
  const applied = new Map<string, number>();
  fc.assert(fc.property(recipes, fc.nat(1_000_000), fc.nat(4), (recipe, seed, kind) => {
    const graph = grow(recipe);
    const inputs = values(seed, kind === 0 && !recipe.some(({ template }) => templates[template]!.jumps));
    const { graph: after, report } = optimise(graph, { level, check: 'values', values: { state: {}, inputs } });
    for (const { rewrites } of report.passes) {
      for (const [rule, count] of Object.entries(rewrites)) applied.set(rule, (applied.get(rule) ?? 0) + count);
    }
    const difference = worstDifference(graph, after, inputs);
    if (report.notes.length > 0 || difference >= 1e-5) throw new Error(`${difference} ${report.notes.join('; ')}\n${print(graph)}\n${print(after)}`);
  }), { numRuns: runs, seed: 7 });
  return applied;
}

/** Claim H5 of the method: every rewrite keeps what the graph computes. */
describe('random graphs of left sides keep their values to 1e-5, rewrite by rewrite', () => {
  it('1,500 at level o4, in which every rule applies at least ten times', () => {
    const applied = check('o4', 1500);
    expect(ruleNames.filter((name) => (applied.get(name) ?? 0) < 10)).toEqual([]);
  });

  it.each(['o2', 'o3', 'stabilise'] as const)('100 at level %s', (level) => {
    expect(check(level, 100).size).toBeGreaterThan(10);
  });
});
