import * as tf from '@tensorflow/tfjs-core';
import { convolutionGradients } from './convolutions.js';
import { decomposedGradients } from './decomposed.js';
import { elementwiseGradients } from './elementwise.js';
import { indexingGradients } from './indexing.js';
import { networkGradients } from './networks.js';
import { reductionGradients } from './reductions.js';
import { shapeGradients } from './shape.js';
import { keepTapeInOrder } from './tape-order.js';

/**
 * Gradient rules of the TensorFlow.js kernels. The Node build of tfjs-core carries none, and its own are ES modules
 * that Node cannot resolve; these also keep to operations whose graphs do not depend on the batch size.
 */
export const gradientRules = [
  ...elementwiseGradients, ...reductionGradients, ...shapeGradients, ...indexingGradients, ...networkGradients, ...convolutionGradients,
  ...decomposedGradients,
];

/** Makes these the rules of the process, in place of any that another package has registered. */
export function registerGradients(): void {
  for (const rule of gradientRules) tf.registerGradient(rule);
}

keepTapeInOrder();
registerGradients();
