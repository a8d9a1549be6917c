import type * as tf from '@tensorflow/tfjs-core';
import { scanResults, scanStateMismatch, scanTruncation, scanUntilMismatch } from '../../errors/control.errors.js';
import type { NamedTensors } from '../program.js';
import type { LoopResult, LoopSpec, StepResult } from './loop-spec.js';
import { runLoop } from './run-loop.js';
import { countSteps, sequenceTaps, stateTaps, viewed, type SequenceTaps, type StateTaps, type Tapped } from './taps.js';
import { truncated } from './truncation.js';

export interface ScanStep {
  /** The new value of every state, by name. */
  readonly states: NamedTensors;
  /** Values to stack; every step gives the same names. */
  readonly outputs?: NamedTensors;
}

export interface ScanOptions {
  /** Read position by position along the first axis. */
  readonly sequences?: Readonly<Record<string, Tapped>>;
  /** First values of the states. */
  readonly initial?: Readonly<Record<string, Tapped>>;
  /** Passed to every step as they are. A step may as well read tensors from around it: gradients reach both. */
  readonly fixed?: NamedTensors;
  /** Number of steps; that of the positions of the sequences unless given. */
  readonly steps?: number;
  /** From the last position to the first. Outputs keep the position of their step; state taps count steps. */
  readonly backwards?: boolean;
  /** Gradients flow through the last so many steps only, in the order of the steps. */
  readonly truncateGradient?: number;
  /** Records the steps one after another in place of a loop. */
  readonly unroll?: boolean;
  /**
   * A bool of the results of a step: where true, the step is the last. States are those of that step; outputs are 0 at
   * the positions that no step reaches. Inside a gradient all steps are computed and the superfluous ones ignored.
   */
  readonly until?: (step: ScanStep) => tf.Tensor;
  /** One step. A tapped tensor `x` is called `x[t-2]`, `x[t]`, ... by its taps, others by their name alone. */
  body(slices: NamedTensors, states: NamedTensors, fixed: NamedTensors): ScanStep;
}

export interface ScanResult {
  /** Values after the last step. */
  readonly states: NamedTensors;
  /** [steps, ...] each. */
  readonly outputs: NamedTensors;
}

const describe = ({ dtype, shape }: tf.Tensor): string => `${dtype}[${shape.join(',')}]`;
const list = (names: readonly string[]): string => names.join(', ') || 'none';

/** Checks what a step gives; names of outputs are those of the first step. */
class StepCheck {
  private outputs: readonly string[] | undefined;

  constructor(private readonly states: readonly StateTaps[]) {}

  /** @throws scan-results-differ, scan-state-mismatch */
  ordered({ states, outputs = {} }: ScanStep): { states: tf.Tensor[]; outputs: tf.Tensor[] } {
    const names = this.states.map(({ name }) => name);
    this.expectNames('states', Object.keys(states), names);
    this.outputs ??= Object.keys(outputs);
    this.expectNames('outputs', Object.keys(outputs), this.outputs);
    for (const { name, initial } of this.states) {
      if (describe(states[name]!) !== describe(initial[0]!)) throw scanStateMismatch(name, describe(states[name]!), describe(initial[0]!));
    }
    return { states: names.map((name) => states[name]!), outputs: this.outputs.map((name) => outputs[name]!) };
  }

  named(values: readonly tf.Tensor[]): NamedTensors {
    return Object.fromEntries((this.outputs ?? []).map((name, i) => [name, values[i]!]));
  }

  private expectNames(what: string, given: readonly string[], accepted: readonly string[]): void {
    if (given.length !== accepted.length || !accepted.every((name) => given.includes(name))) throw scanResults(what, list(given), list(accepted));
  }
}

/** The loop over registers: each state's values of the last steps, the newest first. */
function specOf(options: ScanOptions, sequences: readonly SequenceTaps[], states: readonly StateTaps[], steps: number, check: StepCheck): LoopSpec {
  const views = sequences.flatMap((sequence) => sequence.views.map((view) => ({ ...view, tensor: sequence.tensor })));
  const { fixed = {}, until } = options;
  return {
    steps,
    reverse: options.backwards ?? false,
    endsEarly: until !== undefined,
    sequences: views.map(({ tensor, offset }) => viewed(tensor, offset, steps)),
    states: states.flatMap(({ initial }) => initial),
    step(slices, registers): StepResult {
      let start = 0;
      const held = states.map(({ initial }) => registers.slice(start, (start += initial.length)));
      const seen = states.flatMap((state, i) => state.views.map(({ name, back }) => [name, held[i]![back - 1]!] as const));
      const step = options.body(Object.fromEntries(views.map(({ name }, i) => [name, slices[i]!])), Object.fromEntries(seen), fixed);
      const { states: next, outputs } = check.ordered(step);
      const stop = until?.(step);
      if (stop && describe(stop) !== 'bool[]') throw scanUntilMismatch(describe(stop));
      return { states: next.flatMap((value, i) => [value, ...held[i]!.slice(0, -1)]), outputs, until: stop };
    },
  };
}

/**
 * A recurrence: `body` is called for each position of the sequences with its slices and the states that the step before
 * left. Works eagerly, in traces, in gradients and inside other bodies. In a trace the body is recorded once, whatever
 * the number of steps, so it must be a function of its arguments and of tensors that do not change.
 *
 *   const { outputs } = scan({ steps: 10, initial: { power: tf.onesLike(a) }, body: (_, { power }) => ({
 *     states: { power: tf.mul(power!, a) }, outputs: { power: power! } }) }); // 1, a, a^2, ...
 *
 * Gradients are those of all steps, by an adjoint loop that runs the other way over stored values.
 * @throws scan-steps-out-of-range, scan-without-steps, scan-sequence-length, scan-taps-invalid, scan-initial-shape,
 *   scan-results-differ, scan-state-mismatch, scan-until-mismatch, scan-truncation-out-of-range, scan-unrolled-too-large
 */
export function scan(options: ScanOptions): ScanResult {
  const sequences = Object.entries(options.sequences ?? {}).map(([name, given]) => sequenceTaps(name, given));
  const states = Object.entries(options.initial ?? {}).map(([name, given]) => stateTaps(name, given));
  const steps = countSteps(sequences, options.steps);
  const check = new StepCheck(states);
  const spec = specOf(options, sequences, states, steps, check);
  const { truncateGradient = steps, unroll = false } = options;
  if (!Number.isInteger(truncateGradient) || truncateGradient < 1 || truncateGradient > steps) throw scanTruncation(truncateGradient, steps);
  const run = (loop: LoopSpec): LoopResult => runLoop(loop, unroll);
  const result = truncateGradient === steps ? run(spec) : truncated(spec, truncateGradient, run);
  let start = 0;
  const last = states.map(({ name, initial }) => [name, result.states[(start += initial.length) - initial.length]!] as const);
  return { states: Object.fromEntries(last), outputs: check.named(result.outputs) };
}
