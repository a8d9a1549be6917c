import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { z } from 'zod';
import { uploadOptions } from '../../datasets/dataset.options.js';
import { problemSchema } from '../http/problem.schema.js';
import { EXAMPLES_EXTENSION, FILES_EXTENSION } from './api-decorators.js';
import { PACKAGE } from './package.js';
import { convertSchema } from './schema-converter.js';
import { TAGS } from './tags.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const DESCRIPTION = `${PACKAGE.description}.

The main job, in the order of the tags: create a data set, train models on it, attack and evaluate them, read the report. Every
"Try it out" example runs against a fresh server when the examples before it have run.

Errors are \`application/problem+json\` (RFC 9457); their codes are listed at [/docs/errors](/docs/errors). Times are RFC 3339 in UTC.
Lists are newest first and give a \`nextCursor\` until the last page. Where an address takes an \`{id}\` of a data set or model, its name will do.`;

/** Moves the examples that decorators left on operations to where OpenAPI wants them. */
function placeExamples(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method] as (Record<string, unknown> & { requestBody?: { content?: Record<string, { examples?: unknown }> } }) | undefined;
      const examples = operation?.[EXAMPLES_EXTENSION];
      if (operation === undefined || examples === undefined) continue;
      delete operation[EXAMPLES_EXTENSION];
      const json = operation.requestBody?.content?.['application/json'];
      if (json !== undefined) json.examples = examples;
    }
  }
}

/** Adds the files that decorators left on operations to their answers. */
function placeFiles(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method] as (Record<string, unknown> & { responses?: Record<string, { content?: Record<string, unknown> }> }) | undefined;
      const types = operation?.[FILES_EXTENSION] as readonly string[] | undefined;
      if (operation === undefined || types === undefined) continue;
      delete operation[FILES_EXTENSION];
      const content = operation.responses?.['200']?.content;
      if (content !== undefined) for (const type of types) content[type] = { schema: { type: 'string', format: 'binary' } };
    }
  }
}

/** Components of schemas that no operation takes or gives as a whole JSON body. */
function componentsOf(schema: z.ZodType, schemaType: 'input' | 'output'): Record<string, object> {
  return convertSchema(schema, { schemaType })?.components ?? {};
}

/** The OpenAPI 3.1 description of the app's controllers. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Rampart')
    .setVersion(PACKAGE.version)
    .setDescription(DESCRIPTION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'this server');
  for (const { name, description } of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    standardSchemaConverter: convertSchema,
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').replace(/^./, (letter) => letter.toLowerCase())}.${method}`,
    autoTagControllers: false,
  });
  const schemas = { ...document.components?.schemas, ...componentsOf(problemSchema, 'output'), ...componentsOf(uploadOptions, 'input') };
  document.components = { ...document.components, schemas };
  placeExamples(document);
  placeFiles(document);
  return document;
}
