import { RampartError } from '../../errors/index.js';
import {
  BAD_REQUEST, INTERNAL_ERROR, MALFORMED_JSON, METHOD_NOT_ALLOWED, PAYLOAD_TOO_LARGE, REQUEST_TOO_SLOW, ROUTE_NOT_FOUND, SHUTTING_DOWN, UNSUPPORTED_MEDIA_TYPE,
} from '../../errors/http.errors.js';
import { problemType } from '../../errors/registry.js';
import type { Problem } from './problem.schema.js';

/** What the translation of foreign errors needs to know of the request. */
export interface RequestFacts {
  readonly id: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly bodyLimit: number;
  readonly timeoutSeconds: number;
  readonly method: string;
  /** Methods that the path does answer. */
  readonly allowed: readonly string[];
}

const JSON_TYPES = ['application/json'];
const SYNTAX = /JSON|prototype|Unexpected|property name|Body cannot be empty/;

interface ForeignError {
  readonly message: string;
  readonly code?: string;
  readonly statusCode?: number;
  getStatus?(): number;
}

function statusOf(error: ForeignError): number {
  if (typeof error.getStatus === 'function') return error.getStatus();
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}

/** Errors of Fastify, its plugins and Nest, as errors of the registry; whatever is not known is an internal error. */
function translate(error: ForeignError, facts: RequestFacts): RampartError {
  const status = statusOf(error);
  if (status === 404) return facts.allowed.length > 0 ? METHOD_NOT_ALLOWED(facts.method, facts.path, facts.allowed) : ROUTE_NOT_FOUND(facts.path);
  if (status === 408) return REQUEST_TOO_SLOW(facts.timeoutSeconds);
  if (status === 413) return PAYLOAD_TOO_LARGE(facts.bodyLimit, 'RAMPART_BODY_LIMIT_BYTES');
  if (status === 415) return UNSUPPORTED_MEDIA_TYPE(facts.contentType ?? 'without a content type', JSON_TYPES);
  if (status === 503) return SHUTTING_DOWN();
  if (status >= 400 && status < 500) return SYNTAX.test(error.message) ? MALFORMED_JSON(error.message) : BAD_REQUEST(error.message);
  return INTERNAL_ERROR(facts.id);
}

/** The registered error that is shown for anything thrown: no message, path or stack of an unknown error gets out. */
export function toRampartError(thrown: unknown, facts: RequestFacts): RampartError {
  if (thrown instanceof RampartError) return thrown;
  return thrown instanceof Error ? translate(thrown, facts) : INTERNAL_ERROR(facts.id);
}

/** The problem document of an error; pointers become URI fragments (RFC 6901, section 6). */
export function toProblem({ code, status, title, message, errors }: RampartError, facts: RequestFacts): Problem {
  return {
    type: problemType(code),
    title,
    status,
    detail: message,
    instance: `${facts.path}#${facts.id}`,
    code,
    ...(errors.length > 0 && { errors: errors.map(({ pointer, ...rest }) => ({ pointer: pointer.startsWith('#') ? pointer : `#${pointer}`, ...rest })) }),
  };
}
