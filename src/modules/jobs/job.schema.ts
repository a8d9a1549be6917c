import { z } from 'zod';
import { JOB_EVENT_TYPES } from '../../persistence/entities/job-event.entity.js';
import { JOB_STATES, type JobEntity } from '../../persistence/entities/job.entity.js';
import type { JobEventEntity } from '../../persistence/entities/job-event.entity.js';

const instant = z.iso.datetime().describe('RFC 3339, UTC');

export const jobState = z.enum(JOB_STATES).meta({ id: 'JobState', description: 'diverged = ended on a non-finite loss; the last finite checkpoint is kept' });

const progress = z.object({
  step: z.int().describe('Steps done'),
  totalSteps: z.int(),
  epoch: z.int().optional(),
  etaSeconds: z.number().optional().describe('Estimated time to the end'),
});

/** What every job shows, whatever it computes. */
export const jobFields = {
  id: z.uuid(),
  name: z.string(),
  state: jobState,
  progress: progress.nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable().describe('Why it failed or diverged'),
  attempt: z.int().describe('How often a worker has started it; above 1 = resumed from a checkpoint'),
  cancelRequestedAt: instant.nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
};

export const checkpointView = z.object({ step: z.int(), at: instant }).meta({ id: 'Checkpoint' });

export const jobEventView = z
  .object({
    sequence: z.int().describe('Counts from 1 within the job; the id of the server-sent event'),
    at: instant,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    type: z.enum(JOB_EVENT_TYPES),
    step: z.int().nullable(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()).describe('metrics: {name: value}; transition: {from, to, reason}'),
  })
  .meta({ id: 'JobEvent' });

export const jobEventPage = z
  .object({ items: z.array(jobEventView), nextAfter: z.int().optional().describe('`after` of the next page; absent when no more events are known yet') })
  .meta({ id: 'JobEventPage' });

export const jobEventQuery = z.object({
  after: z.coerce.number().int().min(0).default(0).describe('Events with a greater sequence'),
  limit: z.coerce.number().int().min(1).default(100).describe('Most events on the page'),
});

export type JobEventView = z.infer<typeof jobEventView>;
export type JobEventPage = z.infer<typeof jobEventPage>;
export type JobEventQuery = z.infer<typeof jobEventQuery>;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

export function jobFieldsOf(job: JobEntity) {
  const { id, name, state, progress: at, error, attempt } = job;
  return {
    id, name, state, progress: at, error, attempt,
    cancelRequestedAt: iso(job.cancelRequestedAt),
    createdAt: job.createdAt.toISOString(),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
  };
}

export function jobEventViewOf({ sequence, at, level, type, step, message, data }: JobEventEntity): JobEventView {
  return { sequence, at: at.toISOString(), level, type, step, message, data };
}
