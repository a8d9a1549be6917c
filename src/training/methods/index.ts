import type { LossFunction } from '../../expressions/index.js';
import { erm } from './erm.js';
import { inputMixup } from './input-mixup.js';
import { manifoldMixup } from './manifold-mixup.js';
import { meanCrossEntropy } from './mean-cross-entropy.js';
import type { MethodOptions } from './method.options.js';
import type { Method } from './method.js';

/** Binds a method's options for batches of `batchSize`, and the loss that it minimises. */
export function createMethod(options: MethodOptions, batchSize: number, loss: LossFunction = meanCrossEntropy): Method {
  switch (options.name) {
    case 'erm': return erm(options, loss);
    case 'input-mixup': return inputMixup(options, batchSize, loss);
    case 'manifold-mixup': return manifoldMixup(options, batchSize, loss);
  }
}

export type { LossArguments, LossResult, Method, StepDraw, Variant } from './method.js';
