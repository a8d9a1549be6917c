import type { Pass } from '../pass.js';
import { loopHoisting } from './hoisting.js';
import { loopLastSteps } from './last-steps.js';
import { loopMerging } from './merging.js';
import { loopOperands } from './operands.js';
import { loopResults } from './results.js';
import { loopUnrolling } from './unrolling.js';

export { mapBodies } from './bodies.js';
export { loopHoisting, loopOperands };

/** Passes over loops, in order: what is read of them, one loop in place of several, and work that leaves them. */
export const loopPasses: readonly Pass[] = [loopOperands, loopLastSteps, loopMerging, loopOperands, loopHoisting, loopResults, loopOperands, loopUnrolling];
