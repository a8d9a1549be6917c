import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiResponse } from '@nestjs/swagger';
import { problemType, type ErrorSummary } from '../../errors/registry.js';
import { PROBLEM_MEDIA_TYPE } from '../http/problem.schema.js';

/** A request body as shown in Swagger UI; every one runs against a fresh server, in the order of the tags. */
export interface RequestExample {
  readonly summary: string;
  readonly value: unknown;
}

export const EXAMPLES_EXTENSION = 'x-request-examples';

/** Named JSON bodies to pick from. */
export function ApiRequestExamples(examples: Readonly<Record<string, RequestExample>>): MethodDecorator {
  return ApiExtension(EXAMPLES_EXTENSION, examples);
}

export const FILES_EXTENSION = 'x-answer-files';

/** Media types of files that a JSON answer can come as instead. */
export function ApiFileAlternatives(...mediaTypes: readonly string[]): MethodDecorator {
  return ApiExtension(FILES_EXTENSION, mediaTypes);
}

function problemResponse(status: number, errors: readonly ErrorSummary[]): MethodDecorator & ClassDecorator {
  const examples = Object.fromEntries(
    errors.map(({ code, title }) => [code, { summary: title, value: { type: problemType(code), title, status, detail: `${title}: what was wrong, and what would be accepted.`, instance: '/…#request-id', code } }]),
  );
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' }, examples } };
  return ApiResponse({ status, description: errors.map(({ code, title }) => `\`${code}\` ${title}`).join('; '), content });
}

/** The errors of the registry that an endpoint answers with, grouped by status, in the order of their codes. */
export function ApiProblems(...given: readonly ErrorSummary[]): MethodDecorator & ClassDecorator {
  const errors = [...new Set(given)].sort((a, b) => (a.code < b.code ? -1 : 1));
  const statuses = [...new Set(errors.map(({ status }) => status))].sort((a, b) => a - b);
  return applyDecorators(...statuses.map((status) => problemResponse(status, errors.filter((error) => error.status === status))));
}

/** A binary or text answer. */
export function ApiFileResponse(mediaType: string, description: string): MethodDecorator {
  return ApiResponse({ status: 200, description, content: { [mediaType]: { schema: mediaType.startsWith('text/') ? { type: 'string' } : { type: 'string', format: 'binary' } } } });
}
