import { createHash } from 'node:crypto';
import type { Model } from '../bundles/model.js';
import { engineFor } from '../compiler/engines.js';
import { sourceOf } from '../expressions/expression.options.js';
import { ObjectiveGradient, type ExpressionLimits } from '../expressions/index.js';
import type { AttackSettings } from './attack.options.js';
import type { AttackGoal, Objective, QueryCount } from './attack.js';
import { floatOutput, inputTensor, predict } from './predictions.js';

/** An objective that is to be disposed after its last use. */
export interface OpenedObjective extends Objective {
  dispose(): Promise<void>;
}

/**
 * Opens the objective of a source for a number of classes, to compute it here or elsewhere.
 * @param pointer JSON pointer of the objective in the request
 */
export type ObjectiveOpener = (source: string, classes: number, pointer: string) => OpenedObjective;

/** Computes objectives in this process, for as long as they take. @throws the errors of `ObjectiveGradient` */
export const computedHere = (limits: Partial<ExpressionLimits> = {}): ObjectiveOpener => (source, classes, pointer) =>
  new ObjectiveGradient(source, classes, engineFor('onnx'), { threads: 1, pointer, limits });

/**
 * The objective that an attack names, if it names one.
 * @param pointer JSON pointer of the attack in the request
 * @throws what `open` throws
 */
export function openObjective({ objective }: Pick<AttackSettings, 'objective'>, classes: number, pointer: string, open: ObjectiveOpener): OpenedObjective | undefined {
  return objective && open(sourceOf(objective), classes, `${pointer}/objective`);
}

/** Signature that gives the gradient of an attack. */
export const gradientSignature = ({ objective }: { readonly objective?: unknown }): 'lossGradient' | 'vjp' => (objective === undefined ? 'lossGradient' : 'vjp');

/** Name of an attack among others: with an objective of its own, `fgsm-1a2b3c4d`, the first digits of its source's SHA-256. */
export function attackLabel({ name, objective }: Pick<AttackSettings, 'name' | 'objective'>): string {
  return objective === undefined ? name : `${name}-${createHash('sha256').update(sourceOf(objective)).digest('hex').slice(0, 8)}`;
}

export interface InputGradient {
  /** [size, ...input.shape] d objective / d x. */
  readonly gradient: Float32Array;
  /** [size, classes] as the gradient signature sees the batch. */
  readonly logits: Float32Array;
  readonly spent: QueryCount;
}

/**
 * d f / d x for each example, f the cross-entropy of its label, or the goal's objective: f's derivative by the logits, then
 * their product with the Jacobian of the logits.
 */
export async function inputGradient(model: Model, examples: Float32Array, labels: Int32Array, { objective }: Pick<AttackGoal, 'objective'>): Promise<InputGradient> {
  const x = inputTensor(model, examples);
  if (objective === undefined) {
    const outputs = await model.run('lossGradient', { x, y: { dtype: 'int32', shape: [labels.length], data: labels } });
    return { gradient: floatOutput(outputs, 'gradient'), logits: floatOutput(outputs, 'logits'), spent: { gradient: 1, forward: 0 } };
  }
  const { logits, classCount } = await predict(model, examples);
  const vector = { dtype: 'float32', shape: [labels.length, classCount], data: await objective.at(logits, labels) } as const;
  const outputs = await model.run('vjp', { x, vector });
  return { gradient: floatOutput(outputs, 'gradient'), logits: floatOutput(outputs, 'logits'), spent: { gradient: 1, forward: 1 } };
}
