import { node as build } from '../graph/build.js';
import { topologicalOrder, type Graph, type Node, type NodeOf } from '../graph/graph.js';
import { elements } from './knowledge/cost.js';
import { rewrite, type Pass } from './pass.js';
import type { RuleTitle } from './rewriting/recorder.js';

type Product = NodeOf<'matmul'>;

/** What one more product costs beside its arithmetic, in copied elements. */
const PRODUCT_OVERHEAD = 5000;

/** Products of matrices with one operand in common, and the side on which the others stand. */
interface Group {
  readonly members: readonly Product[];
  readonly side: 0 | 1;
}

const isProductOfMatrices = (node: Node): node is Product => node.op === 'matmul' && node.inputs.every(({ shape }) => shape.length === 2);

/** The axis of an operand that becomes an axis of the result: rows of the left one, columns of the right one. */
const outerAxis = ({ attributes: { transposeA, transposeB } }: Product, side: 0 | 1): number => (side === 0 ? Number(transposeA) : 1 - Number(transposeB));

/** Candidates by common operand, side and flags. Nothing that a member multiplies may depend on another member. */
function findGroups(order: readonly Node[]): Group[] {
  const place = new Map(order.map((node, i) => [node, i]));
  const groups = new Map<string, { side: 0 | 1; members: Product[]; first: number }>();
  for (const [i, node] of order.entries()) {
    if (!isProductOfMatrices(node)) continue;
    for (const side of [0, 1] as const) {
      const other = node.inputs[side]!;
      const key = `${side} ${place.get(node.inputs[1 - side]!)} ${node.attributes.transposeA} ${node.attributes.transposeB}`;
      const group = groups.get(key);
      if (other.shape[outerAxis(node, side)]! < 0) continue; // slices take a batch dimension whole
      if (group === undefined) groups.set(key, { side, members: [node], first: i });
      else if (place.get(other)! < group.first) group.members.push(node);
    }
  }
  return [...groups.values()].filter(({ members }) => members.length > 1);
}

const othersKey = ({ members, side }: Group, place: ReadonlyMap<Node, number>): string => `${side} ${members.map(({ inputs }) => place.get(inputs[side]!)).join(' ')}`;

/** Groups for which copying operands and results costs less than the products that go; no product is in two. */
function profitableGroups(graph: Graph): Group[] {
  const order = topologicalOrder(graph);
  const place = new Map(order.map((node, i) => [node, i]));
  const groups = findGroups(order);
  const uses = new Map<string, number>();
  for (const group of groups) uses.set(othersKey(group, place), (uses.get(othersKey(group, place)) ?? 0) + 1);
  const taken = new Set<Product>();
  return groups.filter((group) => {
    const { members, side } = group;
    const copied = members.reduce((sum, { inputs }) => sum + elements(inputs[side]!.shape), 0) / uses.get(othersKey(group, place))!;
    const sliced = members.reduce((sum, { shape }) => sum + elements(shape), 0);
    const pays = copied + sliced < PRODUCT_OVERHEAD * (members.length - 1) && !members.some((member) => taken.has(member));
    if (pays) members.forEach((member) => taken.add(member));
    return pays;
  });
}

export const mergedProductsRule: RuleTitle = {
  name: 'merged-products', equation: 'A . B, A . C -> slices of A . [B C], and A . C, B . C alike', values: 'rounding',
  guard: 'copying the operands (shared among products of the same ones) and results costs less than the products that go',
};

/** The part of a joined product that one member was. */
function part(joined: Node, member: Product, axis: number, start: number): Node {
  const stop = start + member.shape[axis]!;
  return build('slice', [joined], {
    begin: joined.shape.map((_, i) => (i === axis ? start : 0)), end: joined.shape.map((length, i) => (i === axis ? stop : length)), strides: joined.shape.map(() => 1),
  }, member.site);
}

/** Small products of one matrix with several become one product, whose result is cut up. */
export const mergedProducts: Pass = {
  name: 'merged-products',
  rule: mergedProductsRule,
  run(graph, onRewrite) {
    const groups = profitableGroups(graph);
    if (groups.length === 0) return graph;
    const groupOf = new Map(groups.flatMap((group) => group.members.map((member) => [member, group] as const)));
    const results = new Map<Node, Node>();
    const joined = new Map<Group, Node>();
    const join = (group: Group, rebuilt: Product): Node => {
      const { members, side } = group;
      const others = build('concat', members.map(({ inputs }) => results.get(inputs[side]!)!), { axis: outerAxis(rebuilt, side) }, rebuilt.site);
      const product = build('matmul', side === 0 ? [others, rebuilt.inputs[1]!] : [rebuilt.inputs[0]!, others], rebuilt.attributes, rebuilt.site);
      joined.set(group, product);
      return product;
    };
    return rewrite(graph, (node, original) => {
      const group = groupOf.get(original as Product);
      let result = node;
      if (group !== undefined) {
        const before = group.members.slice(0, group.members.indexOf(original as Product));
        const start = before.reduce((sum, member) => sum + member.shape[group.side]!, 0);
        result = part(joined.get(group) ?? join(group, node as Product), original as Product, group.side, start);
      }
      results.set(original, result);
      return result;
    }, (before, after) => onRewrite?.(mergedProductsRule, before, after));
  },
};
