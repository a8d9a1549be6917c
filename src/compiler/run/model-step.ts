import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph } from '../graph/graph.js';
import { lowerToOnnx } from '../lower/index.js';
import { createSession } from './session.js';

/** Gives the tensor of a name of `valueNames`: one to read, or memory to write. */
export type TensorSource = (name: string) => Tensor | null;

/** One model segment as an ONNX Runtime session. */
export class ModelStep {
  private constructor(private readonly session: InferenceSession) {}

  static async open(graph: Graph, threads: number): Promise<ModelStep> {
    return new ModelStep(await createSession(lowerToOnnx(graph), { threads, spinning: true }));
  }

  /** Runs once; @returns the outputs by name, those that `destination` has no memory for in fresh memory. */
  async run(source: (name: string) => Tensor, destination: TensorSource): Promise<Readonly<Record<string, Tensor>>> {
    const feeds: Record<string, Tensor> = {};
    const fetches: Record<string, Tensor | null> = {};
    for (const name of this.session.inputNames) feeds[name] = source(name);
    for (const name of this.session.outputNames) fetches[name] = destination(name);
    return this.session.run(feeds, fetches);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}
