import { z } from 'zod';

export const livenessView = z.object({ live: z.literal(true) }).meta({ id: 'Liveness' });

const check = z.object({ ok: z.boolean(), detail: z.string().optional() });

export const readinessView = z
  .object({
    ready: z.boolean(),
    version: z.string(),
    checks: z.object({ accepting: check, database: check, storage: check }).describe('What a request needs, each on its own'),
  })
  .meta({ id: 'Readiness' });

export type ReadinessView = z.infer<typeof readinessView>;
