export { DEFAULT_LEVEL, OPTIMISATION_LEVELS, type OptimisationLevel } from './level.js';
export { optimise, type Optimised, type OptimiseOptions } from './optimise.js';
export type { Pass } from './pass.js';
export type { OptimisationReport, PassReport, RefusalRecord, RewriteRecord } from './report.js';
