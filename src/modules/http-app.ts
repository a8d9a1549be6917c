import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Settings } from '../config/settings.js';
import { UNSUPPORTED_MEDIA_TYPE } from '../errors/http.errors.js';
import { AppModule } from './app.module.js';
import { SAFETENSORS } from './expressions/expressions.examples.js';
import { registerHooks } from './http/http-hooks.js';
import { ProblemFilter } from './http/problem.filter.js';
import { RouteTable } from './http/route-table.js';
import { SchemaValidationPipe } from './http/schema-validation.pipe.js';
import { createLogger } from './logger.js';
import { createOpenApiDocument } from './openapi/openapi.document.js';
import type { Platform } from './platform/platform.js';

const API_PREFIX = 'api/v1';
/** What operators and browsers expect at the root. */
const AT_ROOT = ['livez', 'readyz', 'metrics', 'docs/errors', ''];

function createAdapter(settings: Settings): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: settings.bodyLimitBytes,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // Every route has its own time limit (http-hooks.ts), since uploads may take long.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  });
}

/** Bodies are JSON, multipart, raw pictures or tensors; everything else, web forms and plain text included, is refused with 415. */
function limitBodies(adapter: FastifyAdapter, fastify: FastifyInstance): void {
  fastify.removeContentTypeParser('text/plain');
  adapter.useBodyParser('application/x-www-form-urlencoded', false, {}, (request: FastifyRequest, _body: Buffer, done: (error: Error) => void) => {
    done(UNSUPPORTED_MEDIA_TYPE(request.headers['content-type'] ?? 'a web form', ['application/json']));
  });
  for (const type of ['image/png', 'image/jpeg', SAFETENSORS]) {
    fastify.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }
}

/** The HTTP side of the service, not yet listening. With `preview`, only its description: no handler can run. */
export async function createHttpApp(platform: Platform, { preview = false } = {}): Promise<NestFastifyApplication> {
  const { settings, lifecycle } = platform;
  const adapter = createAdapter(settings);
  const fastify = adapter.getInstance();
  const routes = new RouteTable();
  const filter = new ProblemFilter(settings, routes);
  fastify.addHook('onRoute', ({ method, url }) => routes.add(method, url));
  registerHooks(fastify, settings, lifecycle, filter);
  limitBodies(adapter, fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(platform), adapter, {
    logger: preview ? false : ['fatal', 'error', 'warn'], preview, abortOnError: false, forceCloseConnections: true,
  });
  await app.register(multipart, {
    limits: { fileSize: settings.uploadLimitBytes, files: settings.uploadFileLimit, fields: 32, fieldSize: 1024 * 1024, parts: settings.uploadFileLimit + 32 },
  });
  app.setGlobalPrefix(API_PREFIX, { exclude: AT_ROOT });
  app.useGlobalPipes(new SchemaValidationPipe());
  app.useGlobalFilters(filter);
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Rampart API',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list', defaultModelsExpandDepth: 0, validatorUrl: null },
  });
  await app.init();
  // Only now: what the framework says about its own start is not for users.
  if (!preview) app.useLogger(createLogger(settings));
  return app;
}
