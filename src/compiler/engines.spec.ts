import { createRequire } from 'node:module';
import { listSupportedBackends } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { engineFor } from './engines.js';
import type { Engine, Program } from './program.js';
import { tensorflowDevice } from './tensorflow-backend.js';

const program: Program = { name: 'constant', apply: (_, { x }) => ({ outputs: { x: x! } }) };
const compile = (engine: Engine) => engine.compile(program, { state: {}, inputs: { x: { dtype: 'float32', shape: [1] } } }, { state: {} });

function isInstalled(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== '';
  } catch {
    return false;
  }
}
const hasTensorflow = isInstalled('@tensorflow/tfjs-node') || isInstalled('@tensorflow/tfjs-node-gpu');
const hasCuda = listSupportedBackends().some(({ name, bundled }) => name === 'cuda' && bundled);

describe('engines', () => {
  it('say where they compute', () => {
    expect([engineFor('onnx').device, engineFor('cpu').device, engineFor('wasm', { device: 'cpu' }).device]).toEqual(['cpu', 'cpu', 'cpu']);
    expect(engineFor('onnx', { device: 'webgpu' })).toMatchObject({ name: 'onnx', device: 'webgpu' });
    expect(engineFor('tensorflow').device).toBe(tensorflowDevice());
  });

  it('refuse a device that they do not compute on', () => {
    expect(() => engineFor('wasm', { device: 'cuda' })).toThrow("The engine 'wasm' does not compute on 'cuda'; accepted is cpu.");
    expect(() => engineFor('tensorflow', { device: 'webgpu' })).toThrow(/accepted is cpu or cuda/);
  });

  it.skipIf(hasTensorflow)('say how to get the package of tensorflow', async () => {
    await expect(compile(engineFor('tensorflow'))).rejects.toMatchObject({ code: 'engine-unavailable', status: 503 });
    await expect(compile(engineFor('tensorflow', { device: 'cuda' }))).rejects.toThrow(/@tensorflow\/tfjs-node-gpu is not installed\. docs\/engines\.md/);
  });

  it.skipIf(hasCuda)('say what a device needs that is not there', async () => {
    const failed = compile(engineFor('onnx', { device: 'cuda' }));
    await expect(failed).rejects.toMatchObject({ code: 'device-unavailable', status: 503 });
    await expect(failed).rejects.toThrow(/cannot compute on 'cuda' here: .*It needs Linux on x64 with an NVIDIA GPU/);
    await expect(compile(engineFor('onnx', { device: 'cuda' }))).rejects.toMatchObject({ code: 'device-unavailable' }); // tried again
  });
});
