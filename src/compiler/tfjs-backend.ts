import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import './gradients/index.js';
import type { Device } from './engine.options.js';
import { loadTensorflow } from './tensorflow-backend.js';

tf.enableProdMode(); // no advertisement on standard error

export type EagerBackend = 'cpu' | 'wasm' | 'tensorflow';

/**
 * Loads the WebAssembly backend without making it the current one: TensorFlow.js refuses every operation while the
 * initialisation of the current backend is pending, so the instance is built first and registered when it is ready.
 */
async function loadWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  const factory = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  const instance = await factory();
  tf.registerBackend('wasm', () => instance, 0);
}

let wasmLoaded: Promise<void> | undefined;

/** Makes an eager TensorFlow.js backend ready for `onBackend`. @throws engine-unavailable */
export async function loadBackend(name: EagerBackend, device: Device): Promise<void> {
  if (name === 'wasm') await (wasmLoaded ??= loadWasm());
  if (name === 'tensorflow') await loadTensorflow(device);
}

/**
 * Runs `body` with `name` as the current TensorFlow.js backend and restores the previous one; synchronous, so nothing
 * else sees the switch. The backend must initialise synchronously (`loadBackend`).
 */
export function onBackend<T>(name: string, body: () => T): T {
  const engine = tf.engine();
  const previous = engine.backendName || 'cpu';
  void engine.setBackend(name);
  try {
    return body();
  } finally {
    void engine.setBackend(previous);
  }
}
