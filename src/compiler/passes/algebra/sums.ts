import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import { elements } from '../knowledge/cost.js';
import { uniformValue } from '../knowledge/constants.js';
import { Memory, type Rewriting } from '../rewriting/rewriting.js';

/** sign * node */
export interface Term {
  readonly sign: 1 | -1;
  readonly node: Node;
}

/** constant + sum of the terms, elementwise with broadcasting. */
export interface Sum {
  readonly constant: number;
  readonly terms: readonly Term[];
  /** Operations that go when the root is replaced. */
  readonly operations: number;
  /** Those among them that compute as many elements as the root has. */
  readonly largeOperations: number;
  /** How many constants make up the constant. */
  readonly constants: number;
}

/** Operations that a sum is seen through. */
export const SUM_OPERATIONS: readonly Primitive[] = ['add', 'sub', 'neg'];

/** Trees with more terms are left as they are beyond this. */
const MOST_TERMS = 64;

class Collection implements Sum {
  constant = 0;
  readonly terms: Term[] = [];
  operations = 0;
  largeOperations = 0;
  constants = 0;

  constructor(
    private readonly size: number,
    private readonly rewriting: Rewriting,
  ) {}

  /** @param own whether the node goes with the root. */
  add(node: Node, sign: 1 | -1, own: boolean): void {
    const value = uniformValue(node);
    if (value !== undefined && Number.isFinite(value)) {
      this.constant += sign * value;
      this.constants++;
    } else if (own && this.terms.length < MOST_TERMS && (node.op === 'add' || node.op === 'sub' || node.op === 'neg')) {
      this.operations++;
      if (elements(node.shape) === this.size) this.largeOperations++;
      const opposite = sign === 1 ? -1 : 1;
      const [a, b] = node.inputs;
      this.add(a!, node.op === 'neg' ? opposite : sign, this.rewriting.isSingle(a!));
      if (b !== undefined) this.add(b, node.op === 'sub' ? opposite : sign, this.rewriting.isSingle(b));
    } else {
      this.terms.push({ sign, node });
    }
  }
}

const sums = new Memory<Sum>();

/** A tree of add, sub and neg, as far as nothing else reads its parts, as one sum. */
export const sumOf = (root: Node, rewriting: Rewriting): Sum => rewriting.remember(sums, root, () => {
  const collection = new Collection(elements(root.shape), rewriting);
  collection.add(root, 1, true);
  return collection;
});

/** Terms added up, subtracted as a whole where none is positive. */
function joined(terms: readonly Term[], rewriting: Rewriting): Term {
  const start = terms.findIndex(({ sign }) => sign === 1);
  if (start < 0) return { sign: -1, node: terms.map(({ node }) => node).reduce((sum, node) => rewriting.apply('add', sum, node)) };
  const others = terms.filter((_, i) => i !== start);
  return { sign: 1, node: others.reduce((sum, { sign, node }) => rewriting.apply(sign === 1 ? 'add' : 'sub', sum, node), terms[start]!.node) };
}

const sizeOf = ({ node }: Term): number => elements(node.shape);

/**
 * The nodes of a sum. Terms smaller than the largest are added up among themselves, with the constant, and then applied at
 * once, so that the largest is passed over as rarely as possible.
 * @param dtype of the constant.
 */
export function buildSum(terms: readonly Term[], constant: number, dtype: Node['dtype'], rewriting: Rewriting): Node {
  const most = Math.max(1, ...terms.map(sizeOf));
  const offset: Term[] = constant === 0 && terms.length > 0 ? [] : [{ sign: constant < 0 ? -1 : 1, node: rewriting.scalar(Math.abs(constant), dtype) }];
  const small = [...terms.filter((term) => sizeOf(term) < most).sort((a, b) => sizeOf(a) - sizeOf(b)), ...offset];
  const large = terms.filter((term) => sizeOf(term) === most);
  const { sign, node } = joined(small.length > 0 ? [...large, joined(small, rewriting)] : large, rewriting);
  return sign === 1 ? node : rewriting.apply('neg', node);
}

/** How many operations of `buildSum` compute as many elements as the largest term. */
export function largeOperations(terms: readonly Term[], constant: number): number {
  const most = Math.max(1, ...terms.map(sizeOf));
  const large = terms.filter((term) => sizeOf(term) === most).length;
  const hasSmall = large < terms.length || constant !== 0;
  const allNegative = terms.every(({ sign }) => sign === -1) && constant <= 0;
  return large - 1 + (hasSmall ? 1 : 0) + (allNegative ? 1 : 0);
}
