import type { JobState } from './entities/job.entity.js';

/** The state machine of a job: which state may follow which. */
export const JOB_TRANSITIONS = {
  queued: ['running', 'cancelled', 'failed'],
  // Back to queued: its worker was stopped, or it died; the next start goes on from the last checkpoint.
  running: ['queued', 'succeeded', 'failed', 'cancelled', 'diverged'],
  succeeded: [],
  failed: [],
  cancelled: [],
  diverged: [],
} as const satisfies Record<JobState, readonly JobState[]>;

export function mayFollow(from: JobState, to: JobState): boolean {
  return (JOB_TRANSITIONS[from] as readonly JobState[]).includes(to);
}

/** A state that nothing follows. */
export function isFinal(state: JobState): boolean {
  return JOB_TRANSITIONS[state].length === 0;
}

/** Why a running job went back to the queue. `stopped`: the worker shut down in order; the others count as failed starts. */
export const REQUEUE_CAUSES = ['stopped', 'crashed', 'lost'] as const;
export type RequeueCause = (typeof REQUEUE_CAUSES)[number];
