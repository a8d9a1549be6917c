import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const SOURCE = `input x: float32[n, 4]
input y: int32[n]
shared w: float32[4, 3] = normal(seed: 1)
let loss = mean(crossEntropy(x @ w, y))
update w = w - 0.1 * grad(loss, w)
output loss`;

/** More operations than are drawn, none of which a pass can leave out. */
const LARGE = `input x: float32[4]\nlet y0 = x\n${Array.from({ length: 300 }, (_, i) => `let y${i + 1} = sin(y${i}) * x`).join('\n')}\noutput last = y300`;

const EXPRESSIONS = '/api/v1/expressions';

describe('graphs of expressions over REST', () => {
  let server: Server;
  const fetched = (path: string): Promise<Response> => fetch(`${server.url}${EXPRESSIONS}/${path}`);
  const create = async (name: string, source: string): Promise<void> => {
    const { status, body } = await server.api.post(EXPRESSIONS, { name, source });
    expect(status, JSON.stringify(body)).toBe(201);
  };

  beforeAll(async () => {
    server = await Server.start();
    await create('step', SOURCE);
  });
  afterAll(() => server.remove());

  it('are SVG documents of both stages', async () => {
    const [after, before] = await Promise.all(['step/graph.svg', 'step/graph.svg?stage=before'].map(fetched));
    expect(after!.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(after!.headers.get('content-security-policy')).toContain("default-src 'none'");
    const texts = [await before!.text(), await after!.text()];
    const cards = texts.map((text) => text.match(/class="card /g)!.length);
    for (const text of texts) {
      expect(text).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
      for (const title of ['x', 'y', 'w', 'matmul', 'loss', 'w ←']) expect(text).toContain(`>${title}</text>`);
      expect(text).not.toContain('<script');
    }
    expect(cards[0]).toBeGreaterThan(cards[1]!);
  });

  it('are a page with a policy, and with times where calls are asked for', async () => {
    const plain = await fetched('step/graph');
    expect([plain.status, plain.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(plain.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*script-src 'sha256-[\w+/=]+'; .*frame-ancestors 'none'$/);
    expect(await plain.text()).not.toContain('data-colour-choice="time"');
    const text = await (await fetched('step/graph?lengths=n:8&calls=3')).text();
    expect(text).toContain('3 calls, ');
    expect(text).toContain('data-colour-choice="time"');
    expect(text).toMatch(/class="card k-operation [^"]* costed"/);
  });

  it('are refused for a wrong query, an unknown name, missing lengths and too many nodes', async () => {
    const codeOf = async (path: string): Promise<unknown> => {
      const { status, body } = await server.api.get(`${EXPRESSIONS}/${path}`);
      return [status, body.code];
    };
    expect(await codeOf('step/graph.svg?stage=middle')).toEqual([400, 'invalid-request']);
    expect(await codeOf('nobody/graph')).toEqual([404, 'expression-not-found']);
    await create('two-lengths', 'input x: float32[n, 3]\ninput y: float32[m, 3]\noutput d = x @ transpose(y)');
    expect(await codeOf('two-lengths/graph.svg')).toEqual([422, 'expression-dimension']);
    expect((await fetched('two-lengths/graph.svg?lengths=n:2,m:5')).status).toBe(200);
    await create('large', LARGE);
    expect(await codeOf('large/graph.svg')).toEqual([422, 'graph-too-large']);
    expect(await (await fetched('large/graph')).text()).toContain('and at most 500 are drawn');
  });
});
