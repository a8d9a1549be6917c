import type { AttackGoal } from '../attacks/attack.js';
import type { AttackSettings } from '../attacks/attack.options.js';
import type { NormBall } from '../attacks/norm-balls.js';
import { predict, type Predictions } from '../attacks/predictions.js';
import { startAttack, type Attacked, type StartedAttack } from '../attacks/run-attack.js';
import type { Model } from '../bundles/model.js';
import type { Key } from '../compiler/random/index.js';
import type { Batch, DatasetSplit } from '../datasets/dataset.js';
import { brierScores } from './metrics/brier.js';
import { crossEntropies } from './metrics/nll.js';
import { Stopwatch } from './stopwatch.js';

/** What one attack did to n examples at one radius; every column is in the order of the selection. */
export interface AttackColumns {
  readonly predictions: Int32Array;
  readonly losses: Float64Array;
  /** 1 where the candidate broke the threat model. */
  readonly dropped: Uint8Array;
}

/** Everything that is known of each of n examples under one model. */
export interface ExampleColumns {
  readonly indices: Int32Array;
  readonly labels: Int32Array;
  readonly predictions: Int32Array;
  readonly confidences: Float32Array;
  readonly losses: Float64Array;
  readonly brier: Float64Array;
  /** [attack][epsilon], in the order of the plan. */
  readonly attacked: readonly (readonly AttackColumns[])[];
  /** 1 where no attack had a usable gradient. */
  readonly withoutGradient: Uint8Array;
}

export interface PassPlan {
  readonly indices: Int32Array;
  readonly batchSize: number;
  readonly attacks: readonly AttackSettings[];
  /** Of each attack, where it names one. */
  readonly objectives: readonly AttackGoal['objective'][];
  readonly epsilons: readonly number[];
  readonly ball: NormBall;
  readonly key: Key;
}

export interface PassResult {
  readonly columns: ExampleColumns;
  readonly budget: { readonly gradientQueries: number; readonly forwardQueries: number };
  /** Every row of the clean logits was non-negative and summed to 1. */
  readonly logitsLookLikeSoftmax: boolean;
  /** Largest |difference| between the clean logits of `predict` and of the gradient signature, over 1 + |logit|. */
  readonly gradientMismatch: number;
  readonly seconds: { readonly total: number; readonly forward: number; readonly attack: number };
}

function emptyColumns(plan: PassPlan): ExampleColumns {
  const n = plan.indices.length;
  const attackColumns = (): AttackColumns => ({
    predictions: new Int32Array(n),
    losses: new Float64Array(n),
    dropped: new Uint8Array(n),
  });
  return {
    indices: plan.indices,
    labels: new Int32Array(n),
    predictions: new Int32Array(n),
    confidences: new Float32Array(n),
    losses: new Float64Array(n),
    brier: new Float64Array(n),
    attacked: plan.attacks.map(() => plan.epsilons.map(attackColumns)),
    withoutGradient: new Uint8Array(n),
  };
}

/** Softmax rows: all values in [-1e-5, 1 + 1e-5] and |sum - 1| < 1e-5. */
function looksLikeSoftmax({ logits, classCount }: Predictions): boolean {
  for (let start = 0; start < logits.length; start += classCount) {
    const row = logits.subarray(start, start + classCount);
    const sum = row.reduce((total, value) => total + value, 0);
    if (Math.abs(sum - 1) >= 1e-5 || row.some((value) => value < -1e-5 || value > 1 + 1e-5)) return false;
  }
  return true;
}

function largestMismatch(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / (1 + Math.abs(value))), 0);
}

function storeClean(columns: ExampleColumns, at: number, batch: Batch, clean: Predictions): void {
  columns.labels.set(batch.labels, at);
  columns.predictions.set(clean.labels, at);
  columns.confidences.set(clean.confidences, at);
  columns.losses.set(crossEntropies(clean.logits, batch.labels, clean.classCount), at);
  columns.brier.set(brierScores(clean.probabilities, batch.labels, clean.classCount), at);
}

function storeAttacked(columns: AttackColumns, at: number, labels: Int32Array, attacked: Attacked): void {
  const { predictions } = attacked;
  columns.predictions.set(predictions.labels, at);
  columns.losses.set(crossEntropies(predictions.logits, labels, predictions.classCount), at);
  attacked.valid.forEach((ok, row) => (columns.dropped[at + row] = ok ? 0 : 1));
}

/** Calls of each signature that one example costs over the whole grid, the judging predictions included. */
function budgetOf(started: readonly StartedAttack[], radii: number): PassResult['budget'] {
  const total = (of: 'gradient' | 'forward'): number =>
    started.reduce((sum, attack) => sum + attack.spent[of] + radii * attack.perRadius[of], 0);
  return { gradientQueries: total('gradient'), forwardQueries: total('forward') + radii * started.length };
}

/**
 * Streams the chosen examples through one model: clean predictions, then every attack at every radius. One start of an
 * attack (for FGSM: one gradient) serves all radii of a batch.
 *
 * @param onBatch called after each batch
 * @throws whatever the model throws, e.g. the reason of an aborted signal
 */
export async function passOverExamples(model: Model, split: DatasetSplit, plan: PassPlan, onBatch: () => void): Promise<PassResult> {
  const columns = emptyColumns(plan);
  const watch = new Stopwatch<'total' | 'forward' | 'attack'>();
  let softmax = true;
  let gradientMismatch = 0;
  let budget: PassResult['budget'] = { gradientQueries: 0, forwardQueries: 0 };
  const attackBatch = async (batch: Batch, at: number, clean: Predictions): Promise<void> => {
    const startedAttacks: StartedAttack[] = [];
    for (const [a, settings] of plan.attacks.entries()) {
      const started = await startAttack(model, batch, { ball: plan.ball, objective: plan.objectives[a] }, settings, plan.key.fold(a).fold(at));
      started.withoutGradient.forEach((dead, row) => (columns.withoutGradient[at + row]! |= dead));
      if (started.gradientLogits) gradientMismatch = Math.max(gradientMismatch, largestMismatch(clean.logits, started.gradientLogits));
      for (const [e, epsilon] of plan.epsilons.entries()) {
        storeAttacked(columns.attacked[a]![e]!, at, batch.labels, await started.at(epsilon));
      }
      startedAttacks.push(started);
    }
    budget = budgetOf(startedAttacks, plan.epsilons.length);
  };
  await watch.time('total', async () => {
    for (let at = 0; at < plan.indices.length; at += plan.batchSize) {
      const batch = split.batch(plan.indices.subarray(at, at + plan.batchSize));
      const clean = await watch.time('forward', () => predict(model, batch.examples));
      storeClean(columns, at, batch, clean);
      softmax &&= looksLikeSoftmax(clean);
      await watch.time('attack', () => attackBatch(batch, at, clean));
      onBatch();
    }
  });
  const seconds = { total: watch.seconds('total'), forward: watch.seconds('forward'), attack: watch.seconds('attack') };
  return { columns, budget, logitsLookLikeSoftmax: softmax, gradientMismatch, seconds };
}
