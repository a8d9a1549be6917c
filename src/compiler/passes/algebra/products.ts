import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import { elements } from '../knowledge/cost.js';
import { uniformValue } from '../knowledge/constants.js';
import { Memory, type Rewriting } from '../rewriting/rewriting.js';

/** coefficient * product of the numerators / product of the denominators, elementwise with broadcasting. */
export interface Factors {
  readonly coefficient: number;
  readonly numerators: readonly Node[];
  readonly denominators: readonly Node[];
}

export interface Product extends Factors {
  /** Operations that go when the root is replaced. */
  readonly operations: number;
  /** Those among them that compute as many elements as the root has. */
  readonly largeOperations: number;
  /** Constants that make up the coefficient. */
  readonly constants: number;
}

/** Operations that a product is seen through. */
export const PRODUCT_OPERATIONS: readonly Primitive[] = ['mul', 'div', 'neg', 'reciprocal', 'square'];

/** Trees with more factors are left as they are beyond this. */
const MOST_FACTORS = 32;

/** Which operations are seen through: those that nothing else reads, or all (what is shared is then computed twice). */
export type Reach = 'own' | 'shared';

/** One product while it is being taken apart. */
class Collection {
  coefficient = 1;
  readonly numerators: Node[] = [];
  readonly denominators: Node[] = [];
  operations = 0;
  largeOperations = 0;
  constants = 0;

  constructor(
    private readonly size: number,
    private readonly reach: Reach,
    private readonly rewriting: Rewriting,
  ) {}

  /** @param own whether the node goes with the root. */
  add(node: Node, inverted: boolean, own: boolean): void {
    const value = uniformValue(node);
    if (value !== undefined && value !== 0 && Number.isFinite(value)) {
      this.coefficient *= inverted ? 1 / value : value;
      this.constants++;
    } else if (!this.open(node, inverted, own)) {
      (inverted ? this.denominators : this.numerators).push(node);
    }
  }

  /** Adds the operands of a node in its place, if it is a product that may be seen through. */
  private open(node: Node, inverted: boolean, own: boolean): boolean {
    if (!own && this.reach === 'own') return false;
    if (this.numerators.length + this.denominators.length >= MOST_FACTORS) return false;
    const [a, b] = node.inputs;
    const add = (operand: Node, inverts = inverted): void => this.add(operand, inverts, own && this.rewriting.isSingle(operand));
    switch (node.op) {
      case 'mul': add(a!); add(b!); break;
      case 'div': add(a!); add(b!, !inverted); break;
      case 'reciprocal': add(a!, !inverted); break;
      case 'square': add(a!); add(a!); break;
      case 'neg': this.coefficient *= -1; add(a!); break;
      default: return false;
    }
    if (own) {
      this.operations++;
      if (elements(node.shape) === this.size) this.largeOperations++;
    }
    return true;
  }
}

const products: Readonly<Record<Reach, Memory<Product>>> = { own: new Memory(), shared: new Memory() };

/** A float32 tree of mul, div, neg, reciprocal and square as one product. */
export const productOf = (root: Node, reach: Reach, rewriting: Rewriting): Product => rewriting.remember(products[reach], root, () => {
  const collection = new Collection(elements(root.shape), reach, rewriting);
  collection.add(root, false, true);
  return collection;
});

/** scale * node; a division where the scale is the inverse of a whole number, so that it rounds once. */
export function scaled(node: Node, scale: number, rewriting: Rewriting): Node {
  if (scale === 1) return node;
  if (scale === -1) return rewriting.apply('neg', node);
  const whole = 1 / scale;
  if (Number.isInteger(whole) && Math.abs(whole) < 2 ** 24) return rewriting.apply('div', node, rewriting.scalar(whole));
  return rewriting.apply('mul', node, rewriting.scalar(scale));
}

/** The product of some nodes, small ones first, so that few elements are computed; nothing for none. */
function multiplied(factors: readonly Node[], rewriting: Rewriting): Node | undefined {
  const order = factors.map((factor, i) => ({ factor, i, size: elements(factor.shape) })).sort((a, b) => a.size - b.size || a.i - b.i);
  return order.reduce<Node | undefined>((product, { factor }) => (product === undefined ? factor : rewriting.apply('mul', product, factor)), undefined);
}

/**
 * The nodes of a product. Factors smaller than the largest are combined among themselves, with the coefficient, and then
 * applied at once, so that the largest is passed over as rarely as possible.
 */
export function buildProduct({ coefficient, numerators, denominators }: Factors, rewriting: Rewriting): Node {
  const most = Math.max(1, ...[...numerators, ...denominators].map(({ shape }) => elements(shape)));
  const large = ({ shape }: Node): boolean => elements(shape) === most;
  const small = (node: Node): boolean => !large(node);
  const [above, below] = [multiplied(numerators.filter(large), rewriting), multiplied(denominators.filter(large), rewriting)];
  const [factor, divisor] = [multiplied(numerators.filter(small), rewriting), multiplied(denominators.filter(small), rewriting)];
  let scale = coefficient;
  const take = (): number => {
    const taken = scale;
    scale = 1;
    return taken;
  };
  let part = factor && scaled(factor, take(), rewriting);
  const divides = divisor !== undefined && part === undefined && above !== undefined && Math.abs(scale) === 1;
  if (divisor !== undefined && !divides) part = rewriting.apply('div', part ?? rewriting.scalar(take()), divisor);
  let result = above;
  if (part !== undefined) result = result === undefined ? part : rewriting.apply('mul', result, part);
  if (divides) result = rewriting.apply('div', above, divisor);
  if (below !== undefined) result = rewriting.apply('div', result ?? rewriting.scalar(take()), below);
  return scaled(result ?? rewriting.scalar(take()), scale, rewriting);
}

/** How many operations `buildProduct` makes. */
export function productCost({ coefficient, numerators, denominators }: Factors): number {
  const factors = numerators.length + denominators.length;
  if (factors === 0) return 0;
  return factors - 1 + (numerators.length === 0 || coefficient !== 1 ? 1 : 0);
}

/** How many of them compute as many elements as the largest factor. */
export function largeOperations({ coefficient, numerators, denominators }: Factors): number {
  const factors = [...numerators, ...denominators];
  const most = Math.max(1, ...factors.map(({ shape }) => elements(shape)));
  const isLarge = ({ shape }: Node): boolean => elements(shape) === most;
  const large = factors.filter(isLarge).length;
  const inverse = !numerators.some(isLarge);
  if (!factors.every(isLarge)) return numerators.every(isLarge) && coefficient === -1 && !inverse ? large + 1 : large;
  return large - 1 + (inverse || coefficient !== 1 ? 1 : 0);
}
