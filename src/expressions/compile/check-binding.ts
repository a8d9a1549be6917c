import { expressionDimension, expressionLimit } from '../../errors/expressions.errors.js';
import { MOST_STEPS } from '../../compiler/control/index.js';
import { sizeOf } from '../../compiler/signature.js';
import { involved, type Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import { problemAt } from '../source/problem.js';
import type { Binding } from '../types/dimension.js';
import { showType } from '../types/tensor-type.js';

/** A backward pass takes about two forward passes; the forward pass is recorded once more. */
const COST_OF_GRADIENT = 3;

const lengthsOf = ({ type }: Term, binding: Binding): number[] => type.shape.map((length) => length.evaluate(binding));

/** Inside so many derivatives the steps of a scan are recorded one by one. */
const UNROLLING_DEPTH = 2;

/** Operations that are recorded for terms, derivatives and their rows counted, and steps of a scan where they are recorded one by one. */
class Cost {
  /** By the number of derivatives around the term. */
  private readonly known = Array.from({ length: UNROLLING_DEPTH + 1 }, () => new Map<Term, number>());

  constructor(private readonly binding: Binding) {}

  of(term: Term, depth = 0): number {
    const known = this.known[depth]!;
    const cost = known.get(term) ?? this.count(term, depth);
    known.set(term, cost);
    return cost;
  }

  private count({ definition }: Term, depth: number): number {
    switch (definition.kind) {
      case 'gradients': {
        const rows = definition.cotangent.kind === 'each' ? sizeOf(lengthsOf(definition.of, this.binding)) : 1;
        return COST_OF_GRADIENT * rows * this.sum(definition.path, Math.min(depth + 1, UNROLLING_DEPTH));
      }
      case 'scan': return (depth < UNROLLING_DEPTH ? 1 : definition.steps.evaluate(this.binding)) * this.sum(definition.path, depth);
      case 'input': case 'shared': case 'draw': case 'parameter': case 'operation': case 'part': return 1;
    }
  }

  private sum(terms: readonly Term[], depth: number): number {
    return terms.reduce((sum, term) => sum + this.of(term, depth), 1);
  }
}

function checkSteps({ definition, at }: Term, binding: Binding): void {
  const steps = definition.kind === 'scan' ? definition.steps.evaluate(binding) : 0;
  if (steps > MOST_STEPS) throw expressionLimit([problemAt('limit', at, `scan: ${steps} steps`, `at most ${MOST_STEPS}`)]);
}

/**
 * Checks what only the lengths of a call decide: no axis shorter than 1, no tensor too large, no derivative with too
 * many rows. `results` are what is to be computed.
 * @throws expression-dimension, expression-limit
 */
export function checkBinding({ limits, requirements }: ExpressionModule, results: readonly Term[], binding: Binding): void {
  const lengths = Object.entries(binding).map(([name, length]) => `${name} = ${length}`).join(', ');
  for (const { length, message, at } of requirements) {
    if (length.evaluate(binding) < 1) throw expressionDimension(`Line ${at.line}, column ${at.column}: ${message}, for ${lengths}.`);
  }
  for (const term of involved(results)) {
    checkSteps(term, binding);
    const shape = lengthsOf(term, binding);
    const { line, column } = term.at;
    if (shape.some((length) => length < 1)) throw expressionDimension(`Line ${line}, column ${column}: the shape ${showType(term.type)} is [${shape.join(', ')}], for ${lengths}.`);
    if (sizeOf(shape) > limits.elements) {
      throw expressionLimit([problemAt('limit', term.at, `a tensor of shape [${shape.join(', ')}] has ${sizeOf(shape)} elements`, `at most ${limits.elements}`)]);
    }
  }
  const cost = new Cost(binding);
  let operations = 0;
  for (const term of involved(results)) {
    operations += cost.of(term);
    if (operations > limits.operations) {
      throw expressionLimit([problemAt('limit', term.at, `with derivatives the expression comes to more than ${limits.operations} operations`, 'fewer derivatives of derivatives, fewer rows of a jacobian, or fewer steps of a scan in them')]);
    }
  }
}
