import { describe, expect, it } from 'vitest';
import { Server } from './support/server.js';

interface Worker { readonly id: string; readonly state: string; readonly pid: number; readonly jobs: readonly { readonly id: string; readonly name: string }[]; readonly [field: string]: unknown }

const workersOf = async (server: Server, query = ''): Promise<readonly Worker[]> => (await server.api.get(`/api/v1/workers${query}`)).body.items as readonly Worker[];

describe('GET /api/v1/workers', () => {
  it('shows the worker of this process, its jobs while they run, and not the ones before it', async () => {
    let server = await Server.start();
    try {
      const [worker, ...others] = await workersOf(server);
      expect(others).toEqual([]);
      expect(worker).toMatchObject({ state: 'alive', pid: server.child.pid, role: 'all', engine: 'onnx', device: 'cpu', slots: 1, jobs: [] });
      await server.api.post('/api/v1/datasets/built-in', { builtIn: 'glyphs', name: 'glyphs', trainCount: 500, validationCount: 0, testCount: 100, seed: 2 });
      const { body } = await server.api.post('/api/v1/training-jobs', { dataset: 'glyphs', name: 'seen', steps: 400, batchSize: 64, network: { architecture: 'mlp', hidden: [256, 256] } });
      await server.api.until(`/api/v1/training-jobs/${String(body.id)}`, (job) => job.state === 'running');
      await expect.poll(async () => (await workersOf(server))[0]!.jobs, { timeout: 10_000 }).toEqual([{ id: body.id, kind: 'training', name: 'seen' }]);
      await server.api.ended(`/api/v1/training-jobs/${String(body.id)}`);
      await expect.poll(async () => (await workersOf(server))[0]!.jobs, { timeout: 10_000 }).toEqual([]);
      expect(await workersOf(server, '?state=stale')).toEqual([]);
      expect((await server.api.get('/api/v1/workers?state=dead')).body).toMatchObject({ code: 'invalid-request', status: 400 });
      await server.end('SIGKILL'); // its row stays, until the next worker of the embedded database knows that it is the only one
      server = await Server.start(server.data, { RAMPART_ENGINE: 'wasm' });
      const after = await workersOf(server);
      expect(after).toHaveLength(1);
      expect(after[0]).toMatchObject({ pid: server.child.pid, engine: 'wasm', device: 'cpu' });
      expect(after[0]!.id).not.toBe(worker!.id);
    } finally {
      await server.remove();
    }
  });

  it('needs an engine that works: the start ends with the reason', async () => {
    await expect(Server.start(undefined, { RAMPART_DEVICE: 'cuda' })).rejects.toThrow(/code 1:\n.*RAMPART_ENGINE=onnx with RAMPART_DEVICE=cuda does not work on this machine: ONNX Runtime cannot compute on 'cuda'/);
    await expect(Server.start(undefined, { RAMPART_ENGINE: 'wasm', RAMPART_DEVICE: 'webgpu' })).rejects.toThrow(/RAMPART_DEVICE=webgpu: the engine wasm computes on cpu/);
  });
});
