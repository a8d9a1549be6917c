import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { compileFixture } from '../../../test/fixtures/compile-fixture.js';
import { ExpressionPool } from './expression-pool.js';

let folder: string;
let entry: string;
let pool: ExpressionPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-pool-'));
  entry = compileFixture('fake-expressions', folder);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => pool.close());

const open = (options: { processes?: number; waiting?: number; idleSeconds?: number } = {}): ExpressionPool =>
  (pool = new ExpressionPool({ entry, heapMegabytes: 64, seconds: 1, processes: 2, waiting: 2, idleSeconds: 60, settings: { limits: {}, stateBytes: 1, threads: 1, cacheSize: 2 }, ...options }));

/** Number of the process that answered; the fixture sends it in place of a description. */
const ask = async (source: string, expression?: string): Promise<number> =>
  Number(Buffer.from((await pool.run('describe', { source, lengths: {} }, expression)) as unknown as Uint8Array).toString());

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe(ExpressionPool.name, () => {
  it('asks the process that has the expression, and others only while that one is busy', async () => {
    open();
    const first = await ask('', 'a');
    const [busy, other] = await Promise.all([ask('slowly', 'a'), ask('', 'b')]);
    expect(busy).toBe(first);
    expect(other).not.toBe(first);
    expect([await ask('', 'a'), await ask('', 'b'), await ask('', 'a')]).toEqual([first, other, first]);
  });

  it('lets calls wait, up to a number', async () => {
    open({ processes: 1 });
    const calls = [ask('slowly'), ask(''), ask('')];
    await expect(ask('')).rejects.toMatchObject({ code: 'expression-queue-full', status: 503 });
    expect(new Set(await Promise.all(calls)).size).toBe(1);
  });

  it('hands on refusals as they are, and other errors as internal', async () => {
    open({ processes: 1 });
    const pid = await ask('');
    await expect(ask('refuse')).rejects.toMatchObject({ code: 'expression-name', status: 422, message: 'no such name', errors: [{ line: 1, column: 2 }] });
    await expect(ask('fail')).rejects.toThrowError(/internal: .*of a bug/);
    expect(await ask('')).toBe(pid);
  });

  it('replaces a process that ends or takes too long', async () => {
    open({ processes: 1 });
    const pid = await ask('');
    const calls = [ask('for ever'), ask('')]; // the second one waits for a process that will be killed
    await expect(calls[0]).rejects.toMatchObject({ code: 'expression-timeout', status: 422 });
    const next = await calls[1]!;
    expect(next).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    await expect(ask('exit')).rejects.toMatchObject({ code: 'expression-process-ended', message: expect.stringContaining('exit code 3') as string });
    expect(await ask('')).not.toBe(next);
  });

  it('ends an objective of an attack that takes too long', async () => {
    open({ processes: 1 });
    const call = { source: 'for ever', classes: 2, pointer: '/objective', logits: new Float32Array(2), labels: new Int32Array(1) };
    await expect(pool.run('objective', call)).rejects.toMatchObject({ code: 'expression-timeout' });
  });

  it('ends processes that nobody asks, and all when it closes', async () => {
    open({ idleSeconds: 0.2 });
    const pid = await ask('');
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
    const last = await ask('');
    await pool.close();
    expect(isAlive(last)).toBe(false);
    await expect(ask('')).rejects.toMatchObject({ code: 'serving-stopped' });
  });
});
