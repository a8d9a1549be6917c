export { lowerForEngine, lowerToOnnx, valueNames, type LoweringOptions } from './lower.js';
export type { ExternalRange } from './onnx-proto.js';
