import { rewrite, type Pass } from './pass.js';
import { Interning } from './rewriting/interning.js';

/** Equal nodes become one; the driver of the rules does the same on its way. */
export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  run(graph) {
    const interning = new Interning();
    return rewrite(graph, (node) => interning.intern(node));
  },
};
