import type { AttackKind } from '../attacks/attack.js';
import { see } from './docs-link.js';
import type { FlagCode, ReportFlag, ReportVerdict } from './report.schema.js';

/** Flags that show the reported robustness to be higher than the true one. */
const OVERESTIMATES: readonly FlagCode[] = ['IMPOSSIBLE_ROBUSTNESS', 'ROBUST_ABOVE_CLEAN', 'NOT_MONOTONE'];

/** Flags that show that gradients did not point anywhere. */
const VANISHED: readonly FlagCode[] = ['ZERO_GRADIENT', 'SATURATED_LOSS'];

/** Kinds of attack without which nothing is supported (C15, C22), in words. */
const REQUIRED: Readonly<Record<Exclude<AttackKind, 'single-step'>, string>> = {
  'iterative-cross-entropy': 'an iterative attack on the cross-entropy',
  'iterative-margin': 'an iterative attack on a margin loss',
  'gradient-free': 'a gradient-free attack',
  'hard-label': 'a hard-label attack',
};

type Reason = ReportVerdict['reasons'][number];

const reason = (text: string, anchor: string): Reason => ({ text, model: null, see: see(anchor) });

/** The messages of those flags that `wanted` picks. */
function reasonsFrom(flags: readonly ReportFlag[], wanted: (flag: ReportFlag) => boolean): Reason[] {
  return flags.filter(wanted).map(({ message, model, see: link }) => ({ text: message, model, see: link }));
}

/**
 * The verdict on the robustness numbers, by these rules in this order:
 * 1. single-step attacks only -> `inconclusive`, whatever else holds;
 * 2. a flag of severity error -> `inconclusive`: the pipeline contradicts itself;
 * 3. a flag that only a too weak attack or masked gradients explain -> `overestimated`;
 * 4. a required kind of attack is missing, or gradients vanished -> `inconclusive`;
 * 5. else `supported`: an empirical upper bound on the true robust accuracy, never a guarantee.
 */
export function judge(kinds: readonly AttackKind[], flags: readonly ReportFlag[]): ReportVerdict {
  const broken = reasonsFrom(flags, (flag) => flag.severity === 'error');
  const doubts = reasonsFrom(flags, (flag) => OVERESTIMATES.includes(flag.code));
  const vanished = reasonsFrom(flags, (flag) => VANISHED.includes(flag.code));
  const missing = Object.entries(REQUIRED)
    .filter(([kind]) => !kinds.some((k) => k === kind))
    .map(([, words]) => words);
  const lacks = missing.length > 0 ? [reason(`Not run: ${missing.join(', ')}.`, 'c22-diversity-of-attacks')] : [];
  if (kinds.every((kind) => kind === 'single-step')) {
    const only = reason('Only single-step attacks ran: what they fail to break may still break under a stronger attack.', 'single-step-attacks');
    return { value: 'inconclusive', reasons: [only, ...lacks, ...broken, ...doubts, ...vanished] };
  }
  if (broken.length > 0) return { value: 'inconclusive', reasons: broken };
  if (doubts.length > 0) return { value: 'overestimated', reasons: doubts };
  if (lacks.length + vanished.length > 0) return { value: 'inconclusive', reasons: [...lacks, ...vanished] };
  return { value: 'supported', reasons: [reason('All required kinds of attack ran and no check objected.', 'supported')] };
}
