import type { JobObserver, JobProgress } from '../../observer/job-observer.js';

/** An observer that keeps what it hears. */
export interface RecordingObserver extends JobObserver {
  readonly events: { readonly level: string; readonly message: string }[];
  readonly steps: JobProgress[];
}

export function recordingObserver(): RecordingObserver {
  const events: RecordingObserver['events'] = [];
  const steps: JobProgress[] = [];
  return {
    events,
    steps,
    event: (level, message) => void events.push({ level, message }),
    progress: (progress) => void steps.push(progress),
    metrics: () => undefined,
    picture: () => Promise.resolve(),
    checkpoint: () => Promise.resolve(),
  };
}
