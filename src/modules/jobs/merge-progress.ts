import type { JobEventEntity } from '../../persistence/entities/job-event.entity.js';
import type { JobProgressRecord } from '../../persistence/entities/job.entity.js';
import { jobEventViewOf } from './job.schema.js';
import type { ServerSentEvent } from './server-sent-events.js';

/** Progress is looked up at most this often for one stream. */
const PROGRESS_MS = 500;

/** Looks up where a job stands, at most every PROGRESS_MS and only after a change; undefined when there is nothing new. */
class ProgressWatch {
  private changed = true;
  private lookedAt = performance.now();
  private last = 'null';

  constructor(private readonly progress: () => Promise<JobProgressRecord | null>) {}

  readonly onChange = (): void => {
    this.changed = true;
  };

  async news(): Promise<JobProgressRecord | undefined> {
    if (!this.changed || performance.now() - this.lookedAt < PROGRESS_MS) return undefined;
    this.changed = false;
    const now = await this.progress();
    this.lookedAt = performance.now();
    const text = JSON.stringify(now);
    if (now === null || text === this.last) return undefined;
    this.last = text;
    return now;
  }
}

/** The events of a log, and between them, without an id, where the job stands whenever that has changed. */
export async function* mergeProgress(
  log: AsyncIterator<JobEventEntity>,
  progress: () => Promise<JobProgressRecord | null>,
  subscribe: (listener: () => void) => () => void,
): AsyncGenerator<ServerSentEvent> {
  const watch = new ProgressWatch(progress);
  const unsubscribe = subscribe(watch.onChange);
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
      }
      const news = await watch.news();
      if (news !== undefined) yield { event: 'progress', data: news };
    }
  } finally {
    unsubscribe();
    next.catch(() => undefined);
    await log.return?.();
  }
}
