import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { REPORT_NOT_READY, REPORT_PART_NOT_FOUND } from '../../errors/inference.errors.js';
import type { JobKind } from '../../persistence/entities/job.entity.js';
import { JobRepository } from '../../persistence/repositories/job.repository.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { OBJECT_STORE } from '../platform/tokens.js';

export interface ReportPart {
  readonly stream: Readable;
  readonly bytes: number;
}

/** What every job that ends with a report keeps of it: the object-store prefix of its files. */
const storedReport = z.object({ prefix: z.string() });

/** The files that evaluations leave behind. */
@Injectable()
export class JobReportsService {
  constructor(
    private readonly jobs: JobRepository,
    @Inject(OBJECT_STORE) private readonly objects: ObjectStore,
  ) {}

  /** A file of the report. @throws job-not-found, report-not-ready, report-part-not-found */
  async open(id: string, kind: JobKind, file: string): Promise<ReportPart> {
    const job = await this.jobs.get(id, kind);
    if (job.result === null) throw REPORT_NOT_READY(id, job.state);
    const key = storedReport.parse(job.result).prefix + file;
    const stat = await this.objects.stat(key);
    if (stat === undefined) throw REPORT_PART_NOT_FOUND(id, file);
    return { stream: await this.objects.get(key), bytes: stat.bytes };
  }
}
