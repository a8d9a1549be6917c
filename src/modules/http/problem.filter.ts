import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { METHOD_NOT_ALLOWED } from '../../errors/http.errors.js';
import { PROBLEM_MEDIA_TYPE } from './problem.schema.js';
import { toProblem, toRampartError } from './problem.js';
import type { RouteTable } from './route-table.js';

/** The one place where errors become HTTP answers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('http');

  constructor(
    private readonly settings: Pick<Settings, 'bodyLimitBytes' | 'requestTimeoutSeconds'>,
    private readonly routes: RouteTable,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const context = host.switchToHttp();
    this.answer(thrown, context.getRequest<FastifyRequest>(), context.getResponse<FastifyReply>());
  }

  /** Logs what is the server's fault and answers with a problem document, or cuts the connection when an answer has begun. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0] ?? '/';
    const facts = {
      id: request.id,
      path,
      method: request.method,
      allowed: this.routes.methodsAt(path),
      contentType: request.headers['content-type'],
      bodyLimit: this.settings.bodyLimitBytes,
      timeoutSeconds: this.settings.requestTimeoutSeconds,
    };
    const error = toRampartError(thrown, facts);
    if (error.status >= 500 && error.status !== 503) {
      this.logger.error({ message: error.code, requestId: request.id, method: request.method, path: facts.path, cause: thrown instanceof Error ? thrown.stack : String(thrown) });
    }
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (reply.sent) return;
    if (error.code === METHOD_NOT_ALLOWED.code) void reply.header('allow', facts.allowed.join(', '));
    const body = JSON.stringify(toProblem(error, facts));
    void reply.status(error.status).header('content-type', PROBLEM_MEDIA_TYPE).header('cache-control', 'no-store').send(body);
  }
}
