import type { Strips } from '../schedule/strips.js';
import { HostView } from './host-view.js';
import { DeviceTensor, type HostMemory, type ModelResult, type ModelTensor, type OpenModel } from './open-model.js';

/** The model of one strip, run over all strips of its tensors. */
export class StripModel implements OpenModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  constructor(private readonly inner: OpenModel, private readonly strips: Strips) {
    this.inputNames = inner.inputNames;
    this.outputNames = inner.outputNames;
  }

  async run(source: (name: string) => ModelTensor, destination: (name: string) => HostMemory | undefined): Promise<ReadonlyMap<string, ModelResult>> {
    const { elements, strip, parts } = this.strips;
    const inputs = new Map(this.inputNames.map((name) => [name, source(name)]));
    const outputs = new Map(this.outputNames.map((name) => [name, destination(name)!]));
    for (let next = 0; next < elements; next += strip) {
      const start = Math.min(next, elements - strip); // the last strip repeats some elements of the one before
      const views: HostView[] = [];
      const partOf = (memory: ModelTensor): HostView => {
        const view = part(memory, start, strip);
        views.push(view);
        return view;
      };
      await this.inner.run((name) => (parts.has(name) ? partOf(inputs.get(name)!) : inputs.get(name)!), (name) => partOf(outputs.get(name)!));
      for (const view of views) view.tensor.release();
    }
    return new Map();
  }

  endProfile(): void {
    this.inner.endProfile();
  }

  release(): Promise<void> {
    return this.inner.release();
  }
}

function part(memory: ModelTensor, start: number, length: number): HostView {
  if (memory instanceof DeviceTensor) throw new Error('internal: strips of a tensor of another device');
  const { dtype, data } = memory.host;
  return new HostView({ dtype, shape: [length], data: data.subarray(start, start + length) });
}
