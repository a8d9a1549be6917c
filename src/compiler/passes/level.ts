/** How much the optimiser does; docs/compiler-passes.md says what belongs to each level. */
export const OPTIMISATION_LEVELS = ['none', 'o1', 'o2', 'o3', 'o4', 'stabilise', 'unsafe'] as const;

export type OptimisationLevel = (typeof OPTIMISATION_LEVELS)[number];

export const DEFAULT_LEVEL: OptimisationLevel = 'o4';
