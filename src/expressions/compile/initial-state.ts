import * as tf from '@tensorflow/tfjs-core';
import { toHost, toTensor } from '../../compiler/host-tensors.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import { involved, type Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import { checkBinding } from './check-binding.js';
import { drawNumbers } from './draw-numbers.js';
import { Emission } from './emission.js';

/** The first values of the shared variables, computed on eager `cpu`: the same on every engine. */
export function initialState(module: ExpressionModule): NamedHostTensors {
  const terms = Array.from(module.shared.values(), ({ initial }) => initial);
  checkBinding({ ...module, requirements: [] }, terms, {}); // those of unknown dimensions are not theirs
  return onBackend('cpu', () => {
    tf.engine().startScope('initial values');
    try {
      const given = new Map<Term, tf.Tensor>();
      for (const term of involved(terms)) {
        if (term.definition.kind !== 'draw') continue;
        const { draw } = term.definition;
        given.set(term, toTensor(drawNumbers([draw], module.streams, {}, {})[draw.input]!));
      }
      const tensors = new Emission({}, given).tensors(terms);
      return Object.fromEntries(Array.from(module.shared.keys(), (name, i) => [name, toHost(tensors[i]!)]));
    } finally {
      tf.engine().endScope();
    }
  });
}
