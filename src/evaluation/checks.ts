import type { AttackKind } from '../attacks/attack.js';
import { see } from './docs-link.js';
import type { FlagCode, ModelResult, ReportFlag } from './report.schema.js';

/** What the checks of one model look at. */
export interface ModelEvidence {
  readonly result: ModelResult;
  readonly logitsLookLikeSoftmax: boolean;
  readonly gradientMismatch: number;
}

/** What the checks of the whole protocol look at. */
export interface ProtocolEvidence {
  readonly kinds: readonly AttackKind[];
  readonly epsilons: readonly number[];
  readonly n: number;
  readonly goal: 'untargeted' | 'targeted';
}

/** Accuracy may rise by this much between neighbouring radii before the attack is in doubt (C16). */
const MONOTONE_SLACK = 0.005;
/** A larger share of examples with a saturated loss puts the gradients in doubt (C3). */
const SATURATED_SHARE = 0.01;
/** Fewer radii than this make a coarse curve (C16). */
const ENOUGH_EPSILONS = 8;
/** Smaller samples are preliminary (C30). */
const ENOUGH_EXAMPLES = 1000;
/** Largest relative difference of logits between two programs of one model. */
const LOGIT_TOLERANCE = 1e-3;

/** Number of the check, severity and documentation heading of each flag. */
const RULES: Readonly<Record<FlagCode, Pick<ReportFlag, 'check' | 'severity'> & { readonly anchor: string }>> = {
  PIPELINE_MISMATCH: { check: 'C31', severity: 'error', anchor: 'c31-sanity' },
  ROBUST_ABOVE_CLEAN: { check: 'C31', severity: 'warning', anchor: 'c31-sanity' },
  ZERO_GRADIENT: { check: 'C3', severity: 'warning', anchor: 'c3-zero-gradients' },
  SATURATED_LOSS: { check: 'C3', severity: 'warning', anchor: 'c3-zero-gradients' },
  GRADIENT_MISMATCH: { check: 'C3', severity: 'error', anchor: 'c3-zero-gradients' },
  SOFTMAX_LOGITS: { check: 'C2', severity: 'warning', anchor: 'c2-softmax-instead-of-logits' },
  NOT_MONOTONE: { check: 'C16', severity: 'warning', anchor: 'c16-budget' },
  FEW_EPSILONS: { check: 'C16', severity: 'info', anchor: 'c16-budget' },
  IMPOSSIBLE_ROBUSTNESS: { check: 'C18', severity: 'warning', anchor: 'c18-impossible-robustness' },
  INVALID_PERTURBATIONS: { check: 'C19', severity: 'warning', anchor: 'c19-valid-perturbations' },
  SINGLE_STEP_ONLY: { check: 'C22', severity: 'warning', anchor: 'c22-diversity-of-attacks' },
  UNTARGETED_ONLY: { check: 'C25', severity: 'info', anchor: 'c25-goals' },
  PRELIMINARY: { check: 'C30', severity: 'info', anchor: 'c30-sample-size' },
};

