import { batchNotReconcilable } from '../../errors/compiler.errors.js';
import { constant, filled, inputLeaf, isLeaf, node, stateLeaf } from '../graph/build.js';
import { sameShape, ShapeError } from '../graph/dimensions.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import { Loop } from '../graph/loop.js';
import type { PrimitiveAttributes } from '../graph/primitives.js';
import type { Operation } from '../graph/rules/rule.js';
import { atBatch, describeSpec } from '../signature.js';
import type { Shape } from '../tensors.js';

type Batches = readonly [number, number];

/** Attributes that hold lengths, which may be multiples of the batch size. */
const LENGTHS: ReadonlySet<string> = new Set(['shape', 'inputShape', 'end', 'size']);

/** The length that is `first` and `second` at the two batch sizes, if it is fixed or a multiple of the batch. */
function lengthOf(first: number, second: number, batches: Batches): number | undefined {
  if (first === second) return first;
  const factor = first / batches[0];
  return Number.isInteger(factor) && factor > 0 && factor === second / batches[1] ? -factor : undefined;
}

const show = (value: unknown): string => (ArrayBuffer.isView(value) ? `${(value as Float32Array).length} values` : JSON.stringify(value));

const equalArrays = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (value: number, i: number) => Object.is(value, b[i]));

/** Two traces of one program at two batch sizes, walked side by side. */
class Reconciliation {
  private readonly merged = new Map<Node, Node>();
  /** All results of a loop go on sharing one. */
  private readonly loops = new Map<Loop, Loop>();

  constructor(
    private readonly program: string,
    private readonly batches: Batches,
  ) {}

  run(first: Graph, second: Graph): Graph {
    const [left, right] = [topologicalOrder(first), topologicalOrder(second)];
    const places = new Map([...left.entries(), ...right.entries()].map(([i, each]) => [each, i]));
    for (const [i, a] of left.entries()) {
      const b = right[i];
      const same = b !== undefined && a.op === b.op && a.dtype === b.dtype && a.inputs.length === b.inputs.length &&
        a.inputs.every((input, k) => places.get(input) === places.get(b.inputs[k]!));
      if (!same) this.fail(a, 'the operation', a.op, b?.op ?? 'missing');
      this.merged.set(a, this.merge(a, b));
    }
    if (right.length > left.length) this.fail(right[left.length]!, 'the operation', 'missing', right[left.length]!.op);
    const results = (record: Readonly<Record<string, Node>>): Record<string, Node> =>
      Object.fromEntries(Object.entries(record).map(([name, each]) => [name, this.merged.get(each)!]));
    return {
      name: first.name,
      inputs: first.inputs.map((leaf) => this.merged.get(leaf) as NodeOf<'input'>),
      state: first.state.map((leaf) => this.merged.get(leaf) as NodeOf<'state'>),
      outputs: results(first.outputs),
      updates: results(first.updates),
    };
  }

  private fail(at: Node, what: string, first: string, second: string): never {
    throw batchNotReconcilable(this.program, at.op, at.site ?? 'unknown site', what, first, second);
  }

  private merge(a: Node, b: Node): Node {
    if (a.op === 'constant') return this.constantOf(a, b as NodeOf<'constant'>);
    if (isLeaf(a)) {
      const spec = { dtype: a.dtype, shape: this.shapeOf(a, a.shape, b.shape) };
      return a.op === 'input' ? inputLeaf(a.attributes.name, spec) : stateLeaf(a.attributes.name, spec);
    }
    const inputs = a.inputs.map((input) => this.merged.get(input)!);
    const attributes = this.attributesOf(a, b);
    try {
      const merged = node(a.op, inputs, attributes, a.site) as Node;
      const fits = (of: Node, batch: number): boolean => sameShape(atBatch(merged.shape, batch), of.shape);
      if (!fits(a, this.batches[0]) || !fits(b, this.batches[1])) this.fail(a, `the result ${describeSpec(merged)}`, describeSpec(a), describeSpec(b));
      return merged;
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      return this.fail(a, `the result (${error.message})`, describeSpec(a), describeSpec(b));
    }
  }

