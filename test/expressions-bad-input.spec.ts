import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const EXPRESSIONS = '/api/v1/expressions';
const x = 'input x: float32[n, 3]';
const lines = (...all: readonly string[]): string => all.join('\n');

interface Place { readonly pointer: string; readonly line?: number; readonly column?: number }

type Row = readonly [name: string, source: string, status: number, code: string, line: number, column: number, detail: RegExp];

const rows: readonly Row[] = [
  ['an unknown name', lines(x, 'output y = x + q'), 422, 'expression-name', 2, 16, /'q'/],
  ['an unknown function', 'output y = softmux([1, 2])', 422, 'expression-name', 1, 12, /softmax/],
  ['shapes that clash, with both', lines(x, 'shared b: float32[4] = 0', 'output y = x + b'), 422, 'expression-shape', 3, 14, /float32\[n, 3\] and float32\[4\]/],
  ['dtypes that clash, with both', lines('shared k: int32 = 0', 'update k = k + 0.5', 'output k'), 422, 'expression-type', 2, 8, /is float32; accepted: int32/],
  ['logic on numbers', lines(x, 'output y = x and x'), 422, 'expression-type', 2, 14, /float32\[n, 3\]/],
  ['a cycle', lines('let a = b', 'let b = a', 'output a'), 422, 'expression-cycle', 1, 5, /a/],
  ['an undefined gradient: through argmax', lines(x, 'output g = grad(mean(float32(argmax(x))), x)'), 422, 'expression-gradient', 2, 12, /argmax at 2:30/],
  ['an undefined gradient: by an integer', lines('input k: int32', 'output g = grad(k * 2.0, k)'), 422, 'expression-gradient', 2, 12, /int32/],
  ['an integer overflow in a shape', 'output y = zeros([9007199254740991 * 2])', 422, 'expression-limit', 1, 36, /overflows/],
  ['a product of lengths that overflows', 'output y = zeros([2147483647, 2147483647, 2147483647])', 422, 'expression-limit', 1, 12, /too many elements/],
  ['a result of 10^9 elements', 'output y = zeros([1000000000])', 422, 'expression-limit', 1, 12, /at most 16777216/],
  ['deep nesting', `output y = ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, 422, 'expression-limit', 1, 112, /levels/],
  ['a tower of functions', lines('fn f0(t) = exp(t)', ...Array.from({ length: 40 }, (_, i) => `fn f${i + 1}(t) = f${i}(t) + f${i}(t)`), 'output y = f40(1.0)'), 422, 'expression-limit', 1, 12, /more than 5000 operations/],
  ['the literal NaN', 'output y = NaN', 422, 'expression-name', 1, 12, /NaN/],
  ['the literal Infinity', 'output y = [Infinity]', 422, 'expression-name', 1, 13, /Infinity/],
  ['a number beyond float32', 'output y = 1e39', 422, 'expression-syntax', 1, 12, /1e39/],
  ['a Cyrillic letter', 'output y = 1 + \u0430', 422, 'expression-syntax', 1, 16, /U\+0430/],
  ['full-width digits', 'output y = \uff11', 422, 'expression-syntax', 1, 12, /U\+FF11/],
  ['text that turns its direction', 'output y = 1 # \u202e 2 = y', 422, 'expression-syntax', 1, 16, /cannot be seen/],
  ['a zero-width space in a name', 'output y\u200b = 1', 422, 'expression-syntax', 1, 9, /U\+200B/],
  ['code', 'output y = process.exit()', 422, 'expression-syntax', 1, 19, /./],
];

describe('bad expressions over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(undefined, { RAMPART_EXPRESSION_SECONDS: '2' });
  });
  afterAll(() => server.remove());

  it.each(rows)('refuses %s', async (_name, source, status, code, line, column, detail) => {
    const { body, headers } = await server.api.post(EXPRESSIONS, { name: 'refused', source });
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect([body.status, body.code], JSON.stringify(body)).toEqual([status, code]);
    expect(body.detail).toMatch(detail);
    const [first] = body.errors as Place[];
    expect(first).toMatchObject({ pointer: '#/source', line, column });
    expect((await server.api.get(`${EXPRESSIONS}/refused`)).status).toBe(404);
  });

  it('refuses 1 MB of source, and several problems at once', async () => {
    expect((await server.api.post(EXPRESSIONS, { name: 'long', source: `output y = 1 ${'#'.repeat(2 ** 20)}` })).body).toMatchObject({ status: 413, code: 'expression-too-long' });
    const { body } = await server.api.post(EXPRESSIONS, { name: 'several', source: lines(x, 'output a = x @ x', 'output b = q') });
    expect((body.errors as Place[]).map(({ line, column }) => `${line}:${column}`)).toEqual(['2:14', '3:12']);
  });

  it.each([
    ['a name outside the rules', { name: '../etc', source: 'output y = 1' }, '/name'],
    ['no source', { name: 'a' }, '/source'],
    ['a length of 0', { name: 'a', source: x, lengths: { n: 0 } }, '/lengths/n'],
    ['an unknown key', { name: 'a', source: x, engine: 'cpu' }, '/engine'],
  ])('refuses %s', async (_name, request, pointer) => {
    const { body } = await server.api.post(EXPRESSIONS, request);
    expect([body.status, body.code]).toEqual([400, 'invalid-request']);
    expect((body.errors as Place[]).map((place) => place.pointer)).toContain(`#${pointer}`);
  });

  it('refuses tensors that do not fit, and changes nothing', async () => {
    await server.api.post(EXPRESSIONS, { name: 'strict', source: lines('input a: float32[n]', 'input b: int32[n]', 'shared k: int32 = 0', 'update k = k + 1', 'output y = a * b', 'output k') });
    const codeOf = async (inputs: unknown): Promise<unknown> => {
      const { body } = await server.api.post(`${EXPRESSIONS}/strict/evaluate`, { inputs });
      return `${String(body.status)} ${String(body.code)}: ${String(body.detail)}`;
    };
    expect(await codeOf({ a: [1] })).toMatch(/422 tensor-missing: .*'b'/);
    expect(await codeOf({ a: [1], b: [1], c: [1] })).toMatch(/422 tensor-unknown: .*'c'; its input tensors are a, b/);
    expect(await codeOf({ a: [[1]], b: [1] })).toMatch(/422 tensor-mismatch: .*float32\[1,1\].*accepted is float32\[n\]/);
    expect(await codeOf({ a: { dtype: 'int32', shape: [1], data: [1] }, b: [1] })).toMatch(/422 tensor-mismatch: .*int32\[1\].*accepted is float32\[n\]/);
    expect(await codeOf({ a: [1, 2], b: [1] })).toMatch(/422 expression-dimension: The dimension n is 2 in 'a' and 1 in 'b'/);
    expect(await codeOf({ a: [], b: [] })).toMatch(/422 tensor-mismatch/);
    expect(await codeOf({ a: [[1], [2, 3]], b: [1] })).toMatch(/422 expression-tensor-invalid: The tensor at \/inputs\/a is not regular/);
    expect(await codeOf({ a: [1], b: [0.5] })).toMatch(/422 expression-tensor-invalid: .*\/inputs\/b holds 0.5/);
    expect(await codeOf({ a: { dtype: 'float32', shape: [1000000000], data: [] }, b: [1] })).toMatch(/422 expression-tensor-invalid: .*1000000000 elements/);
    expect(await codeOf({ a: 'text', b: [1] })).toMatch(/400 invalid-request/);
    expect((await server.api.get(`${EXPRESSIONS}/strict`)).body).toMatchObject({ stateVersion: 0 });
  });

  it('ends a call that takes too long, and goes on with its state as it was', async () => {
    const slow = lines('input x: float32[n, n]', 'shared k: int32 = 0', 'update k = k + 1', 'let a = x @ x', 'let b = a @ a', 'let c = b @ b', 'let d = c @ c', 'let e = d @ d', 'output s = sum(e @ e @ e @ e)', 'output k');
    const { status, body } = await server.api.post(EXPRESSIONS, { name: 'slow', source: slow });
    expect(status, JSON.stringify(body)).toBe(201);
    expect((await server.api.post(`${EXPRESSIONS}/slow/evaluate`, { inputs: { x: [[1]] } })).body).toMatchObject({ outputs: { k: { data: [0] } } });
    const profile = server.api.get(`${EXPRESSIONS}/slow/profile?lengths=n:3000&calls=1000`); // made-up inputs: nothing to send
    const during = await server.api.get('/livez');
    expect(during.status).toBe(200);
    expect((await profile).body).toMatchObject({ status: 422, code: 'expression-timeout' });
    expect((await server.api.post(`${EXPRESSIONS}/slow/evaluate`, { inputs: { x: [[1]] } })).body).toMatchObject({ outputs: { s: { data: [1] }, k: { data: [1] } }, stateVersion: 2 });
  });
});
