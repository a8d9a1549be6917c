import { z } from 'zod';

const warmupSteps = z.int().min(0).max(1_000_000).default(0).describe('Steps over which the rate grows linearly from near 0 at the start.');

export const scheduleOptionsSchema = z
  .discriminatedUnion('name', [
    z.object({ name: z.literal('constant'), warmupSteps }).meta({ id: 'ConstantSchedule' }),
    z.object({
      name: z.literal('step'), warmupSteps,
      milestones: z.array(z.number().gt(0).lt(1)).min(1).max(20).default([0.6, 0.85])
        .describe('Shares of all steps, in ascending order; at each the rate is multiplied by factor.'),
      factor: z.number().gt(0).lt(1).default(0.1),
    })
      .refine(({ milestones }) => milestones.every((m, i) => i === 0 || m > milestones[i - 1]!), { path: ['milestones'], message: 'must ascend' })
      .meta({ id: 'StepSchedule' }),
    z.object({
      name: z.literal('cosine'), warmupSteps,
      finalFraction: z.number().min(0).max(1).default(0).describe('Share of the base rate at the end.'),
    }).meta({ id: 'CosineSchedule' }),
  ])
  .describe('Learning rate over the steps, as a multiple of the base rate of the optimiser.');

export type ScheduleOptions = z.infer<typeof scheduleOptionsSchema>;
