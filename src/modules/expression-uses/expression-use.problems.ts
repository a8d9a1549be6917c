import {
  expressionArgument, expressionCycle, expressionDimension, expressionGradient, expressionLimit, expressionName, expressionShape,
  expressionSourceDiffers, expressionSyntax, expressionTooLong, expressionType, expressionUnfit,
} from '../../errors/expressions.errors.js';
import { EXPRESSION_NOT_FOUND } from '../../errors/persistence.errors.js';

/** What a request that uses an expression may be refused with. */
export const EXPRESSION_USE_PROBLEMS = [
  EXPRESSION_NOT_FOUND, expressionSourceDiffers, expressionUnfit, expressionSyntax, expressionName, expressionCycle, expressionType, expressionShape,
  expressionArgument, expressionGradient, expressionLimit, expressionTooLong, expressionDimension,
] as const;
