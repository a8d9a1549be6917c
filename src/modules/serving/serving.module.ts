import { Module } from '@nestjs/common';
import { ServingService } from './serving.service.js';

@Module({ providers: [ServingService], exports: [ServingService] })
export class ServingModule {}
