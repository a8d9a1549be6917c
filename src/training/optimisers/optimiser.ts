import type { OptimiserOptions } from './optimiser.options.js';
import { addDecayedWeights, chain, clipByGlobalNorm, scaleByAdam, scaleByLearningRate, scaleByRms, trace, type Transform } from './transform.js';

/** Only where it does something: a weight of 0 costs no operation. */
const decay = (weightDecay: number): Transform[] => (weightDecay === 0 ? [] : [addDecayedWeights(weightDecay)]);
const momentum = (share: number, nesterov: boolean): Transform[] => (share === 0 ? [] : [trace(share, nesterov)]);

function core(options: OptimiserOptions): Transform[] {
  switch (options.name) {
    case 'sgd': return [...decay(options.weightDecay), ...momentum(options.momentum, options.nesterov)];
    case 'adam': return [...decay(options.weightDecay), scaleByAdam(options.beta1, options.beta2, options.epsilon)];
    case 'adamw': return [scaleByAdam(options.beta1, options.beta2, options.epsilon), ...decay(options.weightDecay)];
    case 'rmsprop': return [...decay(options.weightDecay), scaleByRms(options.decay, options.epsilon), ...momentum(options.momentum, false)];
  }
}

/** The chain of transforms that an optimiser is. */
export const optimiser = (options: OptimiserOptions): Transform => chain(
  ...(options.clipGlobalNorm === undefined ? [] : [clipByGlobalNorm(options.clipGlobalNorm)]),
  ...core(options),
  scaleByLearningRate(),
);
