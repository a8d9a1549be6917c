import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { CROSS_ORIGIN_REQUEST, REQUEST_TIMEOUT, REQUEST_TOO_SLOW, SHUTTING_DOWN } from '../../errors/http.errors.js';
import type { ProblemFilter } from './problem.filter.js';

/** Route option of handlers that may take as long as they need: uploads, downloads, event streams. */
export const UNLIMITED_TIME = { unlimitedTime: true } as const;

/** What the server says of itself while it starts and stops. */
export interface Lifecycle {
  /** False from the moment of SIGTERM: no new work, readiness fails. */
  accepting: boolean;
}

const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/** Swagger UI: own scripts, inline styles, pictures inside its style sheet. */
const DOCS_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

function isForeignOrigin({ headers }: FastifyRequest): boolean {
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host;
}

function setSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const isDocs = request.url === '/docs' || request.url.startsWith('/docs/') || request.url.startsWith('/docs?');
  reply
    .header('x-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('content-security-policy', isDocs ? DOCS_POLICY : NO_CONTENT_POLICY);
}

/** Ends a request that is neither received nor answered in time; its handler's answer is dropped. */
function limitTime(request: FastifyRequest, reply: FastifyReply, seconds: number, filter: ProblemFilter): void {
  const timer = setTimeout(() => {
    const error = request.raw.complete ? REQUEST_TIMEOUT(seconds) : REQUEST_TOO_SLOW(seconds);
    reply.header('connection', 'close');
    filter.answer(error, request, reply);
  }, seconds * 1000);
  timer.unref();
  reply.raw.once('close', () => clearTimeout(timer));
}

/**
 * What holds for every request: an id, security headers, no writing from foreign web pages (the service has no keys, so a
 * page in the user's browser must not reach it), no new work while shutting down, a time limit.
 */
export function registerHooks(fastify: FastifyInstance, settings: Pick<Settings, 'requestTimeoutSeconds'>, lifecycle: Lifecycle, filter: ProblemFilter): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    setSecurityHeaders(request, reply);
    const writes = !SAFE_METHODS.has(request.method);
    if (writes && isForeignOrigin(request)) return filter.answer(CROSS_ORIGIN_REQUEST(String(request.headers.origin)), request, reply);
    if (writes && !lifecycle.accepting) return filter.answer(SHUTTING_DOWN(), request, reply);
    const { unlimitedTime } = request.routeOptions.config as { unlimitedTime?: boolean };
    if (unlimitedTime !== true) limitTime(request, reply, settings.requestTimeoutSeconds, filter);
    done();
  });
}
