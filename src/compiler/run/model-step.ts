import type { Graph } from '../graph/graph.js';
import { lowerModel, type LoweredModel } from '../lower/index.js';
import type { OpenModel } from './open-model.js';

/** One model segment, open. */
export class ModelStep {
  private constructor(readonly model: OpenModel) {}

  /** @param open opens the model that it is given, or a stored form of it */
  static async open(graph: Graph, open: (lower: () => LoweredModel) => Promise<OpenModel>): Promise<ModelStep> {
    return new ModelStep(await open(() => lowerModel(graph)));
  }
}
