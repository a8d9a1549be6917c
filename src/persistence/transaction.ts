import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import type { TransactionQuery } from '../queue/job-queue.js';

const insideTransaction = new AsyncLocalStorage<true>();

/**
 * Runs `work` in one transaction. Inside it only the given manager may be used: the embedded database has a single
 * connection, so a query through any other path would wait for this transaction for ever; `guardPool` refuses it instead.
 */
export async function inTransaction<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    return await insideTransaction.run(true, () => runner.manager.transaction(work));
  } finally {
    await runner.release();
  }
}

/** Makes the pool refuse connections to code that runs inside `inTransaction`. */
export function guardPool(pool: Pool): void {
  const connect = pool.connect.bind(pool) as (...values: unknown[]) => unknown;
  const guarded = (...values: unknown[]): unknown => {
    if (insideTransaction.getStore() === undefined) return connect(...values);
    const error = new Error('internal: a query inside a transaction must go through its manager');
    const [callback] = values;
    if (typeof callback !== 'function') return Promise.reject(error);
    return void (callback as (error: Error) => void)(error);
  };
  pool.connect = guarded as Pool['connect'];
}

/** The transaction of `manager` as other adapters take it; `query` gives the rows. */
export function transactionQuery(manager: EntityManager): TransactionQuery {
  const runner = manager.queryRunner;
  if (runner === undefined) throw new Error('internal: transactionQuery needs the manager of a transaction');
  return {
    query: async (text, values) => {
      const result = await runner.query(text, values, true);
      return (result.records ?? []) as unknown[];
    },
  };
}
