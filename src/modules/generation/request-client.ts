import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLIENT_GONE } from '../../errors/http.errors.js';

/** Who asks: what they accept, and whether they are still there. */
export interface RequestClient {
  readonly accept: string | undefined;
  /** Aborted with client-gone when the connection closes, by the client or after a timeout. */
  readonly signal: AbortSignal;
}

/** Injects the `RequestClient` of a request, so that long work ends with its connection. */
export const Client = createParamDecorator((_data: unknown, context: ExecutionContext): RequestClient => {
  const http = context.switchToHttp();
  const controller = new AbortController();
  http.getResponse<FastifyReply>().raw.once('close', () => controller.abort(CLIENT_GONE()));
  return { accept: http.getRequest<FastifyRequest>().headers.accept, signal: controller.signal };
});
