import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { builtInOptions, type BuiltInOptions } from '../../datasets/dataset.options.js';
import * as datasetErrors from '../../errors/datasets.errors.js';
import { INVALID_REQUEST, MALFORMED_JSON } from '../../errors/http.errors.js';
import { DATASET_IN_USE, DATASET_NOT_FOUND, INVALID_CURSOR, NAME_TAKEN } from '../../errors/persistence.errors.js';
import { STORAGE_FULL } from '../../errors/storage.errors.js';
import * as uploadErrors from '../../errors/uploads.errors.js';
import type { Page } from '../../persistence/paging.js';
import { UNLIMITED_TIME } from '../http/http-hooks.js';
import { pageQuery, type PageQuery } from '../http/paging.schema.js';
import { reference } from '../http/params.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { datasetPage, datasetView, previewQuery, type DatasetView, type PreviewQuery } from './dataset.schema.js';
import { DatasetsService } from './datasets.service.js';
import { BUILT_IN_EXAMPLES, UPLOAD_FORM } from './datasets.examples.js';

/** What an upload can be refused for; a damaged store is not the client's doing. */
const importErrors = Object.values(datasetErrors).filter((error) => error !== datasetErrors.DATASET_DAMAGED);

@ApiTags('datasets')
@Controller('datasets')
export class DatasetsController {
  constructor(private readonly datasets: DatasetsService) {}

  @Post('built-in')
  @ApiOperation({ summary: 'Create a built-in data set', description: 'Draws a data set with a seed. The same options always give the same bytes and digest.' })
  @ApiRequestExamples(BUILT_IN_EXAMPLES)
  @ApiCreatedResponse({ description: 'Created; `Location` is its address', standardSchema: datasetView })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, NAME_TAKEN, STORAGE_FULL)
  async createBuiltIn(@Body({ schema: builtInOptions }) options: BuiltInOptions, @Res({ passthrough: true }) reply: FastifyReply): Promise<DatasetView> {
    return located(reply, await this.datasets.createBuiltIn(options));
  }

  @Post()
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({
    summary: 'Upload a data set',
    description:
      'A multipart form: the field `options` (JSON) and the files, streamed to disk and checked. Best put `options` first, so that a taken name is ' +
      'refused before the files travel. Formats: IDX, CIFAR-10 binary, CSV; each plain or gzip. A file is known by its field ' +
      '(`train-images`, `train-labels`, `test-images`, `test-labels`; for CIFAR-10 and CSV `train` and `test`, repeatable) or by its file name.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody(UPLOAD_FORM)
  @ApiCreatedResponse({ description: 'Created; `Location` is its address', standardSchema: datasetView })
  @ApiProblems(INVALID_REQUEST, ...Object.values(uploadErrors), ...importErrors, NAME_TAKEN, STORAGE_FULL)
  async upload(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<DatasetView> {
    return located(reply, await this.datasets.upload(request));
  }

  @Get()
  @ApiOperation({ summary: 'List data sets', description: 'Newest first.' })
  @ApiOkResponse({ standardSchema: datasetPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: pageQuery }) query: PageQuery): Promise<Page<DatasetView>> {
    return this.datasets.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a data set', description: 'Shape, classes, class histogram of every split, digest and how it came.' })
  @ApiOkResponse({ standardSchema: datasetView })
  @ApiProblems(DATASET_NOT_FOUND)
  get(@Param('id', { schema: reference }) id: string): Promise<DatasetView> {
    return this.datasets.get(id);
  }

  @Get(':id/preview.png')
  @ApiOperation({ summary: 'Preview', description: 'Pictures: a grid with one row for each class. Tables: their first two features.' })
  @ApiFileResponse('image/png', 'Examples, one row for each class')
  @ApiProblems(INVALID_REQUEST, DATASET_NOT_FOUND, datasetErrors.SPLIT_NOT_FOUND)
  async preview(@Param('id', { schema: reference }) id: string, @Query({ schema: previewQuery }) query: PreviewQuery): Promise<StreamableFile> {
    return new StreamableFile(await this.datasets.preview(id, query), { type: 'image/png', disposition: 'inline' });
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a data set', description: 'Refused while a queued or running job reads it. Models trained on it stay.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  @ApiProblems(DATASET_NOT_FOUND, DATASET_IN_USE)
  delete(@Param('id', { schema: reference }) id: string): Promise<void> {
    return this.datasets.delete(id);
  }
}

function located(reply: FastifyReply, view: DatasetView): DatasetView {
  void reply.status(201).header('location', `/api/v1/datasets/${view.id}`);
  return view;
}
