import { NativeSession, type SessionOptions } from '../onnxruntime/native-session.js';
import type { NativeTensor } from '../onnxruntime/native-tensor.js';
import { DeviceTensor, type HostMemory, type ModelResult, type ModelTensor, type OpenModel } from './open-model.js';

/** A model on the CPU, called through ONNX Runtime's C interface. */
export class NativeModel implements OpenModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  private constructor(private readonly session: NativeSession) {
    this.inputNames = session.inputs.map(({ name }) => name);
    this.outputNames = session.outputs.map(({ name }) => name);
  }

  static async open(model: Uint8Array, options: SessionOptions): Promise<NativeModel> {
    return new NativeModel(await NativeSession.create(model, options));
  }

  run(source: (name: string) => ModelTensor, destination: (name: string) => HostMemory | undefined): Promise<ReadonlyMap<string, ModelResult>> {
    const inputs = this.inputNames.map((name) => onHost(source(name)));
    const values = this.session.run(inputs, this.outputNames.map((name) => destination(name)?.tensor));
    const results = new Map<string, ModelResult>();
    values.forEach((value, i) => {
      if (value) results.set(this.outputNames[i]!, value);
    });
    return Promise.resolve(results);
  }

  endProfile(): void {
    this.session.endProfile();
  }

  release(): Promise<void> {
    this.session.release();
    return Promise.resolve();
  }
}

function onHost(tensor: ModelTensor): NativeTensor {
  if (tensor instanceof DeviceTensor) throw new Error('internal: a model on the CPU was given a tensor of another device');
  return tensor.tensor;
}
