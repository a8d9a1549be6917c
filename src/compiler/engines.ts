import { engineDeviceUnsupported } from '../errors/engine.errors.js';
import type { CompileCache } from './cache/compile-cache.js';
import { ENGINE_DEVICES, type Device, type EngineName } from './engine.options.js';
import type { Engine } from './program.js';
import { eagerEngine } from './run/eager-engine.js';
import { onnxEngine } from './run/onnx-engine.js';
import { tensorflowDevice } from './tensorflow-backend.js';

export interface EngineSettings {
  /** Default: `cpu`; for `tensorflow` what the installed package computes on. */
  readonly device?: Device | undefined;
  /** Keeps what `onnx` has compiled for `cpu`. */
  readonly cache?: CompileCache | undefined;
}

const engines: { readonly [N in EngineName]: (settings: EngineSettings) => Engine } = {
  onnx: ({ device = 'cpu', cache }) => onnxEngine({ device, cache }),
  tensorflow: ({ device = tensorflowDevice() }) => eagerEngine('tensorflow', device),
  wasm: () => eagerEngine('wasm'),
  cpu: () => eagerEngine('cpu'),
};

/**
 * The engine of that name. What it needs on this host is looked for when it first compiles: `engine-unavailable`,
 * `device-unavailable`.
 * @throws engine-device-unsupported
 */
export function engineFor(name: EngineName, settings: EngineSettings = {}): Engine {
  const { device } = settings;
  if (device !== undefined && !ENGINE_DEVICES[name].includes(device)) throw engineDeviceUnsupported(name, device, ENGINE_DEVICES[name]);
  return engines[name](settings);
}