function flag(code: FlagCode, model: string | null, message: string): ReportFlag {
  const { anchor, check, severity } = RULES[code];
  return { code, check, severity, model, message, see: see(anchor) };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** C31: nothing moves at radius 0, so accuracy there is the clean accuracy, exactly; no attack may help the model. */
function sanity({ model, clean, robustness }: ModelResult): ReportFlag[] {
  const flags: ReportFlag[] = [];
  for (const { epsilon, attacks } of robustness) {
    for (const { name, accuracy } of attacks) {
      if (epsilon === 0 && accuracy.count !== clean.accuracy.count) {
        flags.push(
          flag('PIPELINE_MISMATCH', model, `${name} at epsilon 0 leaves ${accuracy.count} examples right, but ${clean.accuracy.count} are right without it.`),
        );
      } else if (accuracy.count > clean.accuracy.count) {
        flags.push(
          flag('ROBUST_ABOVE_CLEAN', model, `Under ${name} at epsilon ${epsilon} accuracy is ${percent(accuracy.value)}, above the clean ${percent(clean.accuracy.value)}: the attack helps.`),
        );
      }
    }
  }
  return flags;
}

/** C16: more budget must not hurt the attack. Names the largest rise of each attack. */
function monotone({ model, robustness }: ModelResult): ReportFlag[] {
  return robustness[0]!.attacks.flatMap(({ name }, a) => {
    const accuracyAt = (e: number): number => robustness[e]!.attacks[a]!.accuracy.value;
    const rises = robustness.slice(1).map((point, e) => ({ from: robustness[e]!.epsilon, to: point.epsilon, by: accuracyAt(e + 1) - accuracyAt(e) }));
    const worst = rises.reduce((most, rise) => (rise.by > most.by ? rise : most), { from: 0, to: 0, by: 0 });
    if (worst.by <= MONOTONE_SLACK) return [];
    const message = `Accuracy under ${name} rises by ${percent(worst.by)} from epsilon ${worst.from} to ${worst.to}: one long step overshoots, or gradients mislead.`;
    return [flag('NOT_MONOTONE', model, message)];
  });
}

/** C18: with half the input range every image can become the same grey image, so accuracy above chance is impossible. */
function impossible({ model, clean, robustness }: ModelResult, greyRadius: number | undefined): ReportFlag[] {
  const chance = 1 / clean.confusion.length;
  const above = robustness.find(({ epsilon, worstCase }) => greyRadius !== undefined && epsilon >= greyRadius && worstCase.low > chance);
  if (!above) return [];
  const message = `Worst-case accuracy at epsilon ${above.epsilon} is ${percent(above.worstCase.value)}, above chance (${percent(chance)}), where no model can be: the attack is too weak.`;
  return [flag('IMPOSSIBLE_ROBUSTNESS', model, message)];
}

/**
 * Checks of one model.
 *
 * @param greyRadius the radius at which all inputs can be made equal (half the input range, Linf); undefined where not known
 */
export function checkModel({ result, logitsLookLikeSoftmax, gradientMismatch }: ModelEvidence, greyRadius?: number): ReportFlag[] {
  const { model, withoutGradient, saturated, robustness } = result;
  const n = result.clean.accuracy.n;
  const dropped = robustness.reduce((sum, point) => sum + point.dropped, 0);
  const flags = [...sanity(result), ...monotone(result), ...impossible(result, greyRadius)];
  if (withoutGradient > 0) {
    flags.push(flag('ZERO_GRADIENT', model, `${withoutGradient} of ${n} examples have an input gradient that is zero or not finite; the attack could not move them.`));
  }
  if (saturated > SATURATED_SHARE * n) {
    flags.push(flag('SATURATED_LOSS', model, `${saturated} of ${n} examples have a loss below 1e-6: in float32 its gradient is mostly rounding error, and attacks on the cross-entropy miss their direction.`));
  }
  if (gradientMismatch > LOGIT_TOLERANCE) {
    flags.push(flag('GRADIENT_MISMATCH', model, `The gradient signature sees logits that differ from those of predict by up to ${gradientMismatch.toPrecision(2)} (relative).`));
  }
  if (logitsLookLikeSoftmax) {
    flags.push(flag('SOFTMAX_LOGITS', model, 'The logits of every example are non-negative and sum to 1: they look like probabilities, whose gradients vanish.'));
  }
  if (dropped > 0) {
    flags.push(flag('INVALID_PERTURBATIONS', model, `${dropped} candidates left the ball or the input bounds and count as not attacked.`));
  }
  return flags;
}

/** Checks of the protocol, the same for all models. */
export function checkProtocol({ kinds, epsilons, n, goal }: ProtocolEvidence): ReportFlag[] {
  const flags: ReportFlag[] = [];
  if (kinds.every((kind) => kind === 'single-step')) {
    flags.push(flag('SINGLE_STEP_ONLY', null, 'Only single-step attacks ran. They find few of the adversarial examples that stronger attacks find.'));
  }
  if (epsilons.length < ENOUGH_EPSILONS) {
    flags.push(flag('FEW_EPSILONS', null, `The grid has ${epsilons.length} radii; ${ENOUGH_EPSILONS} or more show whether success grows with the budget.`));
  }
  if (goal === 'untargeted') {
    flags.push(flag('UNTARGETED_ONLY', null, 'Only untargeted attacks ran; targeted ones sometimes get farther.'));
  }
  if (n < ENOUGH_EXAMPLES) {
    flags.push(flag('PRELIMINARY', null, `${n} examples were judged; below ${ENOUGH_EXAMPLES} the intervals are wide and the numbers preliminary.`));
  }
  return flags;
}
