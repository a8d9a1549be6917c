import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

const JOBS = '/api/v1/training-jobs';

/** Enough steps that a kill lands in the middle; checkpoints every 20 steps. */
const LONG = {
  dataset: 'glyphs', steps: 400, batchSize: 64, seed: 11, checkpoint: { everySteps: 20 },
  network: { architecture: 'mlp', hidden: [256, 256] }, method: { name: 'manifold-mixup', mixPoints: [0, 1] },
};

describe('processes that die in the middle of a training job', () => {
  let server: Server;
  let expected: string;

  const create = async (name: string): Promise<string> => {
    const { status, body } = await server.api.post(JOBS, { ...LONG, name });
    expect(status, JSON.stringify(body)).toBe(202);
    return `${JOBS}/${String(body.id)}`;
  };
  const weightsOf = async (name: string): Promise<string> => {
    const manifest = (await server.api.get(`/api/v1/models/${name}`)).body.manifest as { parts: { file: string; sha256: string }[] };
    return manifest.parts.find(({ file }) => file === 'weights.safetensors')!.sha256;
  };
  const reach = (path: string, step: number) => server.api.until(path, (job) => (job.progress?.step ?? 0) >= step);

  beforeAll(async () => {
    server = await Server.start();
    await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 1000, validationCount: 0, testCount: 100, seed: 2 });
    await server.api.ended(await create('undisturbed'));
    expected = await weightsOf('undisturbed');
    expect(expected).toHaveLength(createHash('sha256').digest('hex').length);
  });
  afterAll(() => server.remove());

  it('resumes after SIGKILL of the compute process, with equal bits', async () => {
    const path = await create('compute-killed');
    await reach(path, 60);
    const children = await server.computeProcesses();
    expect(children).toHaveLength(1);
    process.kill(children[0]!, 'SIGKILL');
    const job = await server.api.ended(path);
    expect(job).toMatchObject({ state: 'succeeded' });
    expect(job.attempt).toBeGreaterThan(1);
    expect(await weightsOf('compute-killed')).toBe(expected);
  });

  it('resumes after SIGKILL of api and worker, with equal bits and no compute process left', async () => {
    const path = await create('server-killed');
    await reach(path, 60);
    const [compute] = await server.computeProcesses();
    await server.end('SIGKILL');
    for (let i = 0; i < 100 && isAlive(compute!); i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAlive(compute!)).toBe(false);
    server = await Server.start(server.data);
    const job = await server.api.ended(path);
    expect(job).toMatchObject({ state: 'succeeded' });
    expect(job.attempt).toBeGreaterThan(1);
    expect(await weightsOf('server-killed')).toBe(expected);
  });

  it('stops within 10 s on SIGTERM, and goes on after the restart', async () => {
    const path = await create('terminated');
    await reach(path, 60);
    const start = Date.now();
    expect(await server.end('SIGTERM')).toBe(0);
    expect(Date.now() - start).toBeLessThan(10_000);
    server = await Server.start(server.data);
    expect(await server.api.ended(path)).toMatchObject({ state: 'succeeded' });
    expect(await weightsOf('terminated')).toBe(expected);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
