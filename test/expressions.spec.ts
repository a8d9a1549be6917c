import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../src/bundles/safetensors.js';
import type { Api, Reply } from './support/api.js';
import { Server } from './support/server.js';

const EXPRESSIONS = '/api/v1/expressions';

const COUNTER = 'shared k: int32 = 0\nstream noise(seed: 3)\nupdate k = k + 1\noutput k\noutput u = uniform([2], stream: noise)';
const REGRESSION = `input x: float32[n, 2]
input y: float32[n]
shared w: float32[2] = [1, -1]
let loss = mean((x @ w - y) ^ 2)
update w = w - 0.1 * grad(loss, w)
output loss`;

interface Tensor { readonly dtype: string; readonly shape: number[]; readonly data: (number | boolean | string)[] }
type Tensors = Record<string, Tensor>;

async function create(api: Api, name: string, source: string, lengths: Record<string, number> = {}): Promise<Reply> {
  const reply = await api.post(EXPRESSIONS, { name, source, lengths });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply;
}

const evaluate = async (api: Api, name: string, inputs: unknown = {}, rest: object = {}): Promise<Reply> => api.post(`${EXPRESSIONS}/${name}/evaluate`, { inputs, ...rest });

const outputsOf = ({ status, body }: Reply): Tensors => {
  expect(status, JSON.stringify(body)).toBe(200);
  return body.outputs as Tensors;
};

