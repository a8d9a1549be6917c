import type { Pool } from 'pg';
import { PgBoss, type ConstructorOptions } from 'pg-boss';
import type { JobDelivery, JobQueue, QueuedJob, TransactionQuery } from './job-queue.js';

const QUEUE = 'jobs';
const SCHEMA = 'queue';

/** pg-boss ends a delivery after 24 hours at most; a longer job goes on in the next one from its checkpoint. */
const SEGMENT_SECONDS = 23 * 3600;
/** How often a job is started is the runner's decision, so the queue itself does not give up. */
const REDELIVERIES = 100_000;
const POLL_SECONDS = 0.5;

export interface PgBossQueueOptions {
  /** The pool that TypeORM uses too. */
  readonly pool: Pool;
  readonly backend: 'embedded' | 'postgres';
  /** Nobody else can work on this database: deliveries that are active at the start were left by a dead process. */
  readonly exclusive: boolean;
  /** Silence of a worker after which its delivery goes to another one; at least 10. */
  readonly leaseSeconds: number;
  /** Time that handlers have after `stop`. */
  readonly stopGraceSeconds: number;
  readonly onError: (error: Error) => void;
}

interface Rows {
  rows: unknown[];
}

/** pg-boss sends blocks of several statements; node-postgres answers those with one result per statement. */
function flatten(result: Rows | Rows[]): { rows: unknown[] } {
  return { rows: Array.isArray(result) ? result.flatMap((part) => part.rows) : result.rows };
}

/** A block that fails inside its own BEGIN would leave the shared connection in an aborted transaction. */
async function executeOn(pool: Pool, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const client = await pool.connect();
  try {
    return flatten(values === undefined || values.length === 0 ? await client.query(text) : await client.query(text, values));
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

/** The durable queue in the same database as the rows. */
export class PgBossQueue implements JobQueue {
  private readonly boss: PgBoss;

  constructor(private readonly options: PgBossQueueOptions) {
    const isEmbedded = options.backend === 'embedded';
    const bossOptions: ConstructorOptions = {
      backend: isEmbedded ? 'pglite' : 'postgres',
      schema: SCHEMA,
      db: { executeSql: (text, values) => executeOn(options.pool, text, values) },
      schedule: false,
      registerInstance: false,
      reindex: false,
      monitorVacuum: false,
      superviseIntervalSeconds: isEmbedded ? 60 : Math.max(1, Math.floor(options.leaseSeconds / 3)),
      monitorIntervalSeconds: isEmbedded ? 60 : Math.max(1, Math.floor(options.leaseSeconds / 3)),
    };
    this.boss = new PgBoss(bossOptions);
    this.boss.on('error', options.onError);
  }

  async start(): Promise<void> {
    await this.boss.start();
    const queue = { expireInSeconds: SEGMENT_SECONDS, heartbeatSeconds: this.options.leaseSeconds, retryLimit: REDELIVERIES, retryDelay: 1 };
    if ((await this.boss.getQueue(QUEUE)) === null) await this.boss.createQueue(QUEUE, { ...queue, policy: 'standard' });
    else await this.boss.updateQueue(QUEUE, queue);
    if (this.options.exclusive) await this.releaseAbandoned();
  }

  private async releaseAbandoned(): Promise<void> {
    const { rows } = await executeOn(this.options.pool, `SELECT id FROM "${SCHEMA}".job WHERE name = $1 AND state = 'active'`, [QUEUE]);
    const ids = rows.map((row) => (row as { id: string }).id);
    if (ids.length > 0) await this.boss.fail(QUEUE, ids, { reason: 'the worker has died' });
  }

  async send(job: QueuedJob, transaction?: TransactionQuery): Promise<void> {
    const db = transaction && {
      executeSql: async (text: string, values?: unknown[]) => ({ rows: await transaction.query(text, values ?? []) }),
    };
    const id = await this.boss.send(QUEUE, { jobId: job.jobId }, db === undefined ? {} : { db });
    if (id === null) throw new Error('internal: the queue did not take the job');
  }

  async work(slots: number, handle: (delivery: JobDelivery) => Promise<void>): Promise<void> {
    const options = { batchSize: 1, localConcurrency: slots, pollingIntervalSeconds: POLL_SECONDS };
    await this.boss.work<QueuedJob>(QUEUE, options, async (jobs) => {
      for (const job of jobs) await handle({ jobId: job.data.jobId, signal: job.signal });
    });
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: true, timeout: this.options.stopGraceSeconds * 1000 });
  }
}
