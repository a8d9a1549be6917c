import type { JobEventEntity } from '../../persistence/entities/job-event.entity.js';
import type { JobProgressRecord } from '../../persistence/entities/job.entity.js';
import { jobEventViewOf } from './job.schema.js';
import type { ServerSentEvent } from './server-sent-events.js';

/** Progress is looked up at most this often for one stream. */
const PROGRESS_MS = 500;

/** The events of a log, and between them where the job stands whenever that has changed. */
export async function* mergeProgress(
  log: AsyncIterator<JobEventEntity>,
  progress: () => Promise<JobProgressRecord | null>,
  subscribe: (listener: () => void) => () => void,
): AsyncGenerator<ServerSentEvent> {
  let changed = true;
  const unsubscribe = subscribe(() => (changed = true));
  let last = '';
  let next = log.next();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), PROGRESS_MS)));
      const outcome = await Promise.race([next, pause]).finally(() => clearTimeout(timer));
      if (outcome?.done === true) return;
      if (outcome !== undefined) {
        const view = jobEventViewOf(outcome.value);
        yield { id: String(view.sequence), event: view.type, data: view };
        next = log.next();
      } else if (changed) {
        changed = false;
        const now = await progress();
        const text = JSON.stringify(now);
        if (now !== null && text !== last) yield { event: 'progress', data: now };
        last = text;
      }
    }
  } finally {
    unsubscribe();
    next.catch(() => undefined);
    await log.return?.();
  }
}
