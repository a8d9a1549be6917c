import * as tf from '@tensorflow/tfjs-core';
import { RampartError } from '../../errors/index.js';
import { gradients } from '../check/gradients.js';
import type { Term } from '../check/term.js';
import { requireMemory } from '../compile/compiled-entry.js';
import { makeEntry, type Entry } from '../compile/entry.js';
import { traceAtBinding } from '../compile/traced-entry.js';
import type { ExpressionLimits } from '../limits.js';
import type { ExpressionModule } from '../module.js';
import { parseExpression } from '../parse-expression.js';
import { errorOf, ProblemFound } from '../source/problem.js';
import { scalarType } from '../types/tensor-type.js';
import { fitObjective, type Objective, type ObjectiveUse } from './objective-contract.js';

/** An expression that has been checked for a use. */
export interface PreparedObjective extends Objective {
  readonly module: ExpressionModule;
  /** {logits, labels or targets, random numbers} -> {value []}; an objective of each example is summed. */
  readonly value: Entry;
  /** As `value`, -> {gradient [n, k]}, the derivative by the logits. */
  readonly gradient: Entry;
}

/** Where batches differ in size, the check stands for all: the smallest, and one as large as in an evaluation. */
const ANY_BATCH = [1, 1024] as const;

/** The number itself, or the sum over the examples: example i has the gradient of its own objective either way. */
function summed({ factory }: ExpressionModule, result: Term): Term {
  if (result.type.shape.length === 0) return result;
  return factory.make({ kind: 'operation', name: 'sum', emit: ([x]) => tf.sum(x!), differentiable: true }, [result], scalarType('float32'), result.at);
}

function derivative({ factory }: ExpressionModule, of: Term, logits: Term): Term {
  try {
    return gradients(factory.fork(), of, [logits], { kind: 'one' }, of.at)[0]!;
  } catch (error) {
    throw error instanceof ProblemFound ? errorOf([error.problem]) : error;
  }
}

function prepare(source: string, use: ObjectiveUse, pointer: string, limits: Partial<ExpressionLimits>): PreparedObjective {
  const module = parseExpression(source, limits);
  const objective = fitObjective(module, use, pointer);
  const total = summed(module, objective.result);
  const entryOf = (name: string, term: Term): Entry => makeEntry(module, { outputs: new Map([[name, term]]), updates: new Map(), sharedAsInputs: true });
  const prepared = { ...objective, module, value: entryOf('value', total), gradient: entryOf('gradient', derivative(module, total, objective.logits)) };
  for (const batch of use.batch === 'any' ? ANY_BATCH : [use.batch]) {
    const binding = objective.binding(batch);
    requireMemory(traceAtBinding(module, prepared.gradient, binding).graph, binding, module.limits); // before the passes, which may compute constants
  }
  return prepared;
}

/**
 * Reads an expression and checks all that its use needs: inputs, result, gradient by the logits, and what it costs.
 * @param pointer JSON pointer of the use in the request
 * @throws the errors of `parseExpression`; expression-unfit, expression-gradient, expression-dimension, expression-limit
 */
export function prepareObjective(source: string, use: ObjectiveUse, pointer: string, limits: Partial<ExpressionLimits> = {}): PreparedObjective {
  try {
    return prepare(source, use, pointer, limits);
  } catch (error) {
    throw error instanceof RampartError && error.code !== 'expression-unfit' ? error.under(pointer) : error;
  }
}
