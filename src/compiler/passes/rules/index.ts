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

/** One form for what can be written in many, with fewer and smaller operations. */
export const canonicalRules: readonly Rule[] = [
  ...castRules, ...shapeRules, ...broadcastRules, ...identityRules, ...negationRules, ...logicRules, ...extremeRules, ...powerRules,
  ...sumRules, ...elementwiseProductRules, ...distributionRules, ...reductionRules, ...sliceRules, ...concatenationRules,
];

/** Finite and exact results where the formula as written overflows, cancels or divides 0 by 0. */
export const stabilisingRules: readonly Rule[] = [
  ...complementaryErrorRules, ...logarithmRules, ...exponentialRules, ...softmaxRules, ...crossEntropyRules, ...logSumExpRules, ...rootRules,
];

/** Special operations in the place of general ones, and factors where they cost least. */
export const specialRules: readonly Rule[] = [...shorterOperationRules, ...linearMapRules];

/** Fewer and larger matrix products. */
export const productRules: readonly Rule[] = [...sumOfProductRules];
