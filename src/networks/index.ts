export { createNetwork, DEFAULT_NORMALISATION, MAX_PARAMETERS } from './create-network.js';
export { classifierPrograms, crossEntropy, oneHot, type ClassifierPrograms } from './classifier-programs.js';
export { forward, initialise, modelState, parameterCount, type ForwardOptions, type Network, type Segment } from './network.js';
export { required, type MaskSpec, type VariableSpec } from './layer.js';
export { valueAndGradients } from './value-and-gradients.js';
export type { InputNormalisation, NetworkOptions, NetworkRequest } from './network.options.js';
