import { deadCode } from './dead-code.js';
import type { OptimisationLevel } from './level.js';
import { loopHoisting, loopOperands, loopPasses } from './loops/index.js';
import { matmulTransposes } from './matmul-transposes.js';
import { mergedProducts } from './merged-products.js';
import type { Pass } from './pass.js';
import type { Rule } from './rewriting/rule.js';
import { canonicalRules, foldingRules, productRules, specialRules, stabilisingRules } from './rules/index.js';
import { transposeSinking } from './transpose-sinking.js';

/** Rules that are applied together until none fires; equal nodes are merged on the way. */
export interface RulePhase {
  readonly name: string;
  readonly rules: readonly Rule[];
}

export type Phase = RulePhase | Pass;

const phase = (name: string, ...rules: readonly (readonly Rule[])[]): RulePhase => ({ name, rules: rules.flat() });

/** Readers are counted of what is left after this. */
const merge = phase('merge');
const fold = phase('fold', foldingRules);
const canonicalise = phase('canonicalise', foldingRules, canonicalRules);
const stabilise = phase('stabilise', stabilisingRules);
/** Stabilising rules come first at each node: canonical forms hide what a formula was meant to be. */
const simplify = phase('canonicalise', foldingRules, stabilisingRules, canonicalRules);
/** After the transposes have moved. */
const tidy = phase('tidy', foldingRules, canonicalRules, matmulTransposes);
const specialise = phase('specialise', foldingRules, stabilisingRules, canonicalRules, matmulTransposes, specialRules);
const products = phase('products', foldingRules, stabilisingRules, canonicalRules, matmulTransposes, specialRules, productRules);
/** Around work that has left loops. */
const tidyLoops = phase('loop-tidy', foldingRules, stabilisingRules, canonicalRules);
const loops: readonly Phase[] = [...loopPasses, tidyLoops];
const all: readonly Phase[] = [merge, simplify, ...loops, transposeSinking, products, mergedProducts, loopHoisting, deadCode];

/** Phases that a graph without loops goes without. */
export const loopPhases: ReadonlySet<Phase> = new Set(loops);

/** What each level runs, in order; on bodies of loops first. */
export const pipelines: Readonly<Record<OptimisationLevel, readonly Phase[]>> = {
  none: [],
  o1: [merge, fold, deadCode],
  o2: [merge, canonicalise, loopOperands, transposeSinking, tidy, deadCode],
  o3: [merge, simplify, ...loops, transposeSinking, specialise, deadCode],
  o4: all,
  stabilise: [merge, stabilise, deadCode],
  unsafe: all,
};
