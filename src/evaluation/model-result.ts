import type { AttackSettings } from '../attacks/attack.options.js';
import { attackLabel } from '../attacks/objective.js';
import { accuracy, ones } from './metrics/accuracy.js';
import { calibration } from './metrics/calibration.js';
import { confusionMatrix } from './metrics/confusion.js';
import { mean } from './metrics/nll.js';
import { proportion } from './metrics/wilson.js';
import type { ExampleColumns, PassResult } from './model-pass.js';
import type { ModelResult } from './report.schema.js';

/**
 * Below this loss L the float32 gradient p_y - 1 = -L of the true logit has a relative error above 2^-24 / L = 6 %, and
 * below 2^-25 it is 0: the attack follows rounding errors.
 */
const SATURATED_LOSS = 1e-6;

/** Mask of examples whose prediction is their label. */
function correctMask(labels: Int32Array, predictions: Int32Array): Uint8Array {
  return Uint8Array.from(labels, (label, i) => (label === predictions[i] ? 1 : 0));
}

/**
 * One point for each radius. `worstCase` is mean_x min over attacks a and radii e <= epsilon of [f(a_e(x)) = y], clean
 * inputs included: an example counts as robust within epsilon only if nothing tried inside that ball broke it.
 */
function robustnessCurve(columns: ExampleColumns, attacks: readonly AttackSettings[], epsilons: readonly number[]): ModelResult['robustness'] {
  const standing = correctMask(columns.labels, columns.predictions);
  return epsilons.map((epsilon, e) => {
    const atRadius = columns.attacked.map((perRadius) => perRadius[e]!);
    for (const { predictions } of atRadius) {
      columns.labels.forEach((label, i) => (standing[i]! &= label === predictions[i] ? 1 : 0));
    }
    return {
      epsilon,
      attacks: atRadius.map(({ predictions, losses }, a) => ({
        name: attackLabel(attacks[a]!),
        accuracy: accuracy(columns.labels, predictions),
        meanLoss: mean(losses),
      })),
      worstCase: proportion(ones(standing), standing.length),
      dropped: atRadius.reduce((sum, { dropped }) => sum + ones(dropped), 0),
    };
  });
}

/** All numbers of one model from its per-example columns. */
export function summarise(
  id: string,
  pass: PassResult,
  attacks: readonly AttackSettings[],
  epsilons: readonly number[],
  classCount: number,
  examples: ModelResult['examples'],
): ModelResult {
  const { columns, seconds } = pass;
  const n = columns.labels.length;
  const made = n * attacks.length * epsilons.filter((epsilon) => epsilon > 0).length;
  const { ece, bins } = calibration(columns.confidences, correctMask(columns.labels, columns.predictions));
  return {
    model: id,
    clean: {
      accuracy: accuracy(columns.labels, columns.predictions),
      nll: mean(columns.losses),
      brier: mean(columns.brier),
      calibration: { ece, bins: [...bins] },
      confusion: confusionMatrix(columns.labels, columns.predictions, classCount),
    },
    robustness: robustnessCurve(columns, attacks, epsilons),
    withoutGradient: ones(columns.withoutGradient),
    saturated: columns.losses.filter((loss) => loss < SATURATED_LOSS).length,
    examples,
    timing: {
      seconds: seconds.total,
      forwardSeconds: seconds.forward,
      attackSeconds: seconds.attack,
      forwardImagesPerSecond: seconds.forward > 0 ? n / seconds.forward : 0,
      attackImagesPerSecond: seconds.attack > 0 ? made / seconds.attack : 0,
    },
  };
}
