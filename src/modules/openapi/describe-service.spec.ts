import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeService } from './describe-service.js';

const operation = z.object({ summary: z.string().min(1), description: z.string().min(1), tags: z.array(z.string()).length(1), responses: z.record(z.string(), z.unknown()) });
const documentSchema = z.object({
  openapi: z.string(),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

describe('generated documents', () => {
  let documents: Readonly<Record<string, string>>;
  let document: z.infer<typeof documentSchema>;
  beforeAll(async () => {
    documents = await describeService();
    document = documentSchema.parse(JSON.parse(documents['openapi.json']!));
  });

  it.each(['openapi.json', 'docs/errors.md'])('%s in the repository is up to date (npm run openapi:write)', (name) => {
    expect(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8') === documents[name]).toBe(true);
  });

  it('is OpenAPI 3.1 with tags in the order of the main job', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.tags.map(({ name }) => name)).toEqual(['datasets', 'training-jobs', 'models', 'attacks', 'generation', 'evaluations', 'expressions', 'workers', 'schemas', 'health']);
  });

  it('refers to no component that is missing', () => {
    const references = [...documents['openapi.json']!.matchAll(/"\$ref": "#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);
    expect(references.length).toBeGreaterThan(20);
    for (const name of references) expect(Object.keys(document.components.schemas)).toContain(name);
    expect(documents['openapi.json']).not.toMatch(/#\/(\$defs|definitions)\//);
  });

  it('documents a success and, below /api, the errors of every operation', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const statuses = Object.keys(responses);
        expect(statuses.some((status) => status.startsWith('2')), `${method} ${path}`).toBe(true);
        const expectsErrors = path.startsWith('/api/v1') && !path.startsWith('/api/v1/schemas');
        if (expectsErrors) expect(JSON.stringify(responses), `${method} ${path}`).toContain('application/problem+json');
      }
    }
  });
});
