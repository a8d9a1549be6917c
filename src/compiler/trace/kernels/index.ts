import type { KernelRules } from '../kernel-rule.js';
import { convolutionKernels } from './convolution.js';
import { elementwiseKernels } from './elementwise.js';
import { indexingKernels } from './indexing.js';
import { matmulKernels } from './matmul.js';
import { normalisationKernels } from './normalisation.js';
import { poolingKernels } from './pooling.js';
import { reductionKernels } from './reductions.js';
import { shapeKernels } from './shape.js';

/** What each supported TensorFlow.js kernel records. */
export const kernelRules: KernelRules = {
  ...elementwiseKernels, ...reductionKernels, ...matmulKernels, ...convolutionKernels, ...poolingKernels, ...normalisationKernels,
  ...shapeKernels, ...indexingKernels,
};
