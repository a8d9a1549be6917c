import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { deviceUnavailable } from '../../errors/engine.errors.js';
import type { Device } from '../engine.options.js';
import { encodeModel } from '../lower/index.js';
import { createBindingSession } from './binding-session.js';

/** What a host needs to have, by device. */
const needs: Readonly<Record<Exclude<Device, 'cpu'>, string>> = {
  webgpu: 'It needs a graphics driver with Vulkan, Metal or Direct3D 12; on Linux the library libvulkan.so.1 and the driver of the GPU.',
  cuda: 'It needs Linux on x64 with an NVIDIA GPU, CUDA 12, cuDNN 9 and the provider libraries of onnxruntime-node, which its install script fetches.',
};

/** y = x x + x, for a square x: one product and one elementwise kernel. */
const trialModel = (): Uint8Array => {
  const value = (name: string) => ({ name, type: 'float32' as const, dims: [2, 2] });
  return encodeModel({
    name: 'trial', initialisers: [], inputs: [value('x')], outputs: [value('y')],
    nodes: [
      { opType: 'MatMul', inputs: ['x', 'x'], outputs: ['square'], attributes: {} },
      { opType: 'Add', inputs: ['square', 'x'], outputs: ['y'], attributes: {} },
    ],
  });
};

/** Runs the trial model; @throws Error when it cannot be run or gives another result. */
async function tryDevice(device: Exclude<Device, 'cpu'>): Promise<void> {
  let session: InferenceSession | undefined;
  try {
    session = await createBindingSession(trialModel(), { device });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) });
    const values = Array.from(y!.data as Float32Array);
    const expected = [8, 12, 18, 26]; // [[7, 10], [15, 22]] + [[1, 2], [3, 4]]
    if (values.some((value, i) => Math.abs(value - expected[i]!) > 0.01)) throw new Error(`a trial program gave ${values.join(', ')} instead of ${expected.join(', ')}`);
  } finally {
    await session?.release();
  }
}

const tried = new Map<Device, Promise<void>>();

/**
 * Makes sure, once in a process, that ONNX Runtime really computes on the device.
 * @throws device-unavailable with ONNX Runtime's reason and what the host would need
 */
export function ensureDevice(device: Device): Promise<void> {
  if (device === 'cpu') return Promise.resolve();
  const known = tried.get(device);
  if (known) return known;
  const trial = tryDevice(device).catch((error: unknown) => {
    tried.delete(device);
    throw deviceUnavailable(device, error instanceof Error ? error.message.trim().replace(/\.$/, '') : String(error), needs[device]);
  });
  tried.set(device, trial);
  return trial;
}
