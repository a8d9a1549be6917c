import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { WorkerRepository } from '../../persistence/repositories/worker.repository.js';
import { SETTINGS } from '../platform/tokens.js';
import { workerViewOf, type WorkerList, type WorkerQuery } from './worker.schema.js';

@Injectable()
export class WorkersService {
  constructor(
    private readonly workers: WorkerRepository,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async list({ state }: WorkerQuery): Promise<WorkerList> {
    const views = (await this.workers.list(this.settings.leaseSeconds)).map(workerViewOf);
    return { items: views.filter((worker) => state === undefined || worker.state === state) };
  }
}
