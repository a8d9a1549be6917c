import type { ExpressionLimits } from '../limits.js';
import { siteOf, type Position } from '../source/position.js';
import { fail } from '../source/problem.js';
import { leastSize, showShape, type TensorType } from '../types/tensor-type.js';
import type { Definition, Requirement, Term } from './term.js';

/** TensorFlow.js has no tensors of higher rank. */
const MOST_AXES = 6;

/** Makes the terms of one expression and watches its limits. */
export class TermFactory {
  readonly requirements: Requirement[] = [];
  /** Numbers and lists that have become terms: the same value is the same term wherever its name is used. */
  private readonly lifted = new Map<object, Map<string, Term>>();
  private count = 0;

  /** @param last number of the last term that terms of this factory may read. */
  constructor(readonly limits: ExpressionLimits, private last = 0) {}

  /** A factory with the limits to itself, whose terms may read those made so far. */
  fork(): TermFactory {
    return new TermFactory(this.limits, this.last);
  }

  /** @throws ProblemFound past a limit. */
  make(definition: Definition, operands: readonly Term[], type: TensorType, at: Position): Term {
    if (++this.count > this.limits.nodes) {
      fail('limit', at, `the expression has more than ${this.limits.nodes} operations, functions written out at each call`);
    }
    if (type.shape.length > MOST_AXES) fail('limit', at, `the result has ${type.shape.length} axes`, `at most ${MOST_AXES}`);
    if (leastSize(type.shape) > this.limits.elements) {
      fail('limit', at, `a tensor of shape ${showShape(type.shape)} has too many elements`, `at most ${this.limits.elements}`);
    }
    return { id: ++this.last, definition, operands, type, at };
  }

  /** The term of a number or list, made once for each dtype that is asked for. */
  lift(value: object, dtype: string, make: () => Term): Term {
    const known = this.lifted.get(value) ?? new Map<string, Term>();
    this.lifted.set(value, known);
    const term = known.get(dtype) ?? make();
    known.set(dtype, term);
    return term;
  }

  /** Every call must make the length at least 1. */
  require(requirement: Requirement): void {
    const { value } = requirement.length;
    if (value === undefined) this.requirements.push(requirement);
    else if (value < 1) fail('shape', requirement.at, requirement.message, requirement.accepted);
  }
}

/** How messages name a term's place: `mul at 3:9`. */
export function describeTerm({ definition, at }: Term): string {
  const what = definition.kind === 'operation' ? definition.name : definition.kind;
  return `${what} at ${siteOf(at)}`;
}
