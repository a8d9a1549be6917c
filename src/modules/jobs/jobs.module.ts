import { Module } from '@nestjs/common';
import { JobEventsService } from './job-events.service.js';
import { JobReportsService } from './job-reports.service.js';

@Module({ providers: [JobEventsService, JobReportsService], exports: [JobEventsService, JobReportsService] })
export class JobsModule {}
