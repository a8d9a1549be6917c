import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiFileResponse } from '../openapi/api-decorators.js';
import { livenessView, readinessView, type ReadinessView } from './health.schema.js';
import { HealthService } from './health.service.js';
import { MetricsService } from './metrics.service.js';

@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    private readonly health: HealthService,
    private readonly metrics: MetricsService,
  ) {}

  @Get('livez')
  @ApiOperation({ summary: 'Liveness', description: 'Answers as long as the process does; depends on nothing else.' })
  @ApiOkResponse({ standardSchema: livenessView })
  live(): { live: true } {
    return { live: true };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Readiness', description: 'Whether new work can be taken: not while shutting down, not without database or object store.' })
  @ApiOkResponse({ standardSchema: readinessView })
  @ApiResponse({ status: 503, description: 'Not ready; the same body', standardSchema: readinessView })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    const view = await this.health.readiness();
    void reply.status(view.ready ? 200 : 503).header('cache-control', 'no-store');
    return view;
  }

  @Get('metrics')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Metrics', description: 'Prometheus text: requests by route, jobs by state, memory and event loop of the process.' })
  @ApiFileResponse('text/plain', 'Prometheus exposition format 0.0.4')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.scrape();
  }
}
