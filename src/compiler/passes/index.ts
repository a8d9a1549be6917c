import type { Graph } from '../graph/graph.js';
import { verify } from '../graph/verify.js';
import { commonSubexpressions } from './common-subexpressions.js';
import { constantFolding } from './constant-folding.js';
import { deadCode } from './dead-code.js';
import { matmulTransposes } from './matmul-transposes.js';
import type { Pass } from './pass.js';
import { simplification } from './simplification.js';
import { transposeSinking } from './transpose-sinking.js';

/** In order; the second round of local passes cleans up behind the moved transposes. */
export const pipeline: readonly Pass[] = [
  simplification, constantFolding, commonSubexpressions,
  transposeSinking, matmulTransposes,
  simplification, constantFolding, commonSubexpressions,
  deadCode,
];

export interface OptimiseOptions {
  /** Is shown the graph after every pass. */
  readonly debug?: (pass: string, graph: Graph) => void;
}

/** The graph after all passes, verified after each. Same leaves and results; values differ by rounding only. */
export function optimise(graph: Graph, { debug }: OptimiseOptions = {}): Graph {
  return pipeline.reduce((before, pass) => {
    const after = pass.run(before);
    verify(after, `after ${pass.name}`);
    debug?.(pass.name, after);
    return after;
  }, graph);
}

export type { Pass } from './pass.js';
