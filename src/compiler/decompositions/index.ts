import type { Decompositions } from './decomposition.js';
import { functionDecompositions } from './functions.js';
import { matrixDecompositions } from './matrices.js';
import { morphologyDecompositions } from './morphology.js';
import { rearrangingDecompositions } from './rearranging.js';
import { resizingDecompositions } from './resizing.js';
import { samplingDecompositions } from './sampling.js';
import { scanDecompositions } from './scans.js';
import { scatteringDecompositions } from './scattering.js';
import { volumeDecompositions } from './volumes.js';

/** Kernels that are recorded as others. */
export const decompositions: Decompositions = {
  ...functionDecompositions, ...scanDecompositions, ...scatteringDecompositions, ...matrixDecompositions, ...rearrangingDecompositions,
  ...resizingDecompositions, ...samplingDecompositions, ...morphologyDecompositions, ...volumeDecompositions,
};
