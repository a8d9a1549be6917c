import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { signatureUnknown } from '../../errors/bundles.errors.js';
import * as evaluationErrors from '../../errors/evaluation.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON, SHUTTING_DOWN } from '../../errors/http.errors.js';
import { REPORT_NOT_READY, REPORT_PART_NOT_FOUND } from '../../errors/inference.errors.js';
import { JOB_NOT_CANCELLABLE } from '../../errors/jobs.errors.js';
import { DATASET_NOT_FOUND, INVALID_CURSOR, JOB_NOT_FOUND, MODEL_NOT_FOUND } from '../../errors/persistence.errors.js';
import { generatorEvaluationOptions, type GeneratorEvaluationOptions } from '../../evaluation/generators/generator-evaluation.options.js';
import { generatorReportSchema } from '../../evaluation/generators/generator-report.schema.js';
import { pageHeaderPolicy } from '../../pages/page.js';
import type { Page } from '../../persistence/paging.js';
import { UNLIMITED_TIME } from '../http/http-hooks.js';
import { jobId } from '../http/params.schema.js';
import { JobEventsService } from '../jobs/job-events.service.js';
import { JobReportsService } from '../jobs/job-reports.service.js';
import { jobEventPage, jobEventQuery, type JobEventPage, type JobEventQuery } from '../jobs/job.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { jobListQuery, type JobListQuery } from '../training-jobs/training-job.schema.js';
import { generatorEvaluationPage, generatorEvaluationView, type GeneratorEvaluationView } from './generator-evaluation.schema.js';
import { GeneratorEvaluationsService } from './generator-evaluations.service.js';

const KIND = 'generator-evaluation';

const EXAMPLES = {
  judged: { summary: 'A VAE in the eyes of a classifier', value: { models: ['glyphs-vae'], dataset: 'glyphs', classifier: 'glyphs-convnet', samples: 500 } },
  pixels: { summary: 'Without a classifier', value: { models: ['glyphs-vae'], dataset: 'glyphs', samples: 500 } },
};

@ApiTags('generator-evaluations')
@Controller('generator-evaluations')
export class GeneratorEvaluationsController {
  constructor(
    private readonly evaluations: GeneratorEvaluationsService,
    private readonly events: JobEventsService,
    private readonly reports: JobReportsService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Evaluate generators',
    description: 'Queues a job: inception score and Frechet distance in the eyes of a classifier, precision, recall, density, coverage, MS-SSIM, memorisation, reconstructions, likelihood bounds and a linear probe of 1 to 8 generators. `Location` is its address.',
  })
  @ApiRequestExamples(EXAMPLES)
  @ApiAcceptedResponse({ description: 'Queued', standardSchema: generatorEvaluationView })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, MODEL_NOT_FOUND, DATASET_NOT_FOUND, SHUTTING_DOWN, signatureUnknown, ...Object.values(evaluationErrors))
  async create(@Body({ schema: generatorEvaluationOptions }) body: GeneratorEvaluationOptions, @Res({ passthrough: true }) reply: FastifyReply): Promise<GeneratorEvaluationView> {
    const evaluation = await this.evaluations.create(body);
    void reply.header('location', `/api/v1/generator-evaluations/${evaluation.id}`);
    return evaluation;
  }

  @Get()
  @ApiOperation({ summary: 'List evaluations of generators', description: 'Newest first.' })
  @ApiOkResponse({ standardSchema: generatorEvaluationPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: jobListQuery }) query: JobListQuery): Promise<Page<GeneratorEvaluationView>> {
    return this.evaluations.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an evaluation of generators', description: 'State, progress and, once it has succeeded, its main figures.' })
  @ApiOkResponse({ standardSchema: generatorEvaluationView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  get(@Param('id', { schema: jobId }) id: string): Promise<GeneratorEvaluationView> {
    return this.evaluations.get(id);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancel an evaluation of generators', description: 'Takes effect at the next call of a model. Asking again changes nothing.' })
  @ApiAcceptedResponse({ description: 'Cancelled, or asked to stop', standardSchema: generatorEvaluationView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, JOB_NOT_CANCELLABLE)
  cancel(@Param('id', { schema: jobId }) id: string): Promise<GeneratorEvaluationView> {
    return this.evaluations.cancel(id);
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'Page through the log', description: 'Oldest first.' })
  @ApiOkResponse({ standardSchema: jobEventPage })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  eventPage(@Param('id', { schema: jobId }) id: string, @Query({ schema: jobEventQuery }) query: JobEventQuery): Promise<JobEventPage> {
    return this.events.page(id, KIND, query);
  }

  @Get(':id/events/stream')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({ summary: 'Follow the log live', description: 'Server-sent events, as for training jobs.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Sequence of the last event seen' })
  @ApiFileResponse('text/event-stream', 'Events until the evaluation ends')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  stream(@Param('id', { schema: jobId }) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.events.stream(id, KIND, request, reply);
  }

  @Get(':id/report.json')
  @ApiOperation({ summary: 'Report as JSON', description: 'Its schema is published at /api/v1/schemas/generator-report.json.' })
  @ApiOkResponse({ standardSchema: generatorReportSchema })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportJson(@Param('id', { schema: jobId }) id: string): Promise<StreamableFile> {
    return this.file(id, 'report.json', 'application/json; charset=utf-8');
  }

  @Get(':id/report.html')
  @ApiOperation({ summary: 'Report as a page', description: 'One self-contained page: notes, pictures, every figure with its definition, every parameter, limits.' })
  @ApiFileResponse('text/html', 'Open it in a browser')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportHtml(@Param('id', { schema: jobId }) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    void reply.header('content-security-policy', pageHeaderPolicy());
    return this.file(id, 'report.html', 'text/html; charset=utf-8');
  }

  @Get(':id/report.md')
  @ApiOperation({ summary: 'Report as Markdown', description: 'The figures and the notes, for a pull request or a wiki.' })
  @ApiFileResponse('text/markdown', 'GitHub-flavoured Markdown')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportMarkdown(@Param('id', { schema: jobId }) id: string): Promise<StreamableFile> {
    return this.file(id, 'report.md', 'text/markdown; charset=utf-8');
  }

  @Get(':id/metrics.csv')
  @ApiOperation({ summary: 'Figures as a table', description: 'One row for each figure of each model: model, figure, value.' })
  @ApiFileResponse('text/csv', 'Table with a header line')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY, REPORT_PART_NOT_FOUND)
  async metrics(@Param('id', { schema: jobId }) id: string): Promise<StreamableFile> {
    return this.file(id, 'metrics.csv', 'text/csv; charset=utf-8');
  }

  private async file(id: string, name: string, type: string): Promise<StreamableFile> {
    const { stream, bytes } = await this.reports.open(id, KIND, name);
    return new StreamableFile(stream, { type, length: bytes, disposition: `inline; filename="${name}"` });
  }
}
