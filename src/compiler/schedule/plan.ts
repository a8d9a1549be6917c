import { findClusters, meansAsSums, type Cluster, type LoopPolicy } from '../fuse/index.js';
import type { Graph, Node } from '../graph/graph.js';
import { makeSchedule, valueNames, type Schedule } from './schedule.js';

/** What runs in a call: the segments of the schedule, then the updates in place, then the second buffers are swapped in. */
export interface ProgramPlan {
  readonly graph: Graph;
  readonly schedule: Schedule;
  /** State that WebAssembly kernels replace in place. */
  readonly clusters: readonly Cluster[];
  /** State whose new value goes into a second buffer. */
  readonly swapped: readonly string[];
}

/** @param loops what is cut out as WebAssembly kernels; without it there are none, and all updates swap buffers. */
export function planProgram(laidOut: Graph, loops: LoopPolicy | undefined): ProgramPlan {
  const graph = loops ? meansAsSums(laidOut) : laidOut;
  const clusters = loops ? findClusters(graph) : [];
  const replaced = new Set(clusters.flatMap(({ updates }) => updates.map(([name]) => name)));
  const swapped = Object.keys(graph.updates).filter((name) => !replaced.has(name));
  const results = new Map<string, Node>([
    ...Object.entries(graph.outputs).map(([name, node]): [string, Node] => [valueNames.output(name), node]),
    ...swapped.map((name): [string, Node] => [valueNames.update(name), graph.updates[name]!]),
  ]);
  return { graph, schedule: makeSchedule(graph, results, { loops, readAfter: updateOperands(clusters) }), clusters, swapped };
}

/** What update kernels read. */
export const updateOperands = (clusters: readonly Cluster[]): Node[] => [...new Set(clusters.flatMap(({ tensors, scalars }) => [...tensors, ...scalars]))];
