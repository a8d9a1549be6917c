import { tensorMismatch, tensorMissing, tensorUnknown } from '../../errors/compiler.errors.js';
import {
  expressionSyntax, expressionName, expressionCycle, expressionType, expressionShape, expressionArgument, expressionGradient, expressionLimit, expressionTooLong,
  expressionDimension, expressionStateTooLarge, expressionTimeout, expressionProcessEnded, expressionQueueFull, expressionTensorInvalid,
} from '../../errors/expressions.errors.js';
import { EXPRESSION_NOT_FOUND } from '../../errors/persistence.errors.js';

/** What any computation of an expression may end with. */
export const COMPUTATION_ERRORS = [expressionLimit, expressionTimeout, expressionProcessEnded, expressionQueueFull] as const;

/** What a source may be refused for. */
export const SOURCE_ERRORS = [
  expressionSyntax, expressionName, expressionCycle, expressionType, expressionShape, expressionArgument, expressionGradient, expressionTooLong, expressionStateTooLarge,
  expressionDimension, ...COMPUTATION_ERRORS,
] as const;

/** What tensors of a call may be refused for. */
export const TENSOR_ERRORS = [tensorMissing, tensorUnknown, tensorMismatch, expressionTensorInvalid, expressionDimension] as const;

export const CALL_ERRORS = [EXPRESSION_NOT_FOUND, ...TENSOR_ERRORS, ...COMPUTATION_ERRORS] as const;
