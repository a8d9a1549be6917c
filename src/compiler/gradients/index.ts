import * as tf from '@tensorflow/tfjs-core';
import { elementwiseGradients } from './elementwise.js';
import { networkGradients } from './networks.js';
import { reductionGradients } from './reductions.js';
import { shapeGradients } from './shape.js';

/**
 * Gradient rules of the TensorFlow.js kernels. The Node build of tfjs-core carries none, and its own are ES modules
 * that Node cannot resolve; these also keep to operations whose graphs do not depend on the batch size.
 */
export const gradientRules = [...elementwiseGradients, ...reductionGradients, ...shapeGradients, ...networkGradients];

for (const rule of gradientRules) tf.registerGradient(rule);
