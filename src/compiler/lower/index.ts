export { lowerModel, lowerToOnnx, type LoweredModel, type LoweringOptions } from './lower.js';
export { encodeModel, type ExternalRange, type OnnxNode } from './onnx-proto.js';
