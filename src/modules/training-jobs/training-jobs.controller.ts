import { Body, Controller, Get, Header, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { INVALID_REQUEST, MALFORMED_JSON, SHUTTING_DOWN } from '../../errors/http.errors.js';
import { METRICS_MISSING } from '../../errors/inference.errors.js';
import { JOB_NOT_CANCELLABLE, PICTURE_NOT_FOUND } from '../../errors/jobs.errors.js';
import * as networkErrors from '../../errors/networks.errors.js';
import { DATASET_NOT_FOUND, INVALID_CURSOR, JOB_NOT_FOUND, MODEL_NOT_FOUND, NAME_TAKEN } from '../../errors/persistence.errors.js';
import * as trainingErrors from '../../errors/training.errors.js';
import type { Page } from '../../persistence/paging.js';
import { EXPRESSION_USE_PROBLEMS } from '../expression-uses/expression-use.problems.js';
import { UNLIMITED_TIME } from '../http/http-hooks.js';
import { jobId } from '../http/params.schema.js';
import { JobEventsService } from '../jobs/job-events.service.js';
import { jobEventPage, jobEventQuery, type JobEventPage, type JobEventQuery } from '../jobs/job.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import {
  chartQuery, checkpointList, jobListQuery, metricsView, pictureFile, pictureList, trainingJobPage, trainingJobRequest, trainingJobView,
  type ChartQuery, type JobListQuery, type MetricsView, type PictureList, type TrainingJobRequest, type TrainingJobView,
} from './training-job.schema.js';
import { TRAINING_EXAMPLES } from './training-jobs.examples.js';
import { TrainingJobsService } from './training-jobs.service.js';

@ApiTags('training-jobs')
@Controller('training-jobs')
export class TrainingJobsController {
  constructor(
    private readonly jobs: TrainingJobsService,
    private readonly events: JobEventsService,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Train a model', description: 'Queues a job; `Location` is its address. Everything left out has a default, which the answer shows. The same request and seed give the same model.' })
  @ApiRequestExamples(TRAINING_EXAMPLES)
  @ApiAcceptedResponse({ description: 'Queued', standardSchema: trainingJobView })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, DATASET_NOT_FOUND, MODEL_NOT_FOUND, NAME_TAKEN, SHUTTING_DOWN, ...EXPRESSION_USE_PROBLEMS, ...Object.values(networkErrors), ...Object.values(trainingErrors))
  async create(@Body({ schema: trainingJobRequest }) body: TrainingJobRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<TrainingJobView> {
    const job = await this.jobs.create(body);
    void reply.header('location', `/api/v1/training-jobs/${job.id}`);
    return job;
  }

  @Get()
  @ApiOperation({ summary: 'List training jobs', description: 'Newest first.' })
  @ApiOkResponse({ standardSchema: trainingJobPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: jobListQuery }) query: JobListQuery): Promise<Page<TrainingJobView>> {
    return this.jobs.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a training job', description: 'State, progress with the estimated time to its end, and the model once it has succeeded.' })
  @ApiOkResponse({ standardSchema: trainingJobView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  get(@Param('id', { schema: jobId }) id: string): Promise<TrainingJobView> {
    return this.jobs.get(id);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @ApiOperation({ summary: 'Cancel a training job', description: 'A queued job ends at once, a running one within one step. Asking again changes nothing.' })
  @ApiAcceptedResponse({ description: 'Cancelled, or asked to stop', standardSchema: trainingJobView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, JOB_NOT_CANCELLABLE)
  cancel(@Param('id', { schema: jobId }) id: string): Promise<TrainingJobView> {
    return this.jobs.cancel(id);
  }

  @Get(':id/events')
  @ApiOperation({ summary: 'Page through the log', description: 'Messages, metrics, checkpoints and state transitions, oldest first.' })
  @ApiOkResponse({ standardSchema: jobEventPage })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  eventPage(@Param('id', { schema: jobId }) id: string, @Query({ schema: jobEventQuery }) query: JobEventQuery): Promise<JobEventPage> {
    return this.events.page(id, 'training', query);
  }

  @Get(':id/events/stream')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({ summary: 'Follow the log live', description: 'Server-sent events named after their type; ends when the job does. `progress` events have no id. A client that comes back sends the last id it saw.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Sequence of the last event seen; the stream goes on after it' })
  @ApiFileResponse('text/event-stream', 'Events; a comment is sent when nothing was said for a while')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  stream(@Param('id', { schema: jobId }) id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.events.stream(id, 'training', request, reply);
  }

  @Get(':id/metrics')
  @ApiOperation({ summary: 'Metrics as JSON', description: 'Every recorded metric as a series of steps and values.' })
  @ApiOkResponse({ standardSchema: metricsView })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  metrics(@Param('id', { schema: jobId }) id: string): Promise<MetricsView> {
    return this.jobs.metrics(id);
  }

  @Get(':id/metrics.csv')
  @Header('content-type', 'text/csv; charset=utf-8')
  @ApiOperation({ summary: 'Metrics as CSV', description: 'One row for each step, one column for each metric.' })
  @ApiFileResponse('text/csv', 'Table with a header line')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  csv(@Param('id', { schema: jobId }) id: string): Promise<string> {
    return this.jobs.metricsCsv(id);
  }

  @Get(':id/metrics.svg')
  @Header('content-type', 'image/svg+xml')
  @ApiOperation({ summary: 'Metrics as a chart', description: 'A line for each metric over the steps.' })
  @ApiFileResponse('image/svg+xml', 'Drawing')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, METRICS_MISSING)
  chart(@Param('id', { schema: jobId }) id: string, @Query({ schema: chartQuery }) { metrics }: ChartQuery): Promise<string> {
    return this.jobs.metricsChart(id, metrics);
  }

  @Get(':id/checkpoints')
  @ApiOperation({ summary: 'List checkpoints', description: 'Where the job could go on after a crash, oldest first; only the last one is kept.' })
  @ApiOkResponse({ standardSchema: checkpointList })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  async checkpoints(@Param('id', { schema: jobId }) id: string): Promise<{ items: { step: number; at: string }[] }> {
    return { items: await this.jobs.checkpoints(id) };
  }

  @Get(':id/pictures')
  @ApiOperation({ summary: 'List pictures', description: 'Grids of samples of a generator in training, oldest first; events name them too.' })
  @ApiOkResponse({ standardSchema: pictureList })
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND)
  pictures(@Param('id', { schema: jobId }) id: string): Promise<PictureList> {
    return this.jobs.pictures(id);
  }

  @Get(':id/pictures/:file')
  @ApiOperation({ summary: 'Get a picture', description: 'Samples from the same latent vectors at a step: a grid of images, or a scatter plot for tables.' })
  @ApiFileResponse('image/png', 'Picture')
  @ApiProblems(INVALID_REQUEST, JOB_NOT_FOUND, PICTURE_NOT_FOUND)
  async picture(@Param('id', { schema: jobId }) id: string, @Param('file', { schema: pictureFile }) file: string): Promise<StreamableFile> {
    const { stream, bytes } = await this.jobs.openPicture(id, file);
    return new StreamableFile(stream, { type: 'image/png', length: bytes, disposition: `inline; filename="${file}"` });
  }
}
