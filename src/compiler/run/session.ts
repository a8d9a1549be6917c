import { InferenceSession, Tensor } from 'onnxruntime-node';
import { modelUnreadable } from '../../errors/engine.errors.js';
import type { DType, HostTensor } from '../tensors.js';

/** A file that initialisers point into, given as bytes: `path` is the location written in the model. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface SessionOptions {
  /** Threads inside one kernel; 0 or absent lets ONNX Runtime choose (one per core). */
  readonly threads?: number;
  /**
   * Whether threads spin between kernels: a step of many small kernels gets faster, and idle cores stay busy for a moment
   * after each call. Default false, for processes that do other things too.
   */
  readonly spinning?: boolean;
  /** Only for models given as bytes; a model given as a path finds its files in its own folder. */
  readonly externalData?: readonly ExternalData[];
}

/**
 * Opens an ONNX model on the CPU. Given a path, ONNX Runtime resolves external-data locations against the model's
 * folder and maps the file, so that weights are read from `weights.safetensors` without a second copy; given bytes, it
 * would resolve them against the working directory, so `externalData` must carry them.
 */
export async function createSession(model: string | Uint8Array, { threads = 0, spinning = false, externalData }: SessionOptions): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4, // errors are thrown
    extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    ...(externalData ? { externalData } : {}),
  };
  try {
    return typeof model === 'string' ? await InferenceSession.create(model, options) : await InferenceSession.create(model, options);
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
