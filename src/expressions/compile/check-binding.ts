import { expressionDimension, expressionLimit } from '../../errors/expressions.errors.js';
import { sizeOf } from '../../compiler/signature.js';
import { involved, type Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import { problemAt } from '../source/problem.js';
import type { Binding } from '../types/dimension.js';
import { showType } from '../types/tensor-type.js';

/** A backward pass takes about two forward passes; the forward pass is recorded once more. */
const COST_OF_GRADIENT = 3;

const lengthsOf = ({ type }: Term, binding: Binding): number[] => type.shape.map((length) => length.evaluate(binding));

/** Operations that are recorded for terms, derivatives and their rows counted. */
class Cost {
  private readonly known = new Map<Term, number>();

  constructor(private readonly binding: Binding) {}

  of(term: Term): number {
    const cost = this.known.get(term) ?? this.count(term);
    this.known.set(term, cost);
    return cost;
  }

  private count({ definition }: Term): number {
    if (definition.kind !== 'gradients') return 1;
    const rows = definition.cotangent.kind === 'each' ? sizeOf(lengthsOf(definition.of, this.binding)) : 1;
    return COST_OF_GRADIENT * rows * definition.path.reduce((sum, term) => sum + this.of(term), 1);
  }
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
    operations += term.definition.kind === 'gradients' ? cost.of(term) : 1;
    if (operations > limits.operations) {
      throw expressionLimit([problemAt('limit', term.at, `with derivatives the expression comes to more than ${limits.operations} operations`, 'fewer derivatives of derivatives, or fewer rows of a jacobian')]);
    }
  }
}
