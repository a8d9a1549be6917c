import { BadRequestException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RampartError } from '../../errors/index.js';
import { NAME_TAKEN } from '../../errors/persistence.errors.js';
import { toPointers } from './pointers.js';
import { toProblem, toRampartError } from './problem.js';
import { RouteTable } from './route-table.js';
import { SchemaValidationPipe } from './schema-validation.pipe.js';

const facts = { id: 'r1', path: '/api/v1/datasets', contentType: 'text/plain', bodyLimit: 1024, timeoutSeconds: 60, method: 'PUT', allowed: [] };

describe('problem documents', () => {
  it('shows a registered error with its pointers as URI fragments', () => {
    expect(toProblem(NAME_TAKEN('model', 'a'), facts)).toEqual({
      type: '/docs/errors#name-taken', title: 'Name taken', status: 409, code: 'name-taken', instance: '/api/v1/datasets#r1',
      detail: 'A model named "a" already exists; choose another name, or delete or cancel that one first.',
      errors: [{ pointer: '#/name', detail: '"a" is taken' }],
    });
  });

  it('hides what an unknown error says', () => {
    const problem = toProblem(toRampartError(new Error('password=hunter2 at /srv/app.js'), facts), facts);
    expect(problem).toMatchObject({ status: 500, code: 'internal-error' });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(toRampartError('thrown text', facts).code).toBe('internal-error');
  });

  it.each([
    [new NotFoundException(), 'route-not-found'],
    [new PayloadTooLargeException(), 'payload-too-large'],
    [Object.assign(new Error('Unsupported Media Type'), { statusCode: 415 }), 'unsupported-media-type'],
    [Object.assign(new SyntaxError('Unexpected token } in JSON'), { statusCode: 400 }), 'malformed-json'],
    [new BadRequestException('Premature end'), 'bad-request'],
  ])('translates %s', (error, code) => {
    expect(toRampartError(error, facts).code).toBe(code);
  });

  it('says which methods an address answers', () => {
    expect(toRampartError(new NotFoundException(), { ...facts, allowed: ['GET', 'POST'] })).toMatchObject({ code: 'method-not-allowed', status: 405 });
  });
});

describe('routes by address', () => {
  it('matches parameters but not deeper paths', () => {
    const routes = new RouteTable();
    routes.add('GET', '/api/v1/models/:id');
    routes.add(['HEAD', 'GET'], '/api/v1/models/:id/onnx/:signature');
    routes.add('DELETE', '/api/v1/models/:id');
    routes.add('OPTIONS', '*');
    expect(routes.methodsAt('/api/v1/models/a.b')).toEqual(['DELETE', 'GET']);
    expect(routes.methodsAt('/api/v1/models/a/onnx/predict')).toEqual(['GET', 'HEAD']);
    expect(routes.methodsAt('/api/v1/models/a/b')).toEqual([]);
  });
});

describe('schema checks', () => {
  const schema = z.strictObject({ kind: z.enum(['a', 'b']), size: z.union([z.int(), z.literal('all')]), 'x/y': z.int().optional() });

  it('gives every wrong place a pointer and what is accepted', () => {
    const { error } = schema.safeParse({ kind: 'c', size: 'some', other: 1, 'x/y': 0.5 });
    expect(toPointers(error!.issues)).toEqual([
      { pointer: '/kind', detail: 'Invalid option: expected one of "a"|"b"' },
      { pointer: '/size', detail: 'Fits none of the accepted forms: Invalid input: expected number, received string; or Invalid input: expected "all"' },
      { pointer: '/x~1y', detail: 'Invalid input: expected int, received number' },
      { pointer: '/other', detail: 'Not a known name here' },
    ]);
  });

  it('hands on the parsed value and refuses infinite numbers', async () => {
    const pipe = new SchemaValidationPipe();
    const metadata = { type: 'body', schema: z.object({ n: z.number().default(2) }) } as const;
    expect(await pipe.transform({}, metadata)).toEqual({ n: 2 });
    await expect(pipe.transform(JSON.parse('{"n": 1e999}'), metadata)).rejects.toThrow(RampartError);
    await expect(pipe.transform('x', { type: 'param', data: 'id', schema: z.uuid() })).rejects.toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/id' }] });
  });
});
