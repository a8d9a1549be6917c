import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../src/bundles/safetensors.js';
import { Server } from './support/server.js';

interface Parameter { readonly name: string; readonly in: 'path' | 'query'; readonly schema: { readonly example?: string } }
interface Operation {
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Example { readonly method: string; readonly path: string; readonly accepted: readonly number[]; readonly body?: unknown }

/** Inputs of the example of `evaluate`, as `evaluate-binary` takes them. */
const POINTS = encodeSafetensors({
  x: { dtype: 'float32', shape: [4, 2], data: Float32Array.of(1, 0, 0, 1, 1, 0.2, 0.1, 1) },
  y: { dtype: 'int32', shape: [4], data: Int32Array.of(0, 1, 0, 1) },
});

/** Address with the examples of its parameters in place. */
function addressOf(path: string, parameters: readonly Parameter[]): string {
  const given = parameters.filter(({ schema }) => schema.example !== undefined);
  const query = given.flatMap(({ in: where, name, schema }) => (where === 'query' ? [`${name}=${schema.example!}`] : []));
  const filled = given.reduce((text, { name, schema }) => text.replace(`{${name}}`, schema.example!), path);
  return `${filled}${query.length > 0 ? '?' : ''}${query.join('&')}`;
}

/** All that Swagger UI offers to execute for a tag, in its order; what deletes comes last. */
function examplesOf(paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>, tag: string): Example[] {
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { tags, parameters, requestBody, responses }]): Example[] => {
      if (!tags.includes(tag)) return [];
      const accepted = Object.keys(responses).map(Number).filter((status) => status < 300);
      const one = { method: method.toUpperCase(), path: addressOf(path, parameters), accepted };
      const bodies = Object.values(requestBody?.content['application/json']?.examples ?? {});
      return requestBody?.content['application/json'] === undefined ? [one] : bodies.map(({ value }) => ({ ...one, body: value }));
    }));
  return [...all.filter(({ method }) => method !== 'DELETE'), ...all.filter(({ method }) => method === 'DELETE')];
}

const PAGE = readFileSync(new URL('../docs/expressions.md', import.meta.url), 'utf8');

/** Commands of the page, block by block. */
const COMMANDS = Array.from(PAGE.matchAll(/```sh\n(.*?)```/gs), ([, commands]) => commands!);

describe('the examples about expressions', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.remove());

  it('of Swagger UI run on a fresh server, one after the other', async () => {
    const examples = examplesOf((await server.api.get('/openapi.json')).body.paths as never, 'expressions');
    expect(examples.length).toBeGreaterThanOrEqual(15);
    for (const { method, path, body, accepted } of examples) {
      expect(path).not.toContain('{');
      const binary = path.endsWith('/evaluate-binary');
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: body === undefined && !binary ? {} : { 'content-type': binary ? 'application/x-safetensors' : 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(binary && { body: Buffer.from(POINTS) }),
      });
      expect(accepted, `${method} ${path}: ${response.status} ${(await response.text()).slice(0, 300)}`).toContain(response.status);
    }
  });

  it('of Swagger UI run where an expression is a loss or an objective', async () => {
    const { paths } = (await server.api.get('/openapi.json')).body as { paths: Record<string, Record<string, Operation>> };
    const bodyOf = (path: string, name: string): Record<string, unknown> =>
      paths[path]!.post!.requestBody!.content['application/json']!.examples![name]!.value as Record<string, unknown>;
    expect((await server.api.post('/api/v1/datasets/built-in', bodyOf('/api/v1/datasets/built-in', 'glyphs'))).status).toBe(201);
    const job = await server.api.post('/api/v1/training-jobs', bodyOf('/api/v1/training-jobs', 'brier'));
    expect(job.status, JSON.stringify(job.body)).toBe(202);
    expect(await server.api.ended(`/api/v1/training-jobs/${String(job.body.id)}`)).toMatchObject({ state: 'succeeded' });
    const attack = await server.api.post(`/api/v1/models/${String(job.body.name)}/attack`, bodyOf('/api/v1/models/{id}/attack', 'margin'));
    expect(attack.status, JSON.stringify(attack.body).slice(0, 300)).toBe(200);
    expect(attack.body.summary).toMatchObject({ count: 4, gradientQueries: 1 });
  });

  it('of docs/expressions.md run as they stand there, and give what it shows', async () => {
    const run = async (commands: string): Promise<string> =>
      (await promisify(execFile)('bash', ['-ec', commands.replaceAll('localhost:8080', server.url.replace('http://', ''))], { cwd: server.data, maxBuffer: 2 ** 24 })).stdout;
    const [calls, objective, pictures] = COMMANDS;
    expect(COMMANDS).toHaveLength(3);
    const shown = /The second call answers `(.*)`/.exec(PAGE)![1]!;
    const answers = await run(calls!);
    expect(answers.slice(-shown.length)).toBe(shown);
    expect(await run(objective!)).toMatch(/"summary":\{"count":4,/);
    await run(pictures!);
    expect(await readFile(join(server.data, 'graph.svg'), 'utf8')).toMatch(/^<svg /);
    expect(await readFile(join(server.data, 'graph.html'), 'utf8')).toContain('20 calls, ');
  });
});
