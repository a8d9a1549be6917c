import type { Model } from '../bundles/model.js';
import type { Key } from '../compiler/random/index.js';
import { checkBatch, checkEpsilon, firstOutside, targetsFor } from './attack-checks.js';
import type { AttackName, AttackOptions, AttackSettings, SettingsOf } from './attack.options.js';
import type { Attack, AttackBatch, AttackGoal, QueryCount } from './attack.js';
import { fgsm } from './fgsm.js';
import { normBall, type Bounds } from './norm-balls.js';
import { computedHere, gradientSignature, openObjective, type ObjectiveOpener } from './objective.js';
import { inputWidth, predict, type Predictions } from './predictions.js';

/** Every attack of the service: one row each. */
export const ATTACKS: { readonly [N in AttackName]: Attack<SettingsOf<N>> } = { fgsm };

/** Relative slack of the ball check: |x' - x| <= epsilon * (1 + BALL_TOLERANCE). */
export const BALL_TOLERANCE = 1e-5;

/** A batch after an attack at one radius, re-predicted and judged. */
export interface Attacked {
  readonly epsilon: number;
  /** [size, ...input.shape]; rows that left the ball or the bounds are the clean rows again. */
  readonly adversarial: Float32Array;
  readonly predictions: Predictions;
  /** [size] 1 where the goal is reached: any class but the true one, or the target class. */
  readonly success: Uint8Array;
  /** [size] size of the perturbation in the norm of the attack. */
  readonly distances: Float64Array;
  /** [size] 0 where the candidate broke the threat model; such examples are not counted as attacked. */
  readonly valid: Uint8Array;
  readonly violations: number;
}

/** An attack that has started on a batch: radii may be asked for in any order. */
export interface StartedAttack {
  readonly withoutGradient: Uint8Array;
  readonly zeroGradientCount: number;
  readonly gradientLogits?: Float32Array | undefined;
  readonly spent: QueryCount;
  readonly perRadius: QueryCount;
  at(epsilon: number): Promise<Attacked>;
}

/** Answer to one attack request. */
export interface AttackOutcome extends Attacked {
  readonly clean: Predictions;
  readonly zeroGradientCount: number;
  readonly queries: QueryCount;
}

/** Rows of `candidates`, each `distances` away from its clean row, that are not within epsilon of it or not within `bounds`. */
export function rowsOutside(candidates: Float32Array, distances: Float64Array, epsilon: number, bounds: Bounds): number[] {
  const width = candidates.length / distances.length;
  const limit = epsilon * (1 + BALL_TOLERANCE);
  const outside: number[] = [];
  distances.forEach((distance, row) => {
    const far = !(distance <= limit);
    if (far || firstOutside(candidates, row * width, (row + 1) * width, bounds) >= 0) outside.push(row);
  });
  return outside;
}

async function judge(model: Model, batch: AttackBatch, goal: AttackGoal, candidates: Float32Array, epsilon: number): Promise<Attacked> {
  const width = inputWidth(model);
  const { bounds } = model.manifest.input;
  const adversarial = goal.ball.project(candidates, batch.examples, width, epsilon, bounds);
  const distances = goal.ball.distance(adversarial, batch.examples, width);
  const outside = rowsOutside(adversarial, distances, epsilon, bounds);
  const valid = new Uint8Array(batch.labels.length).fill(1);
  for (const row of outside) {
    valid[row] = 0;
    distances[row] = 0;
    adversarial.set(batch.examples.subarray(row * width, (row + 1) * width), row * width);
  }
  const predictions = await predict(model, adversarial);
  const reached = (label: number, row: number): boolean =>
    goal.targets ? label === goal.targets[row] : label !== batch.labels[row];
  return {
    epsilon,
    adversarial,
    predictions,
    success: Uint8Array.from(predictions.labels, (label, row) => (valid[row] && reached(label, row) ? 1 : 0)),
    distances,
    valid,
    violations: outside.length,
  };
}

/**
 * Starts an attack on a batch. At each radius the candidates are projected into ball and bounds, checked, predicted again
 * and judged here, not by the attack.
 *
 * @throws the errors of `checkBatch`; `at` throws epsilon-out-of-range
 */
export async function startAttack<N extends AttackName>(
  model: Model,
  batch: AttackBatch,
  goal: AttackGoal,
  settings: SettingsOf<N> & AttackSettings,
  key?: Key,
): Promise<StartedAttack> {
  checkBatch(model, batch, gradientSignature(goal));
  const attack: Attack<SettingsOf<N>> = ATTACKS[settings.name];
  const run = await attack.begin(model, batch, goal, settings, key);
  return {
    withoutGradient: run.withoutGradient,
    zeroGradientCount: run.withoutGradient.reduce((sum, dead) => sum + dead, 0),
    gradientLogits: run.gradientLogits,
    spent: run.spent,
    perRadius: run.perRadius,
    async at(epsilon) {
      checkEpsilon(epsilon, goal.ball, inputWidth(model), model.manifest.input.bounds, '/epsilon');
      return judge(model, batch, goal, await run.at(epsilon), epsilon);
    },
  };
}

/** Calls for each example at one radius, the judging prediction included. */
const queriesOf = ({ spent, perRadius }: StartedAttack): QueryCount => ({
  gradient: spent.gradient + perRadius.gradient,
  forward: spent.forward + perRadius.forward + 1,
});

export interface AttackMeans {
  /** Randomness of randomised attacks. */
  readonly key?: Key;
  /** Where objectives are computed; here, if nothing else is said. */
  readonly objectives?: ObjectiveOpener;
}

/**
 * Attacks one batch at one radius, as `POST models/{id}/attack` asks.
 *
 * @param batch examples [size, ...input.shape] within the input bounds, true labels [size]
 * @throws epsilon-out-of-range, target-count-mismatch, target-label-invalid and the errors of `checkBatch` and of the objective
 */
export async function runAttack(model: Model, batch: AttackBatch, options: AttackOptions, { key, objectives = computedHere() }: AttackMeans = {}): Promise<AttackOutcome> {
  const { norm, epsilon, targetLabels, ...settings } = options;
  const { classes, input } = model.manifest;
  const ball = normBall(norm);
  checkEpsilon(epsilon, ball, inputWidth(model), input.bounds, '/epsilon');
  checkBatch(model, batch, gradientSignature(settings));
  const targets = targetLabels === undefined ? undefined : targetsFor(targetLabels, batch.labels.length, classes.length);
  const objective = openObjective(settings, classes.length, '', objectives);
  try {
    const clean = await predict(model, batch.examples);
    const started = await startAttack(model, batch, { ball, targets, objective }, settings, key);
    const attacked = await started.at(epsilon);
    return { ...attacked, clean, zeroGradientCount: started.zeroGradientCount, queries: queriesOf(started) };
  } finally {
    await objective?.dispose();
  }
}
