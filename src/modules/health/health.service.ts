import { Inject, Injectable } from '@nestjs/common';
import type { Database } from '../../persistence/data-source.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { Lifecycle } from '../http/http-hooks.js';
import { PACKAGE } from '../openapi/package.js';
import { DATABASE, LIFECYCLE, OBJECT_STORE } from '../platform/tokens.js';
import type { ReadinessView } from './health.schema.js';

const CHECK_MS = 2_000;

type Check = ReadinessView['checks']['database'];

async function checked(work: Promise<unknown>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Check>((resolve) => (timer = setTimeout(resolve, CHECK_MS, { ok: false, detail: `no answer within ${CHECK_MS} ms` })));
  const outcome = work.then(
    (): Check => ({ ok: true }),
    (): Check => ({ ok: false, detail: 'not reachable' }),
  );
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}

@Injectable()
export class HealthService {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
    @Inject(LIFECYCLE) private readonly lifecycle: Lifecycle,
  ) {}

  /** Ready = takes new work, and database and object store answer. */
  async readiness(): Promise<ReadinessView> {
    const [database, storage] = await Promise.all([checked(this.database.dataSource.query('SELECT 1')), checked(this.objects.stat('readiness/probe'))]);
    const accepting = this.lifecycle.accepting ? { ok: true } : { ok: false, detail: 'shutting down' };
    return { ready: accepting.ok && database.ok && storage.ok, version: PACKAGE.version, checks: { accepting, database, storage } };
  }
}