describe('expressions over REST', () => {
  let server: Server;
  beforeAll(async () => {
    server = await Server.start();
  });
  afterAll(() => server.remove());

  it('are created with types, graphs and the report of the passes, listed, got by name, deleted', async () => {
    const { body, headers } = await create(server.api, 'regression', REGRESSION);
    expect(headers.get('location')).toBe(`${EXPRESSIONS}/${String(body.id)}`);
    expect(body).toMatchObject({
      name: 'regression', source: REGRESSION, stateVersion: 0, streams: [],
      inputs: [{ name: 'x', type: 'float32[n, 2]' }, { name: 'y', type: 'float32[n]' }],
      shared: [{ name: 'w', type: 'float32[2]', updated: true }], outputs: [{ name: 'loss', type: 'float32' }],
      dimensions: { names: ['n'], mode: 'batch' },
    });
    const { before, after, report } = body.graphs as { before: { nodes: { op: string; site?: string }[] }; after: { nodes: unknown[] }; report: { passes: { nodesBefore: number }[]; rewrites: unknown[]; refusals: unknown[]; nodesBefore: number; nodesAfter: number } };
    expect(before.nodes.some(({ op, site }) => op === 'matmul' && site?.startsWith('4:'))).toBe(true);
    expect(after.nodes.length).toBeLessThan(before.nodes.length);
    expect(report.nodesAfter).toBeLessThan(report.nodesBefore);
    expect(report.passes.length).toBeGreaterThan(3);
    expect(report.rewrites.length).toBeGreaterThan(0);
    expect((await server.api.get(`${EXPRESSIONS}/regression`)).body).toMatchObject({ id: body.id, source: REGRESSION, graphs: { after: { printed: expect.any(String) as string } } });
    const { items } = (await server.api.get(EXPRESSIONS)).body as { items: { name: string; source?: string }[] };
    expect(items.map(({ name, source }) => [name, source])).toContainEqual(['regression', undefined]);
    expect((await server.api.post(EXPRESSIONS, { name: 'regression', source: REGRESSION })).body).toMatchObject({ status: 409, code: 'name-taken' });
    await create(server.api, 'short-lived', COUNTER);
    expect((await server.api.delete(`${EXPRESSIONS}/short-lived`)).status).toBe(204);
    expect((await evaluate(server.api, 'short-lived')).body).toMatchObject({ status: 404, code: 'expression-not-found' });
  });

  it('need lengths for graphs where each binding has its own program', async () => {
    const source = 'input a: float32[n, k]\noutput s = a @ transpose(a)';
    expect((await create(server.api, 'gram', source)).body).toMatchObject({ graphs: null, dimensions: { mode: 'binding', names: ['n', 'k'] } });
    expect((await server.api.get(`${EXPRESSIONS}/gram?lengths=n:3,k:2`)).body).toMatchObject({ graphs: { before: { inputs: [{ name: 'a', shape: [3, 2] }] } } });
    expect((await server.api.get(`${EXPRESSIONS}/gram?lengths=n:3`)).body).toMatchObject({ status: 422, code: 'expression-dimension' });
    expect((await server.api.get(`${EXPRESSIONS}/gram?lengths=3`)).body).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(outputsOf(await evaluate(server.api, 'gram', { a: [[1, 2], [3, 4]] }))).toEqual({ s: { dtype: 'float32', shape: [2, 2], data: [5, 11, 11, 25] } });
  });

  it('learn: state changes with each call as plain gradient descent does', async () => {
    const [x, y] = [[[1, 2], [3, -1]], [2, 1]];
    await create(server.api, 'learner', REGRESSION);
    let w = [1, -1];
    for (let call = 1; call <= 3; call++) {
      const errors = x.map((row, i) => row[0]! * w[0]! + row[1]! * w[1]! - y[i]!);
      const loss = errors.reduce((sum, error) => sum + error * error, 0) / 2;
      w = w.map((value, j) => value - 0.1 * errors.reduce((sum, error, i) => sum + error * x[i]![j]!, 0));
      const reply = await evaluate(server.api, 'learner', { x, y });
      expect(outputsOf(reply).loss!.data[0]).toBeCloseTo(loss, 4);
      expect(reply.body.stateVersion).toBe(call);
      const state = (reply.body.state as Tensors).w!;
      expect(state.data[0]).toBeCloseTo(w[0]!, 4);
      expect(state.data[1]).toBeCloseTo(w[1]!, 4);
    }
  });

  it('give gradients, verify them, and change nothing by it', async () => {
    await create(server.api, 'derived', REGRESSION);
    const inputs = { x: [[1, 2]], y: [2] }; // error (1 - 2) - 2 = -3, loss 9
    const { body } = await server.api.post(`${EXPRESSIONS}/derived/gradient`, { of: 'loss', wrt: ['w', 'x'], inputs });
    expect(body).toEqual({
      value: { dtype: 'float32', shape: [], data: [9] },
      gradients: { w: { dtype: 'float32', shape: [2], data: [-6, -12] }, x: { dtype: 'float32', shape: [1, 2], data: [-6, 6] } },
    });
    expect((await server.api.post(`${EXPRESSIONS}/derived/verify-gradient`, { of: 'loss', wrt: ['w', 'x'], inputs })).body).toMatchObject({ passed: true, variables: [{ name: 'w' }, { name: 'x' }] });
    expect((await server.api.post(`${EXPRESSIONS}/derived/gradient`, { of: 'nothing', wrt: ['w'], inputs })).body).toMatchObject({ status: 422, code: 'expression-value-unknown' });
    expect((await server.api.get(`${EXPRESSIONS}/derived`)).body).toMatchObject({ stateVersion: 0 });
  });

  it('name the first NaN, and a guarded call changes nothing', async () => {
    await create(server.api, 'logarithm', 'input x: float32[n]\nshared k: int32 = 0\nupdate k = k + 1\noutput y = log(x) + 1\noutput k');
    const inputs = { x: [1, -1] };
    expect((await server.api.post(`${EXPRESSIONS}/logarithm/non-finite`, { inputs })).body).toMatchObject({
      found: { op: 'log', site: '4:12', value: 'NaN', index: 1, operands: [{ op: 'input x', minimum: -1, maximum: 1, notFinite: 0 }] },
    });
    expect((await server.api.post(`${EXPRESSIONS}/logarithm/non-finite`, { inputs: { x: [1, 2] } })).body).toEqual({ found: null });
    expect((await evaluate(server.api, 'logarithm', inputs, { guard: true })).body).toMatchObject({ status: 422, code: 'expression-not-finite', detail: expect.stringContaining('log at 4:12') as string });
    const reply = await evaluate(server.api, 'logarithm', inputs);
    expect(outputsOf(reply)).toMatchObject({ y: { data: [1, 'NaN'] }, k: { data: [0] } });
    expect(reply.body.stateVersion).toBe(1);
  });

  it('take and give binary tensors, equal to the JSON ones', async () => {
    await create(server.api, 'binary', 'input x: float32[n]\ninput c: bool[n]\nshared k: int32 = 0\nupdate k = k + 1\noutput y = where(c, x * 3, int32(0))');
    const body = encodeSafetensors({ x: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2.5, NaN) }, c: { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 1) } });
    const send = (contents: string | Uint8Array<ArrayBuffer>, type = 'application/x-safetensors') => fetch(`${server.url}${EXPRESSIONS}/binary/evaluate-binary`, { method: 'POST', headers: { 'content-type': type }, body: contents });
    const response = await send(Buffer.from(body));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-safetensors']);
    const tensors = decodeSafetensors(new Uint8Array(await response.arrayBuffer()));
    expect(tensors).toEqual({
      'outputs.y': { dtype: 'float32', shape: [3], data: Float32Array.of(0, 7.5, NaN) },
      'state.k': { dtype: 'int32', shape: [], data: Int32Array.of(1) },
    });
    expect(outputsOf(await evaluate(server.api, 'binary', { x: [1, 2.5, 'NaN'], c: [false, true, true] })).y).toEqual({ dtype: 'float32', shape: [3], data: [0, 7.5, 'NaN'] });
    expect(await (await send(Buffer.from(body.subarray(0, 40)))).json()).toMatchObject({ status: 422, code: 'safetensors-truncated' });
    expect(await (await send('{}', 'application/json')).json()).toMatchObject({ status: 415, code: 'unsupported-media-type' });
  });

  it('are copied with their state, of which some is swapped', async () => {
    await create(server.api, 'original', COUNTER);
    const first = outputsOf(await evaluate(server.api, 'original'));
    const second = outputsOf(await evaluate(server.api, 'original'));
    expect((await server.api.post(`${EXPRESSIONS}/original/copy`, { name: 'copy', state: { k: 100, noise: 0 } })).status).toBe(201);
    expect((await server.api.get(`${EXPRESSIONS}/copy/state`)).body).toMatchObject({ state: { k: { data: [100] }, noise: { data: [0] } } });
    expect(outputsOf(await evaluate(server.api, 'copy'))).toEqual({ k: { dtype: 'int32', shape: [], data: [100] }, u: first.u }); // the stream began again
    expect(second.u).not.toEqual(first.u);
    expect(outputsOf(await evaluate(server.api, 'original')).k!.data).toEqual([2]); // each has a state of its own
    await server.api.delete(`${EXPRESSIONS}/original`);
    expect(outputsOf(await evaluate(server.api, 'copy'))).toEqual({ k: { dtype: 'int32', shape: [], data: [101] }, u: second.u });
    expect((await server.api.post(`${EXPRESSIONS}/copy/copy`, { name: 'bad', state: { q: 1 } })).body).toMatchObject({ status: 422, code: 'tensor-unknown' });
    expect((await server.api.post(`${EXPRESSIONS}/copy/copy`, { name: 'bad', state: { k: [1, 2] } })).body).toMatchObject({ status: 422, code: 'tensor-mismatch' });
    expect((await server.api.get(`${EXPRESSIONS}/bad`)).status).toBe(404);
  });

  it('are profiled by node with their place in the source, and exported as ONNX', async () => {
    await create(server.api, 'profiled', REGRESSION);
    const { body, status } = await server.api.get(`${EXPRESSIONS}/profiled/profile?lengths=n:64&calls=3`);
    expect(status, JSON.stringify(body)).toBe(200);
    const rows = body.rows as { op: string; site?: string; calls: number; milliseconds: number; bytes: number }[];
    expect(body.calls).toBe(3);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row.milliseconds).toBeGreaterThanOrEqual(0);
    expect(rows.some(({ calls, site }) => calls === 3 && site !== undefined && /^4:\d+$/.test(site))).toBe(true);
    expect((await server.api.get(`${EXPRESSIONS}/profiled/profile`)).body).toMatchObject({ status: 422, code: 'expression-dimension' });
    expect((await server.api.get(`${EXPRESSIONS}/profiled`)).body).toMatchObject({ stateVersion: 0 });
    const file = await fetch(`${server.url}${EXPRESSIONS}/profiled/onnx`);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="profiled.onnx"');
    const onnxruntime = await import('onnxruntime-node');
    const session = await onnxruntime.InferenceSession.create(Buffer.from(await file.arrayBuffer()));
    const float = (data: number[], dims: number[]) => new onnxruntime.Tensor('float32', Float32Array.from(data), dims);
    const results = await session.run({ x: float([1, 2], [1, 2]), y: float([2], [1]), w: float([1, -1], [2]) });
    expect([...(results.loss!.data as Float32Array)]).toEqual([9]);
    const next = [...(results['next:w']!.data as Float32Array)]; // w - 0.1 * [-6, -12]
    expect(next[0]).toBeCloseTo(1.6, 5);
    expect(next[1]).toBeCloseTo(0.2, 5);
    await session.release();
  });

  it('keep their state over a restart, also one that nobody announced', async () => {
    await create(server.api, 'lasting', COUNTER);
    const before: Tensors[] = [];
    for (let call = 0; call < 3; call++) before.push(outputsOf(await evaluate(server.api, 'lasting')));
    await create(server.api, 'beside', COUNTER);
    for (let call = 0; call < 5; call++) outputsOf(await evaluate(server.api, 'beside'));
    await server.end('SIGKILL');
    server = await Server.start(server.data);
    const after = outputsOf(await evaluate(server.api, 'lasting'));
    expect(after.k!.data).toEqual([3]);
    expect(before.map(({ u }) => u)).not.toContainEqual(after.u); // the stream goes on
    await server.api.post(`${EXPRESSIONS}/beside/copy`, { name: 'fourth', state: { k: 3, noise: 3 } });
    expect(outputsOf(await evaluate(server.api, 'fourth'))).toEqual(after);
  });

  it('count exactly, when two clients call at once', async () => {
    await create(server.api, 'shared-counter', COUNTER);
    const clients = Array.from({ length: 2 }, async () => {
      const seen: number[] = [];
      for (let call = 0; call < 40; call++) seen.push(outputsOf(await evaluate(server.api, 'shared-counter')).k!.data[0] as number);
      return seen;
    });
    const seen = (await Promise.all(clients)).flat().sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 80 }, (_, i) => i)); // each call saw a state of its own
    expect((await server.api.get(`${EXPRESSIONS}/shared-counter`)).body).toMatchObject({ stateVersion: 80 });
  });
});
