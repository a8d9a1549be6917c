import type { NamedTensors } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import { drawNumbers, type StreamCounters } from './draw-numbers.js';
import { makeEntry } from './entry.js';
import { initialState } from './initial-state.js';

/**
 * An expression as a part of other programs, such as the loss of a training step or the objective of an attack: a pure
 * function that works in traces, in gradients and eagerly.
 */
export interface ExpressionFunction {
  /**
   * @param inputs tensors of the inputs, and of the random numbers that `random` names.
   * @param shared tensors of the shared variables.
   * @returns outputs, and new values of the shared variables that have an update.
   */
  apply(inputs: NamedTensors, shared: NamedTensors): { readonly outputs: NamedTensors; readonly updates: NamedTensors };
  /** First values of the shared variables. */
  initial(): NamedHostTensors;
  /** Random numbers of one call, for known lengths and the number of calls that each stream has answered. */
  random(lengths: Binding, counters: StreamCounters): NamedHostTensors;
}

/** @param module its inputs must be what the surrounding program can give. */
export function expressionFunction(module: ExpressionModule): ExpressionFunction {
  const { program, draws } = makeEntry(module, { outputs: module.outputs, updates: module.updates, sharedAsInputs: false });
  return {
    apply(inputs, shared) {
      const { outputs, state = {} } = program.apply(shared, inputs);
      return { outputs, updates: state };
    },
    initial: () => initialState(module),
    random: (lengths, counters) => drawNumbers(draws, module.streams, counters, lengths),
  };
}
