import type { Graph } from '../graph/graph.js';
import { lowerToOnnx } from '../lower/index.js';
import { NativeSession } from '../onnxruntime/native-session.js';
import type { NativeTensor } from '../onnxruntime/native-tensor.js';
import type { HostTensor } from '../tensors.js';

/** One model segment as an ONNX Runtime session. */
export class ModelStep {
  private constructor(private readonly session: NativeSession) {}

  static async open(graph: Graph, threads: number): Promise<ModelStep> {
    return new ModelStep(await NativeSession.create(lowerToOnnx(graph), { threads }));
  }

  /** Runs once; `give` gets the outputs that `destination` has no memory for. Names are those of `valueNames`. */
  run(source: (name: string) => NativeTensor, destination: (name: string) => NativeTensor | undefined, give: (name: string, value: HostTensor) => void): void {
    const { inputs, outputs } = this.session;
    const fetched = this.session.run(inputs.map(({ name }) => source(name)), outputs.map(({ name }) => destination(name)));
    fetched.forEach((value, i) => {
      if (value) give(outputs[i]!.name, value);
    });
  }

  release(): void {
    this.session.release();
  }
}
