import { executableDisposed } from '../../errors/compiler.errors.js';
import { modelUnreadable } from '../../errors/engine.errors.js';
import { NativeSession, type SessionOptions, type ValueInfo } from '../onnxruntime/native-session.js';
import { NativeTensor } from '../onnxruntime/native-tensor.js';
import { checkTensors } from '../signature.js';
import type { NamedHostTensors, NamedSpecs, TensorSpec } from '../tensors.js';
import { CallQueue } from './call-queue.js';

/** A stored signature, open: a model without state. */
export interface SessionModel {
  /** What a call takes; -1 is the batch dimension. */
  readonly inputs: NamedSpecs;
  /** Runs once, off the event loop; results are fresh host tensors. Calls are queued. */
  run(inputs: NamedHostTensors): Promise<NamedHostTensors>;
  dispose(): Promise<void>;
}

/**
 * Opens an ONNX model: a file path (external data is found in the model's folder), or bytes (external data is passed
 * in `externalData`). Errors: `onnx-model-unreadable`; a call: `tensor-missing`, `tensor-unknown`,
 * `tensor-mismatch`, `executable-disposed`.
 */
export async function openSession(model: string | Uint8Array, options: SessionOptions = {}): Promise<SessionModel> {
  const session = await NativeSession.create(model, options);
  try {
    return new OrtSessionModel(session, specsOf(session.inputs));
  } catch (error) {
    session.release();
    throw error;
  }
}

class OrtSessionModel implements SessionModel {
  private readonly queue = new CallQueue();
  private disposed = false;

  constructor(private readonly session: NativeSession, readonly inputs: NamedSpecs) {}

  run(inputs: NamedHostTensors): Promise<NamedHostTensors> {
    return this.queue.add(async () => {
      if (this.disposed) throw executableDisposed('the model');
      checkTensors('the model', 'input', this.inputs, inputs);
      const { outputs } = this.session;
      const given = this.session.inputs.map(({ name }) => new NativeTensor(inputs[name]!));
      try {
        const results = await this.session.runInBackground(given, outputs.map(() => undefined));
        return Object.fromEntries(outputs.map(({ name }, i) => [name, results[i]!]));
      } finally {
        for (const tensor of given) tensor.release();
      }
    });
  }

  dispose(): Promise<void> {
    return this.queue.add(() => {
      this.disposed = true;
      this.session.release();
      return Promise.resolve();
    });
  }
}

function specsOf(values: readonly ValueInfo[]): NamedSpecs {
  return Object.fromEntries(
    values.map(({ name, dtype, shape }): [string, TensorSpec] => {
      if (!dtype) throw modelUnreadable(`its input '${name}' is not a float32, int32 or bool tensor`);
      return [name, { dtype, shape: shape.map(dimOf) }];
    }),
  );
}

/** `batch` is -1 and `9*batch` -9; a model from elsewhere may call its batch dimension anything. */
function dimOf(dim: number | string): number {
  if (typeof dim === 'number') return dim;
  const multiple = /^(\d+)\*/.exec(dim);
  return multiple ? -Number(multiple[1]) : -1;
}
