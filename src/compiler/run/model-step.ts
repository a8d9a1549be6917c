import type { Graph } from '../graph/graph.js';
import { lowerModel, type LoweredModel } from '../lower/index.js';
import { findStrips } from '../schedule/strips.js';
import type { OpenModel } from './open-model.js';
import { StripModel } from './strip-model.js';

export interface ModelStepOptions {
  /** Whether elementwise models run strip by strip; host memory only. */
  readonly strips: boolean;
  /** Opens the model that it is given, or a stored form of it. */
  readonly open: (lower: () => LoweredModel) => Promise<OpenModel>;
}

/** One model segment, open. */
export class ModelStep {
  /** @param session what `open` gave @param model what a call runs: the session, or the session on strips of the tensors */
  private constructor(readonly session: OpenModel, readonly model: OpenModel) {}

  static async open(graph: Graph, { strips, open }: ModelStepOptions): Promise<ModelStep> {
    const found = strips ? findStrips(graph) : undefined;
    const session = await open(() => lowerModel(found?.graph ?? graph));
    return new ModelStep(session, found ? new StripModel(session, found) : session);
  }
}
