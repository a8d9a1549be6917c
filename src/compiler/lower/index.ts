export { lowerToOnnx, type LoweringOptions } from './lower.js';
export type { ExternalRange } from './onnx-proto.js';
