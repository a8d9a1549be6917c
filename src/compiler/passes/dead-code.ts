import { mapResults, type Pass } from './pass.js';

/**
 * Drops updates that give a state tensor its own value. Nodes that no result needs are not part of a graph: it is what
 * is reachable from its outputs and updates.
 */
export const deadCode: Pass = {
  name: 'dead-code',
  rule: { name: 'dead-code', equation: 'update s = s -> nothing', values: 'same' },
  run(graph) {
    const kept = Object.entries(graph.updates).filter(([name, node]) => !(node.op === 'state' && node.attributes.name === name));
    return { ...mapResults(graph, (node) => node), updates: Object.fromEntries(kept) };
  },
};
