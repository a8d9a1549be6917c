import { defineError } from './define.js';

export const scanStepsOutOfRange = defineError('scan-steps-out-of-range', 422, 'Number of steps out of range', (steps: number, most: number) =>
  `scan: ${steps} steps; accepted is a whole number from 1 to ${most}.`);

export const scanWithoutSteps = defineError('scan-without-steps', 422, 'Loop without a number of steps', () =>
  'scan: there is no sequence and no `steps`; one of them must say how many steps there are.');

export const scanSequenceLength = defineError(
  'scan-sequence-length', 422, 'Sequence too short',
  (name: string, shape: string, taps: string, steps: number, least: number) =>
    `scan: the sequence '${name}' is ${shape}; ${steps} steps with the taps ${taps} need at least ${least} positions along its first axis.`,
);

export const scanTaps = defineError('scan-taps-invalid', 422, 'Taps not accepted', (name: string, taps: string, accepted: string) =>
  `scan: the taps of '${name}' are ${taps}; accepted are ${accepted}.`);

export const scanInitialShape = defineError('scan-initial-shape', 422, 'First values of a state do not fit its taps', (name: string, shape: string, count: number) =>
  `scan: the first values of '${name}' are ${shape}; its taps need ${count} of them along the first axis, the oldest first.`);

export const scanResults = defineError(
  'scan-results-differ', 422, 'Step gives other results',
  (what: string, given: string, accepted: string) => `scan: a step gives the ${what} ${given}; accepted are ${accepted}.`,
);

export const scanStateMismatch = defineError('scan-state-mismatch', 422, 'State changes its shape or type', (name: string, given: string, accepted: string) =>
  `scan: a step makes the state '${name}' ${given}; it starts as ${accepted} and must stay so.`);

export const scanUntilMismatch = defineError('scan-until-mismatch', 422, 'End of a loop is not one bool', (given: string) =>
  `scan: \`until\` is ${given}; accepted is bool[].`);

export const scanTruncation = defineError('scan-truncation-out-of-range', 422, 'Truncation out of range', (given: number, steps: number) =>
  `scan: truncateGradient is ${given}; accepted is a whole number from 1 to the number of steps, ${steps}.`);

export const scanUnrolledTooLarge = defineError(
  'scan-unrolled-too-large', 422, 'Unrolled loop too large',
  (steps: number, nodes: number, most: number) =>
    `scan: ${steps} steps of ${nodes} operations each are recorded one by one, ${steps * nodes} in all; accepted are ${most}. ` +
    'A loop is unrolled when `unroll` asks for it and inside a gradient of a gradient.',
);
