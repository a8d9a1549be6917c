import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { modelUnreadable } from '../../errors/engine.errors.js';
import type { Device } from '../engine.options.js';
import type { DType, HostTensor } from '../tensors.js';

env.logLevel = 'fatal'; // errors are thrown, not printed

export interface BindingOptions {
  /** Threads inside one kernel of the CPU; 0 or absent lets ONNX Runtime choose (one per core). */
  readonly threads?: number;
  /** What it has no kernel for runs on the CPU. */
  readonly device: Exclude<Device, 'cpu'>;
  /** Names of nodes that run on the CPU although the device has kernels for them; `webgpu` only. */
  readonly onCpu?: readonly string[];
  /** Outputs that stay in memory of the device; `webgpu` only. */
  readonly deviceOutputs?: readonly string[];
  /** ONNX Runtime times every kernel, and writes the times to a file whose path begins so when the profile ends. */
  readonly profilePrefix?: string;
}

function executionProviders(device: BindingOptions['device'], onCpu: readonly string[]): InferenceSession.SessionOptions['executionProviders'] {
  switch (device) {
    case 'cuda': return ['cuda', 'cpu'];
    // The option is ONNX Runtime's, its type package does not list it.
    case 'webgpu': return [{ name: 'webgpu', ...(onCpu.length > 0 && { forceCpuNodeNames: onCpu }) }, 'cpu'];
  }
}

/** Options of ONNX Runtime. */
function ortOptions({ threads = 0, device, onCpu = [], deviceOutputs, profilePrefix }: BindingOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: executionProviders(device, onCpu)!,
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4, // errors are thrown
    ...(deviceOutputs && { preferredOutputLocation: Object.fromEntries(deviceOutputs.map((name) => [name, 'gpu-buffer' as const])) }),
    ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
}

/** Opens an ONNX model through the Node.js binding. @throws onnx-model-unreadable */
export async function createBindingSession(model: Uint8Array, options: BindingOptions): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, ortOptions(options));
  } catch (error) {
    throw modelUnreadable(error instanceof Error ? error.message : String(error));
  }
}

/** A view of host memory as an ONNX Runtime tensor; nothing is copied. */
export function toOrtTensor({ dtype, data, shape }: HostTensor): Tensor {
  return new Tensor(dtype, data, [...shape]);
}

/** The memory of a CPU result; ONNX Runtime hands results over, so nothing is copied. */
export function fromOrtTensor(tensor: Tensor): HostTensor {
  return { dtype: dtypeOf(tensor.type), shape: tensor.dims, data: tensor.data as HostTensor['data'] };
}

function dtypeOf(type: Tensor.Type): DType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw modelUnreadable(`it has a tensor of type ${type}; accepted are float32, int32 and bool`);
}
