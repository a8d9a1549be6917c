import { node as build } from '../../graph/build.js';
import { broadcastShapes, sameShape, ShapeError } from '../../graph/dimensions.js';
import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';
import type { Rewriting } from './rewriting.js';

/**
 * What a rule may change of the values:
 * - `same`: nothing but the sign of a zero;
 * - `rounding`: the order of float32 roundings;
 * - `stable`: as `rounding`, and numbers come out where the unoptimised program overflows, cancels or divides 0 by 0.
 */
export type ValueChange = 'same' | 'rounding' | 'stable';

/** A replacement of one node, titled by its equation. */
export interface Rule {
  /** Unique, kebab-case. */
  readonly name: string;
  /** `log(1 + x) -> log1p(x)` */
  readonly equation: string;
  /** When it is refused; for documentation. */
  readonly guard?: string;
  readonly values: ValueChange;
  /** Operations of the nodes that it is tried on. */
  readonly roots: readonly Primitive[];
  /** One of these is an operand of the root wherever the pattern fits; left out, anything may be. */
  readonly operands?: readonly Primitive[] | undefined;
  /** The node that takes the place of `node`, the reason why there is none although the pattern fits, or nothing. */
  apply(node: Node, rewriting: Rewriting): Node | Refusal | undefined;
}

/** Why a rule whose pattern fits is not applied, for a person to read. */
export class Refusal {
  constructor(readonly reason: string) {}
}

export interface RuleDefinition<P extends Primitive, M> {
  readonly name: string;
  readonly equation: string;
  readonly guard?: string;
  /** Default `same`. */
  readonly values?: ValueChange;
  readonly roots: readonly P[];
  /** One of these is an operand of the root wherever the pattern fits: the rule is not tried elsewhere. */
  readonly operands?: readonly Primitive[] | undefined;
  /** What of the graph the equation is about, if it has the shape of the left side. */
  readonly pattern: (node: Extract<Node, { op: P }>, rewriting: Rewriting) => M | undefined;
  /** The reason for a refusal, or nothing where the rule applies. */
  readonly check?: (match: M, rewriting: Rewriting, node: Extract<Node, { op: P }>) => string | undefined;
  /** The right side, of the dtype of the root and of a shape that broadcasts to that of the root. */
  readonly rewrite: (match: M, rewriting: Rewriting, node: Extract<Node, { op: P }>) => Node;
}

const broadcastsTo = (from: Node, to: Node): boolean => {
  try {
    return sameShape(broadcastShapes(from.shape, to.shape), to.shape);
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
};

/** `result` in the shape of `node`: the right side of an equation may leave out an operand that broadcast the left side. */
function fitted(result: Node, node: Node, rule: string): Node {
  if (result.dtype === node.dtype && sameShape(result.shape, node.shape)) return result;
  if (result.dtype === node.dtype && broadcastsTo(result, node)) return build('broadcastTo', [result], { shape: node.shape }, node.site);
  throw new Error(`internal: ${rule} rewrote ${node.op} ${node.dtype}[${node.shape.join(',')}] to ${result.op} ${result.dtype}[${result.shape.join(',')}]`);
}

/** Makes a rule of pattern, check and rewrite. */
export function defineRule<P extends Primitive, M>({ pattern, check, rewrite, values = 'same', ...described }: RuleDefinition<P, M>): Rule {
  return {
    ...described,
    values,
    apply(node, rewriting) {
      const root = node as Extract<Node, { op: P }>; // the driver tries a rule on its roots only
      const match = pattern(root, rewriting);
      if (match === undefined) return undefined;
      const reason = check?.(match, rewriting, root);
      if (reason !== undefined) return new Refusal(reason);
      const result = rewrite(match, rewriting, root);
      return result === node ? undefined : fitted(result, node, described.name);
    },
  };
}
