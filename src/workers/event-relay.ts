import type { JobProgress } from '../observer/job-observer.js';
import type { JobEventRepository, NewJobEvent } from '../persistence/repositories/job-event.repository.js';
import type { JobRepository } from '../persistence/repositories/job.repository.js';

/** Events and progress are written at most this often: a fast loop must not fill the database with transactions. */
const FLUSH_MS = 250;

/** Collects what a computation says and writes it in batches, in order. */
export class EventRelay {
  private events: NewJobEvent[] = [];
  private latest: JobProgress | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly jobs: JobRepository,
    private readonly log: JobEventRepository,
    private readonly job: { readonly id: string; readonly attempt: number },
    private readonly onError: (error: unknown) => void,
  ) {}

  add(event: NewJobEvent): void {
    this.events.push({ at: new Date(), ...event });
    this.schedule();
  }

  progress(progress: JobProgress): void {
    this.latest = progress;
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush().catch(this.onError), FLUSH_MS);
  }

  /** Writes all that was added so far. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.events;
    const progress = this.latest;
    this.events = [];
    this.latest = undefined;
    const write = async (): Promise<void> => {
      if (progress !== undefined) await this.jobs.updateProgress(this.job.id, this.job.attempt, progress);
      await this.log.append(this.job.id, events);
    };
    this.writing = this.writing.then(write);
    return this.writing;
  }
}
