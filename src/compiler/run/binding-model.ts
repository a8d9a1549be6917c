import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { createBindingSession, fromOrtTensor, toOrtTensor, type BindingOptions } from './binding-session.js';
import { DeviceTensor, type HostMemory, type ModelResult, type ModelTensor, type OpenModel } from './open-model.js';

/** A model on another device than the CPU, called through ONNX Runtime's Node.js binding. */
export class BindingModel implements OpenModel {
  private constructor(private readonly session: InferenceSession) {}

  static async open(model: Uint8Array, options: BindingOptions): Promise<BindingModel> {
    return new BindingModel(await createBindingSession(model, options));
  }

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.session.outputNames;
  }

  async run(source: (name: string) => ModelTensor, destination: (name: string) => HostMemory | undefined): Promise<ReadonlyMap<string, ModelResult>> {
    const feeds: Record<string, Tensor> = {};
    for (const name of this.inputNames) {
      const tensor = source(name);
      feeds[name] = tensor instanceof DeviceTensor ? tensor.ort : toOrtTensor(tensor.host);
    }
    const memories = new Map(this.outputNames.map((name) => [name, destination(name)]));
    const fetches = Object.fromEntries([...memories].map(([name, memory]) => [name, memory ? toOrtTensor(memory.host) : null]));
    const values = await this.session.run(feeds, fetches);
    const results = new Map<string, ModelResult>();
    for (const [name, memory] of memories) {
      const result = resultOf(values[name]!);
      if (!memory) results.set(name, result);
      else if (result instanceof DeviceTensor) throw new Error(`internal: ${name} has memory on the host, and was left on the device`);
      // Sessions with outputs that stay on the device do not write to given memory.
      else if (result.data !== memory.host.data) memory.host.data.set(result.data);
    }
    return results;
  }

  endProfile(): void {
    this.session.endProfiling();
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

const resultOf = (tensor: Tensor): ModelResult => (tensor.location === 'gpu-buffer' ? new DeviceTensor(tensor) : fromOrtTensor(tensor));
