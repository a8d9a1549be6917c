import type { Rule } from '../rewriting/rule.js';
import { foldingRules } from './constant-folding.js';
import { broadcastRules } from './canonicalise/broadcasts.js';
import { castRules } from './canonicalise/casts.js';
import { concatenationRules } from './canonicalise/concatenations.js';
import { distributionRules } from './canonicalise/distribution.js';
import { extremeRules } from './canonicalise/extremes.js';
import { identityRules } from './canonicalise/identities.js';
import { logicRules } from './canonicalise/logic.js';
import { negationRules } from './canonicalise/negation.js';
import { powerRules } from './canonicalise/powers.js';
import { productRules as elementwiseProductRules } from './canonicalise/products.js';
import { reductionRules } from './canonicalise/reductions.js';
import { shapeRules } from './canonicalise/shapes.js';
import { sliceRules } from './canonicalise/slices.js';
import { sumRules } from './canonicalise/sums.js';
import { sumOfProductRules } from './products/sums-of-products.js';
import { linearMapRules } from './specialise/linear-maps.js';
import { shorterOperationRules } from './specialise/shorter-operations.js';
import { complementaryErrorRules } from './stabilise/complementary-error.js';
import { crossEntropyRules } from './stabilise/cross-entropy.js';
import { exponentialRules } from './stabilise/exponentials.js';
import { logSumExpRules } from './stabilise/log-sum-exp.js';
import { logarithmRules } from './stabilise/logarithms.js';
import { rootRules } from './stabilise/roots.js';
import { softmaxRules } from './stabilise/softmax.js';

export { foldingRules };

type RuleFamilies = Readonly<Record<string, readonly Rule[]>>;

const canonicalFamilies: RuleFamilies = {
  casts: castRules, shapes: shapeRules, broadcasts: broadcastRules, identities: identityRules, negation: negationRules, logic: logicRules, extremes: extremeRules, powers: powerRules,
  sums: sumRules, products: elementwiseProductRules, distribution: distributionRules, reductions: reductionRules, slices: sliceRules, concatenations: concatenationRules,
};

const stabilisingFamilies: RuleFamilies = {
  'complementary-error': complementaryErrorRules, logarithms: logarithmRules, exponentials: exponentialRules, softmax: softmaxRules, 'cross-entropy': crossEntropyRules,
  'log-sum-exp': logSumExpRules, roots: rootRules,
};

const specialFamilies: RuleFamilies = { 'shorter-operations': shorterOperationRules, 'linear-maps': linearMapRules };
const productFamilies: RuleFamilies = { 'sums-of-products': sumOfProductRules };

/** Rules by folder and file. */
export const ruleFamilies = { canonicalise: canonicalFamilies, stabilise: stabilisingFamilies, specialise: specialFamilies, products: productFamilies } as const;

/** One form for what can be written in many, with fewer and smaller operations. */
export const canonicalRules: readonly Rule[] = Object.values(canonicalFamilies).flat();

/** Finite and exact results where the formula as written overflows, cancels or divides 0 by 0. */
export const stabilisingRules: readonly Rule[] = Object.values(stabilisingFamilies).flat();

/** Special operations in the place of general ones, and factors where they cost least. */
export const specialRules: readonly Rule[] = Object.values(specialFamilies).flat();

/** Fewer and larger matrix products. */
export const productRules: readonly Rule[] = Object.values(productFamilies).flat();
