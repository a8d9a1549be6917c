import { defineError } from './define.js';
import type { ErrorPointer } from './rampart-error.js';

const MAX_NAMED = 3;

/** `where` = body, query or path; every place that is wrong becomes one pointer. */
export const INVALID_REQUEST = defineError(
  'invalid-request',
  400,
  'Request does not match its schema',
  (where: string, places: readonly ErrorPointer[]) => {
    const named = places.slice(0, MAX_NAMED).map(({ pointer, detail }) => `${pointer === '' ? 'the whole' : pointer}: ${detail}`);
    const more = places.length > MAX_NAMED ? `; and ${places.length - MAX_NAMED} more` : '';
    return `The ${where} of the request is not acceptable: ${named.join('; ')}${more}.`;
  },
  (_where, places) => places,
);

export const MALFORMED_JSON = defineError(
  'malformed-json',
  400,
  'Body is not JSON',
  (reason: string) => `The body cannot be read as JSON (${reason}). Send one JSON value in UTF-8, without the keys __proto__ and constructor.`,
);

export const BAD_REQUEST = defineError(
  'bad-request',
  400,
  'Request cannot be read',
  (reason: string) => `The request cannot be read: ${reason}.`,
);

export const CROSS_ORIGIN_REQUEST = defineError(
  'cross-origin-request',
  403,
  'Request from another web site',
  (origin: string) => `A page of ${origin} tried to change something here; only pages of this server and programs without an Origin header may.`,
);

export const ROUTE_NOT_FOUND = defineError(
  'route-not-found',
  404,
  'No such address',
  (path: string) => `There is nothing at ${path}; /docs lists every address.`,
);

export const METHOD_NOT_ALLOWED = defineError(
  'method-not-allowed',
  405,
  'Method not allowed here',
  (method: string, path: string, allowed: readonly string[]) => `${path} does not answer ${method}; it answers ${allowed.join(', ')}.`,
);

export const NOT_ACCEPTABLE = defineError(
  'not-acceptable',
  406,
  'Cannot answer in that format',
  (accept: string, offered: readonly string[]) => `The request accepts "${accept}" only; offered here are ${offered.join(', ')}.`,
);

export const REQUEST_TOO_SLOW = defineError(
  'request-too-slow',
  408,
  'Request arrived too slowly',
  (seconds: number) => `The request was not complete after ${seconds} s; send it faster or in smaller parts.`,
);

/** Nobody reads the answer; the status is the one that logs of proxies use for it. */
export const CLIENT_GONE = defineError(
  'client-gone',
  499,
  'Client is gone',
  () => 'The connection was closed before the answer was there; the work was stopped.',
);

export const PAYLOAD_TOO_LARGE = defineError(
  'payload-too-large',
  413,
  'Body too large',
  (limit: number, setting: string) => `The body is longer than the ${limit} bytes accepted here; the limit is the setting ${setting}.`,
);

export const UNSUPPORTED_MEDIA_TYPE = defineError(
  'unsupported-media-type',
  415,
  'Media type not supported',
  (given: string, accepted: readonly string[]) => `The body is ${given}; accepted here: ${accepted.join(', ')}.`,
);

export const INTERNAL_ERROR = defineError(
  'internal-error',
  500,
  'Internal error',
  (requestId: string) => `Something failed inside the server. The log holds the details under the request id ${requestId}.`,
);

export const REQUEST_TIMEOUT = defineError(
  'request-timeout',
  503,
  'Request took too long',
  (seconds: number) => `The request was given up after ${seconds} s, the setting RAMPART_REQUEST_TIMEOUT_SECONDS. Send fewer examples at once.`,
);

export const SHUTTING_DOWN = defineError(
  'shutting-down',
  503,
  'Server is shutting down',
  () => 'The server is shutting down and takes no new work; try again in a few seconds.',
);

export const ADDRESS_IN_USE = defineError(
  'address-in-use',
  500,
  'Address in use',
  (host: string, port: number) => `Another program listens on ${host}:${port}. Stop it, or choose another port (--port; 0 takes a free one).`,
);

export const INSECURE_BINDING = defineError(
  'insecure-binding',
  500,
  'Refuses to listen on a public address',
  (host: string) =>
    `${host} can be reached from other machines, and this version has no API keys: whoever reaches it can use and delete everything. ` +
    'Listen on 127.0.0.1 behind a proxy that authenticates, or set RAMPART_ALLOW_UNAUTHENTICATED=yes (--allow-unauthenticated yes) in a network you trust.',
);
