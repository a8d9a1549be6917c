import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { SPLIT_NOT_FOUND } from '../../errors/datasets.errors.js';
import { datasetDoesNotFitModel } from '../../errors/evaluation.errors.js';
import type { ErrorSummary } from '../../errors/registry.js';
import { notAnImageModel } from '../../errors/attacks.errors.js';
import { signatureUnknown } from '../../errors/bundles.errors.js';
import { attributesNotModelled, classNotModelled, classOutOfRange, classRequired, generatedNotFinite, pixelOutOfBounds, sourcesAmbiguous, tooManyPictures, tooManySteps } from '../../errors/generation.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON, NOT_ACCEPTABLE } from '../../errors/http.errors.js';
import * as imageErrors from '../../errors/images.errors.js';
import { INDEX_OUT_OF_RANGE, LABELS_MISMATCH, TOO_MANY_INSTANCES, WRONG_INPUT_SHAPE } from '../../errors/inference.errors.js';
import { DATASET_NOT_FOUND, MODEL_NOT_FOUND } from '../../errors/persistence.errors.js';
import type { Format } from '../../generation/generation.options.js';
import { ApiFileAlternatives, ApiProblems, ApiRequestExamples, type RequestExample } from '../openapi/api-decorators.js';
import { MEDIA_TYPES } from './answer-format.js';
import { FACTS_HEADER } from './send-answer.js';

export interface GenerationOperation {
  readonly summary: string;
  readonly description: string;
  readonly examples: Readonly<Record<string, RequestExample>>;
  readonly answer: z.ZodType;
  readonly formats: readonly Format[];
  /** Errors besides those of every operation. */
  readonly problems: readonly ErrorSummary[];
}

/** Errors of operations that take examples. */
export const EXAMPLE_PROBLEMS: readonly ErrorSummary[] = [
  sourcesAmbiguous, pixelOutOfBounds, WRONG_INPUT_SHAPE, TOO_MANY_INSTANCES, LABELS_MISMATCH, classRequired, INDEX_OUT_OF_RANGE, SPLIT_NOT_FOUND, DATASET_NOT_FOUND, datasetDoesNotFitModel,
  ...Object.values(imageErrors),
];

const COMMON_PROBLEMS: readonly ErrorSummary[] = [INVALID_REQUEST, MALFORMED_JSON, NOT_ACCEPTABLE, MODEL_NOT_FOUND, signatureUnknown, generatedNotFinite];
const PICTURE_PROBLEMS: readonly ErrorSummary[] = [notAnImageModel];
const SIZE_PROBLEMS: readonly ErrorSummary[] = [tooManyPictures, tooManySteps];
/** Errors of operations that take a class. */
export const CLASS_PROBLEMS: readonly ErrorSummary[] = [classNotModelled, classOutOfRange, classRequired, LABELS_MISMATCH];
export const ATTRIBUTE_PROBLEMS: readonly ErrorSummary[] = [attributesNotModelled];

/** What the description of every operation of generators has in common. */
export function ApiGeneration({ summary, description, examples, answer, formats, problems }: GenerationOperation): MethodDecorator {
  const files = formats.filter((format) => format !== 'json').map((format) => MEDIA_TYPES[format]);
  return applyDecorators(
    HttpCode(200),
    ApiOperation({ summary, description: `${description} Answers ${formats.join(', ')}: as \`format\` or the header Accept says. Files carry seed, method and settings in the header \`${FACTS_HEADER}\`.` }),
    ApiRequestExamples(examples),
    ApiOkResponse({ standardSchema: answer }),
    ApiFileAlternatives(...files),
    ApiProblems(...COMMON_PROBLEMS, ...SIZE_PROBLEMS, ...(formats.includes('png') ? PICTURE_PROBLEMS : []), ...problems),
  );
}
