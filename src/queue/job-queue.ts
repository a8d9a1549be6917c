/** What the queue carries: the id of a row in `jobs`; everything else is in the row. */
export interface QueuedJob {
  readonly jobId: string;
}

export interface JobDelivery extends QueuedJob {
  /** Aborts when the lease is lost or the queue stops without grace. */
  readonly signal: AbortSignal;
}

/** The caller's database transaction, so that row and queue entry commit together; `query` gives the rows. */
export interface TransactionQuery {
  query(text: string, values: unknown[]): Promise<unknown[]>;
}

/** The port to the durable queue; at-least-once delivery, leases kept by heartbeats. */
export interface JobQueue {
  start(): Promise<void>;
  send(job: QueuedJob, transaction?: TransactionQuery): Promise<void>;
  /** Handles one delivery at a time per slot; a rejected handler means redelivery, a resolved one completion. */
  work(slots: number, handle: (delivery: JobDelivery) => Promise<void>): Promise<void>;
  /** Stops taking jobs, waits for handlers in hand, then closes. */
  stop(): Promise<void>;
}
