import { rewrite, type Pass } from './pass.js';
import { mergeRule } from './rewriting/equilibrium.js';
import { Interning } from './rewriting/interning.js';

/** Equal nodes become one; the driver of the rules does the same on its way. */
export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  rule: mergeRule,
  run(graph) {
    const interning = new Interning();
    return rewrite(graph, (node) => interning.intern(node));
  },
};
