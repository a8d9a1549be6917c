import { Module } from '@nestjs/common';
import { CallsController } from './calls.controller.js';
import { CallsService } from './calls.service.js';
import { ExpressionsController } from './expressions.controller.js';
import { ExpressionsService } from './expressions.service.js';
import { GraphViewsController } from './graph-views.controller.js';
import { GraphViewsService } from './graph-views.service.js';

@Module({
  controllers: [ExpressionsController, CallsController, GraphViewsController],
  providers: [ExpressionsService, CallsService, GraphViewsService],
  exports: [ExpressionsService],
})
export class ExpressionsModule {}
