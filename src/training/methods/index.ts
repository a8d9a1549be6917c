import { erm } from './erm.js';
import { inputMixup } from './input-mixup.js';
import { manifoldMixup } from './manifold-mixup.js';
import type { MethodOptions } from './method.options.js';
import type { Method } from './method.js';

/** Binds a method's options for batches of `batchSize`. */
export function createMethod(options: MethodOptions, batchSize: number): Method {
  switch (options.name) {
    case 'erm': return erm(options);
    case 'input-mixup': return inputMixup(options, batchSize);
    case 'manifold-mixup': return manifoldMixup(options, batchSize);
  }
}

export type { LossArguments, LossResult, Method, StepDraw, Variant } from './method.js';
