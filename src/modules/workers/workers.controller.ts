import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import { ApiProblems } from '../openapi/api-decorators.js';
import { workerList, workerQuery, type WorkerList, type WorkerQuery } from './worker.schema.js';
import { WorkersService } from './workers.service.js';

@ApiTags('workers')
@Controller('workers')
export class WorkersController {
  constructor(private readonly workers: WorkersService) {}

  @Get()
  @ApiOperation({
    summary: 'List workers',
    description: 'Every process that runs jobs, those started last first: which engine and device it computes with, versions, jobs in hand, last sign of life. One that stopped in order is gone at once, one that died after a day of silence.',
  })
  @ApiOkResponse({ standardSchema: workerList })
  @ApiProblems(INVALID_REQUEST)
  list(@Query({ schema: workerQuery }) query: WorkerQuery): Promise<WorkerList> {
    return this.workers.list(query);
  }
}
