import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { epsilonOutOfRange, modelNotDifferentiable } from '../../errors/attacks.errors.js';
import { datasetDoesNotFitModel, sampleTooLarge, splitEmpty } from '../../errors/evaluation.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON, SHUTTING_DOWN } from '../../errors/http.errors.js';
import { REPORT_NOT_READY, REPORT_PART_NOT_FOUND } from '../../errors/inference.errors.js';
import { JOB_NOT_CANCELLABLE } from '../../errors/jobs.errors.js';
import { DATASET_NOT_FOUND, INVALID_CURSOR, JOB_NOT_FOUND, MODEL_NOT_FOUND } from '../../errors/persistence.errors.js';
import { evaluationOptions, type EvaluationOptions } from '../../evaluation/evaluation.options.js';
import { reportSchema } from '../../evaluation/report.schema.js';
import { pageHeaderPolicy } from '../../pages/page.js';
import type { Page } from '../../persistence/paging.js';
import { EXPRESSION_USE_PROBLEMS } from '../expression-uses/expression-use.problems.js';
import { UNLIMITED_TIME } from '../http/http-hooks.js';
import { jobId } from '../http/params.schema.js';
import { JobEventsService } from '../jobs/job-events.service.js';
import { JobReportsService } from '../jobs/job-reports.service.js';
import { jobEventPage, jobEventQuery, type JobEventPage, type JobEventQuery } from '../jobs/job.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { jobListQuery, type JobListQuery } from '../training-jobs/training-job.schema.js';
import { evaluationPage, evaluationView, type EvaluationView } from './evaluation.schema.js';
import { EvaluationsService } from './evaluations.service.js';

const EXAMPLES = {
  one: { summary: 'FGSM on one model (glyphs-convnet)', value: { models: ['glyphs-convnet'], dataset: 'glyphs', epsilons: [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4] } },
  two: { summary: 'Plain against manifold mixup', value: { models: ['glyphs-convnet', 'glyphs-mixup'], dataset: 'glyphs', limit: 300 } },
};

const modelNumber = z.coerce.number().int().min(1).max(64).describe('Position of the model in the report, from 1');

@ApiTags('evaluations')
@Controller('evaluations')
export class EvaluationsController {
  constructor(
    private readonly evaluations: EvaluationsService,
    private readonly events: JobEventsService,
    private readonly reports: JobReportsService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Evaluate models', description: 'Queues a job: clean accuracy, calibration and accuracy under attack of 1 to 8 models on the same examples. `Location` is its address.' })
  @ApiRequestExamples(EXAMPLES)
  @ApiAcceptedResponse({ description: 'Queued', standardSchema: evaluationView })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, MODEL_NOT_FOUND, DATASET_NOT_FOUND, SHUTTING_DOWN, epsilonOutOfRange, modelNotDifferentiable, ...EXPRESSION_USE_PROBLEMS,
    datasetDoesNotFitModel, splitEmpty, sampleTooLarge)
  async create(@Body({ schema: evaluationOptions }) body: EvaluationOptions, @Res({ passthrough: true }) reply: FastifyReply): Promise<EvaluationView> {
    const evaluation = await this.evaluations.create(body);
    void reply.header('location', `/api/v1/evaluations/${evaluation.id}`);
    return evaluation;
  }

  @Get()
  @ApiOperation({ summary: 'List evaluations', description: 'Newest first.' })
  @ApiOkResponse({ standardSchema: evaluationPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: jobListQuery }) query: JobListQuery): Promise<Page<EvaluationView>> {
    return this.evaluations.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an evaluation', description: 'State, progress and, once it has succeeded, verdict and summary.' })
  @ApiOkResponse({ standardSchema: evaluationView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  get(@Param('id', { schema: jobId }) id: string): Promise<EvaluationView> {
    return this.evaluations.get(id);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancel an evaluation', description: 'Takes effect within one batch. Asking again changes nothing.' })
  @ApiAcceptedResponse({ description: 'Cancelled, or asked to stop', standardSchema: evaluationView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, JOB_NOT_CANCELLABLE)
  cancel(@Param('id', { schema: jobId }) id: string): Promise<EvaluationView> {
    return this.evaluations.cancel(id);
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'Page through the log', description: 'Oldest first.' })
  @ApiOkResponse({ standardSchema: jobEventPage })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  eventPage(@Param('id', { schema: jobId }) id: string, @Query({ schema: jobEventQuery }) query: JobEventQuery): Promise<JobEventPage> {
    return this.events.page(id, 'evaluation', query);
  }

  @Get(':id/events/stream')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({ summary: 'Follow the log live', description: 'Server-sent events, as for training jobs.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Sequence of the last event seen' })
  @ApiFileResponse('text/event-stream', 'Events until the evaluation ends')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  stream(@Param('id', { schema: jobId }) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.events.stream(id, 'evaluation', request, reply);
  }

  @Get(':id/report.json')
  @ApiOperation({ summary: 'Report as JSON', description: 'Its schema is published at /api/v1/schemas/report.json.' })
  @ApiOkResponse({ standardSchema: reportSchema })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportJson(@Param('id', { schema: jobId }) id: string): Promise<StreamableFile> {
    return this.file(id, 'report.json', 'application/json; charset=utf-8');
  }

  @Get(':id/report.html')
  @ApiOperation({ summary: 'Report as a page', description: 'One self-contained page: threat model, curves, calibration, pictures, every parameter, limits.' })
  @ApiFileResponse('text/html', 'Open it in a browser')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportHtml(@Param('id', { schema: jobId }) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    void reply.header('content-security-policy', pageHeaderPolicy());
    return this.file(id, 'report.html', 'text/html; charset=utf-8');
  }

  @Get(':id/report.md')
  @ApiOperation({ summary: 'Report as Markdown', description: 'The tables and the verdict, for a pull request or a wiki.' })
  @ApiFileResponse('text/markdown', 'GitHub-flavoured Markdown')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY)
  async reportMarkdown(@Param('id', { schema: jobId }) id: string): Promise<StreamableFile> {
    return this.file(id, 'report.md', 'text/markdown; charset=utf-8');
  }

  @Get(':id/examples/:model.csv')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({ summary: 'Results of every example', description: 'One row for each example: index, label, predictions, loss and success of every attack at every radius.' })
  @ApiFileResponse('text/csv', 'Table with a header line; its SHA-256 is in the report')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, REPORT_NOT_READY, REPORT_PART_NOT_FOUND)
  async examples(@Param('id', { schema: jobId }) id: string, @Param('model', { schema: modelNumber }) model: number): Promise<StreamableFile> {
    return this.file(id, `examples.${model}.csv`, 'text/csv; charset=utf-8');
  }

  private async file(id: string, name: string, type: string): Promise<StreamableFile> {
    const { stream, bytes } = await this.reports.open(id, 'evaluation', name);
    return new StreamableFile(stream, { type, length: bytes, disposition: `inline; filename="${name}"` });
  }
}
