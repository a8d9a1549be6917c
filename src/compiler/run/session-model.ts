import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { executableDisposed } from '../../errors/compiler.errors.js';
import { modelUnreadable } from '../../errors/engine.errors.js';
import { checkTensors } from '../signature.js';
import type { DType, NamedHostTensors, NamedSpecs } from '../tensors.js';
import { CallQueue } from './call-queue.js';
import { createSession, fromOrtTensor, toOrtTensor, type SessionOptions } from './session.js';

/** A stored signature, open: a model without state. */
export interface SessionModel {
  /** What a call takes; -1 is the batch dimension. */
  readonly inputs: NamedSpecs;
  /** Runs once; results are fresh host tensors. Calls are queued. */
  run(inputs: NamedHostTensors): Promise<NamedHostTensors>;
  dispose(): Promise<void>;
}

/**
 * Opens an ONNX model: a file path (external data is found in the model's folder), or bytes (external data is passed
 * in `externalData`). Errors: `onnx-model-unreadable`; a call: `tensor-missing`, `tensor-unknown`,
 * `tensor-mismatch`, `executable-disposed`.
 */
export async function openSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<SessionModel> {
  const session = await createSession(model, options);
  try {
    return new OrtSessionModel(session, specsOf(session.inputMetadata));
  } catch (error) {
    await session.release();
    throw error;
  }
}

class OrtSessionModel implements SessionModel {
  private readonly queue = new CallQueue();
  private disposed = false;

  constructor(private readonly session: InferenceSession, readonly inputs: NamedSpecs) {}

  run(inputs: NamedHostTensors): Promise<NamedHostTensors> {
    return this.queue.add(async () => {
      if (this.disposed) throw executableDisposed('the model');
      checkTensors('the model', 'input', this.inputs, inputs);
      const feeds: Record<string, Tensor> = {};
      for (const name of this.session.inputNames) feeds[name] = toOrtTensor(inputs[name]!);
      const results = await this.session.run(feeds);
      const outputs: NamedHostTensors = {};
      for (const name of this.session.outputNames) outputs[name] = fromOrtTensor(results[name]!);
      return outputs;
    });
  }

  dispose(): Promise<void> {
    return this.queue.add(async () => {
      if (this.disposed) return;
      this.disposed = true;
      await this.session.release();
    });
  }
}

const accepted: readonly string[] = ['float32', 'int32', 'bool'] satisfies DType[];

function specsOf(metadata: readonly InferenceSession.ValueMetadata[]): NamedSpecs {
  return Object.fromEntries(
    metadata.map((value) => {
      if (!value.isTensor || !accepted.includes(value.type)) throw modelUnreadable(`its input '${value.name}' is not a float32, int32 or bool tensor`);
      return [value.name, { dtype: value.type as DType, shape: value.shape.map(dimOf) }];
    }),
  );
}

/** `batch` is -1 and `9*batch` -9; a model from elsewhere may call its batch dimension anything. */
function dimOf(dim: number | string): number {
  if (typeof dim === 'number') return dim;
  const multiple = /^(\d+)\*/.exec(dim);
  return multiple ? -Number(multiple[1]) : -1;
}
