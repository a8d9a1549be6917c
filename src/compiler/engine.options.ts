/** Ways of running programs: compiled on ONNX Runtime, or eagerly by a TensorFlow.js backend. */
export const ENGINE_NAMES = ['onnx', 'tensorflow', 'wasm', 'cpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** Where kernels compute. */
export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;
export type Device = (typeof DEVICES)[number];

/** Devices that an engine can compute on. */
export const ENGINE_DEVICES: Readonly<Record<EngineName, readonly Device[]>> = {
  onnx: DEVICES,
  tensorflow: ['cpu', 'cuda'],
  wasm: ['cpu'],
  cpu: ['cpu'],
};
