import { Module } from '@nestjs/common';
import { JobEventsService } from './job-events.service.js';

@Module({ providers: [JobEventsService], exports: [JobEventsService] })
export class JobsModule {}
