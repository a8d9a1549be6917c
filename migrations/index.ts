import { Initial1763942400000 } from './1763942400000-initial.js';

/** Every migration in order; a name ends with the time at which it was written. */
export const migrations = [Initial1763942400000] as const;
