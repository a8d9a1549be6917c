import { Initial1763942400000 } from './1763942400000-initial.js';
import { Workers1764064800000 } from './1764064800000-workers.js';
import { Expressions1764080000000 } from './1764080000000-expressions.js';

/** Every migration in order; a name ends with the time at which it was written. */
export const migrations = [Initial1763942400000, Workers1764064800000, Expressions1764080000000] as const;