  private shapeOf(at: Node, first: Shape, second: Shape): number[] {
    if (first.length !== second.length) this.fail(at, 'the shape', show(first), show(second));
    return first.map((length, i) => lengthOf(length, second[i]!, this.batches) ?? this.fail(at, 'the shape', show(first), show(second)));
  }

  private attributesOf(a: Node, b: Node): PrimitiveAttributes[Operation] {
    const other = b.attributes as Readonly<Record<string, unknown>>;
    const merged = Object.entries(a.attributes as Readonly<Record<string, unknown>>).map(([key, value]): [string, unknown] => {
      if (value instanceof Loop) return [key, this.loopOf(a, value, other[key] as Loop)];
      if (JSON.stringify(value) === JSON.stringify(other[key])) return [key, value];
      const [first, second] = [value, other[key]];
      if (LENGTHS.has(key) && typeof first === 'number') return [key, this.shapeOf(a, [first], [second as number])[0]];
      if (LENGTHS.has(key)) return [key, this.shapeOf(a, first as Shape, second as Shape)];
      return this.fail(a, `the attribute ${key}`, show(value), show(other[key]));
    });
    return Object.fromEntries(merged);
  }

  private loopOf(at: Node, a: Loop, b: Loop): Loop {
    const [first, second] = [a, b].map((loop) => loop.toString());
    if (first !== second) this.fail(at, 'the loop', first!, second!);
    const known = this.loops.get(a) ?? new Loop({ ...a.parts, body: new Reconciliation(this.program, this.batches).run(a.body, b.body) });
    this.loops.set(a, known);
    return known;
  }

  private constantOf(a: NodeOf<'constant'>, b: NodeOf<'constant'>): Node {
    const [first, second] = [a.attributes.value, b.attributes.value];
    if (sameShape(a.shape, b.shape) && equalArrays(first, second)) return a;
    if (sameShape(a.shape, b.shape) && first.length === 1 && a.dtype === 'float32') {
      const scalar = this.scalarOf(first[0]!, second[0]!, a.site);
      if (scalar !== undefined) return a.shape.length === 0 ? scalar : node('reshape', [scalar], { shape: a.shape }, a.site);
    }
    const brief = (of: NodeOf<'constant'>): string => (of.attributes.value.length === 1 ? String(of.attributes.value[0]) : describeSpec(of));
    return this.fail(a, 'the value', brief(a), brief(b));
  }

  /**
   * A scalar in proportion to the batch size (the divisor of a mean) or to its inverse: a factor times, or over, the
   * batch size, which is the sum of as many ones.
   */
  private scalarOf(first: number, second: number, site: string | undefined): Node | undefined {
    const [m, n] = this.batches;
    const factor = Math.fround(first / m);
    if (Math.fround(factor * m) === first && Math.fround(factor * n) === second) return this.batchTimes('mul', factor, site);
    const near = first * m;
    const whole = Math.fround(Math.round(near) / m) === first ? Math.round(near) : near; // 1 / 7 is not exact in float32
    const close = (x: number, y: number): boolean => Math.abs(x - y) <= 2 ** -22 * Math.abs(y);
    return first !== 0 && close(whole / m, first) && close(whole / n, second) ? this.batchTimes('div', whole, site) : undefined;
  }

  private batchTimes(op: 'mul' | 'div', factor: number, site: string | undefined): Node {
    const count = node('reduceSum', [filled(1, [-1], 'float32', site)], { axes: [0], keepDims: false }, site);
    if (factor === 1 && op === 'mul') return count;
    return node(op, [constant(Float32Array.of(factor), [], 'float32', site), count], {}, site);
  }
}

/**
 * One graph for every batch size from the graphs of one program at two of them: lengths in proportion to the batch size
 * become -k, in shapes and attributes alike; whatever else differs is refused.
 * @throws batch-not-reconcilable naming program, node, site and both values.
 */
export function reconcile(first: Graph, second: Graph, batches: Batches): Graph {
  return new Reconciliation(first.name, batches).run(first, second);
}
