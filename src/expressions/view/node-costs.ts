import type { ProgramProfile } from '../../compiler/program.js';
import type { GraphDescription } from '../compile/graph-description.js';

/** What a node costs in one call. */
export interface NodeCost {
  readonly milliseconds: number;
  /** Of its results. */
  readonly bytes: number;
  /** 0 to 1, of the most expensive node. */
  readonly time: number;
  readonly size: number;
}

/** Type and operation of a printed line such as `c:float32[2,4] = matmul a b transposeA=false`, with the place in the source. */
const likeness = (line: string, site: string | undefined): string => `${/^[^:]*:(\S+ = \S+)/.exec(line)?.[1]} ${site}`;

/**
 * Costs of the nodes of a graph, by letter. The profile's letters are those of the parts that ran, so that nodes are found by
 * type, operation and place; nodes that are alike share the cost of their kernels. What ran in another form has none.
 */
export function nodeCosts(graph: GraphDescription, { calls, rows }: ProgramProfile): Map<string, NodeCost> {
  const lines = graph.printed.split('\n');
  const alike = new Map<string, string[]>();
  const sites = new Map(graph.nodes.map(({ id, site }) => [id, site]));
  for (const line of lines) {
    const id = line.slice(0, line.indexOf(':'));
    if (!sites.has(id)) continue;
    const key = likeness(line, sites.get(id));
    alike.set(key, [...(alike.get(key) ?? []), id]);
  }
  const sums = new Map<string, { milliseconds: number; bytes: number }>();
  for (const row of rows) {
    const ids = alike.get(likeness(row.print, row.site)) ?? [];
    for (const id of ids) {
      const sum = sums.get(id) ?? { milliseconds: 0, bytes: 0 };
      sums.set(id, { milliseconds: sum.milliseconds + row.milliseconds / Math.max(calls, 1) / ids.length, bytes: sum.bytes + row.bytes / ids.length });
    }
  }
  const most = [...sums.values()].reduce((a, b) => ({ milliseconds: Math.max(a.milliseconds, b.milliseconds), bytes: Math.max(a.bytes, b.bytes) }), { milliseconds: 0, bytes: 0 });
  const share = (part: number, all: number): number => (all === 0 ? 0 : part / all);
  return new Map([...sums].map(([id, sum]) => [id, { ...sum, time: share(sum.milliseconds, most.milliseconds), size: share(sum.bytes, most.bytes) }]));
}
