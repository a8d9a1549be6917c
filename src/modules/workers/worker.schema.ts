import { z } from 'zod';
import { DEVICES, ENGINE_NAMES } from '../../compiler/engine.options.js';
import { JOB_KINDS } from '../../persistence/entities/job.entity.js';
import type { WorkerRow } from '../../persistence/repositories/worker.repository.js';

const instant = z.iso.datetime().describe('RFC 3339, UTC');

const workerState = z.enum(['alive', 'stale']).meta({ id: 'WorkerState', description: 'stale = silent for longer than RAMPART_LEASE_SECONDS; its jobs go to other workers' });

export const workerView = z
  .object({
    id: z.uuid().describe('A new one at every start'),
    state: workerState,
    host: z.string(),
    pid: z.int().describe('Process id on that host'),
    role: z.enum(['all', 'worker']),
    engine: z.enum(ENGINE_NAMES).describe('What computes the jobs that leave the engine open'),
    device: z.enum(DEVICES).describe('Where it computes'),
    threads: z.int().describe('Threads of one compute process'),
    slots: z.int().describe('Jobs that it runs at the same time'),
    versions: z.object({
      rampart: z.string(),
      node: z.string(),
      onnxruntime: z.string(),
      tensorflowjs: z.string(),
      tensorflow: z.string().optional().describe('Of the native library; only with the engine tensorflow'),
    }),
    jobs: z.array(z.object({ id: z.uuid(), kind: z.enum(JOB_KINDS), name: z.string() })).describe('Jobs in hand'),
    startedAt: instant,
    heartbeatAt: instant.describe('Last sign of life'),
  })
  .meta({
    id: 'Worker',
    examples: [
      {
        id: '0d6f6a3e-6f0b-4a53-9f57-0a7a2d1f3c11', state: 'alive', host: 'worker-1', pid: 41, role: 'worker', engine: 'onnx', device: 'cpu', threads: 2, slots: 1,
        versions: { rampart: '0.1.0', node: '20.19.0', onnxruntime: '1.30.0', tensorflowjs: '4.22.0' },
        jobs: [{ id: '5f1c1f0a-5b8f-4b06-9a7c-2f7a1f6f9c02', kind: 'training', name: 'glyphs-convnet' }],
        startedAt: '2025-11-25T10:00:00.000Z', heartbeatAt: '2025-11-25T10:05:10.000Z',
      },
    ],
  });

export const workerList = z.object({ items: z.array(workerView) }).meta({ id: 'WorkerList' });

export const workerQuery = z.object({ state: workerState.optional().describe('Only workers of this state') });

export type WorkerView = z.infer<typeof workerView>;
export type WorkerList = z.infer<typeof workerList>;
export type WorkerQuery = z.infer<typeof workerQuery>;

export function workerViewOf({ stale, startedAt, heartbeatAt, jobs, ...worker }: WorkerRow): WorkerView {
  return { ...worker, state: stale ? 'stale' : 'alive', jobs: [...jobs], startedAt: startedAt.toISOString(), heartbeatAt: heartbeatAt.toISOString() };
}
