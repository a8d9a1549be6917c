import { Module } from '@nestjs/common';
import { CallsController } from './calls.controller.js';
import { CallsService } from './calls.service.js';
import { ExpressionsController } from './expressions.controller.js';
import { ExpressionsService } from './expressions.service.js';

@Module({ controllers: [ExpressionsController, CallsController], providers: [ExpressionsService, CallsService], exports: [ExpressionsService] })
export class ExpressionsModule {}
