import type { Engine, EngineName } from './program.js';
import { eagerEngine } from './run/eager-engine.js';
import { onnxEngine } from './run/onnx-engine.js';

const engines: { readonly [N in EngineName]: () => Engine } = {
  onnx: () => onnxEngine,
  cpu: () => eagerEngine('cpu'),
  wasm: () => eagerEngine('wasm'),
};

/** The engine of that name. */
export const engineFor = (name: EngineName): Engine => engines[name]();
