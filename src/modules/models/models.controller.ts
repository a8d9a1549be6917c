import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { INVALID_REQUEST, MALFORMED_JSON, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from '../../errors/http.errors.js';
import * as imageErrors from '../../errors/images.errors.js';
import { IMAGE_MISSING, SIGNATURE_NOT_FOUND, TOO_MANY_INSTANCES, WRONG_INPUT_SHAPE } from '../../errors/inference.errors.js';
import { INVALID_CURSOR, MODEL_IN_USE, MODEL_NOT_FOUND } from '../../errors/persistence.errors.js';
import type { Page } from '../../persistence/paging.js';
import { UNLIMITED_TIME } from '../http/http-hooks.js';
import { pageQuery, type PageQuery } from '../http/paging.schema.js';
import { reference } from '../http/params.schema.js';
import { ApiFileResponse, ApiProblems, ApiRequestExamples } from '../openapi/api-decorators.js';
import { modelDetail, modelPage, type ModelDetail, type ModelView } from './model.schema.js';
import { IMAGE_BODY, PREDICT_EXAMPLES } from './models.examples.js';
import { ModelsService } from './models.service.js';
import { predictImageQuery, predictionAnswer, predictRequest, type PredictImageQuery, type PredictRequest } from './prediction.schema.js';
import { PredictionService } from './prediction.service.js';

type PredictionAnswer = z.infer<typeof predictionAnswer>;

@ApiTags('models')
@Controller('models')
export class ModelsController {
  constructor(
    private readonly models: ModelsService,
    private readonly predictions: PredictionService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List models', description: 'Newest first.' })
  @ApiOkResponse({ standardSchema: modelPage })
  @ApiProblems(INVALID_REQUEST, INVALID_CURSOR)
  list(@Query({ schema: pageQuery }) query: PageQuery): Promise<Page<ModelView>> {
    return this.models.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a model', description: 'With its manifest: input, classes, training configuration, metrics, digests of every part.' })
  @ApiOkResponse({ standardSchema: modelDetail })
  @ApiProblems(MODEL_NOT_FOUND)
  get(@Param('id', { schema: reference }) id: string): Promise<ModelDetail> {
    return this.models.get(id);
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a model', description: 'Refused while a queued or running evaluation reads it. Reports that name it stay.' })
  @ApiNoContentResponse({ description: 'Deleted' })
  @ApiProblems(MODEL_NOT_FOUND, MODEL_IN_USE)
  delete(@Param('id', { schema: reference }) id: string): Promise<void> {
    return this.models.delete(id);
  }

  @Get(':id/download')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({
    summary: 'Download a model',
    description: 'The bundle as a zip: manifest.json, weights.safetensors and one ONNX graph for each signature. The graphs refer to the weights file beside them, so ONNX Runtime opens them as they are.',
  })
  @ApiFileResponse('application/zip', 'The bundle; the same model always gives the same bytes')
  @ApiProblems(MODEL_NOT_FOUND)
  async download(@Param('id', { schema: reference }) id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    const { stream, bytes, fileName, digest } = await this.models.download(id);
    void reply.header('etag', `"${digest}"`);
    return new StreamableFile(stream, { type: 'application/zip', length: bytes, disposition: `attachment; filename="${fileName}"` });
  }

  @Get(':id/onnx/:signature')
  @RouteConfig(UNLIMITED_TIME)
  @ApiOperation({ summary: 'Download one ONNX graph', description: 'The graph of a signature such as predict. Its weights are in weights.safetensors of the download.' })
  @ApiFileResponse('application/octet-stream', 'ONNX model whose initialisers point into weights.safetensors')
  @ApiProblems(MODEL_NOT_FOUND, SIGNATURE_NOT_FOUND)
  async graph(@Param('id', { schema: reference }) id: string, @Param('signature', { schema: reference }) signature: string): Promise<StreamableFile> {
    const { stream, bytes, fileName } = await this.models.openGraph(id, signature);
    return new StreamableFile(stream, { type: 'application/octet-stream', length: bytes, disposition: `attachment; filename="${fileName}"` });
  }

  @Post(':id/predict')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict', description: 'Classes, probabilities and logits of a batch of examples. Pictures are raw pixels in [0, 1].' })
  @ApiRequestExamples(PREDICT_EXAMPLES)
  @ApiOkResponse({ standardSchema: predictionAnswer })
  @ApiProblems(INVALID_REQUEST, MALFORMED_JSON, MODEL_NOT_FOUND, WRONG_INPUT_SHAPE, TOO_MANY_INSTANCES)
  predict(@Param('id', { schema: reference }) id: string, @Body({ schema: predictRequest }) body: PredictRequest): Promise<PredictionAnswer> {
    return this.predictions.predict(id, body);
  }

  @Post(':id/predict-image')
  @HttpCode(200)
  @ApiOperation({ summary: 'Predict one picture', description: 'A PNG or JPEG as the body or as a file of a form; turned grey or RGB as the model takes it.' })
  @ApiConsumes('image/png', 'image/jpeg', 'multipart/form-data')
  @ApiBody(IMAGE_BODY)
  @ApiOkResponse({ standardSchema: predictionAnswer })
  @ApiProblems(INVALID_REQUEST, IMAGE_MISSING, MODEL_NOT_FOUND, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, ...Object.values(imageErrors))
  predictImage(@Param('id', { schema: reference }) id: string, @Query({ schema: predictImageQuery }) query: PredictImageQuery, @Req() request: FastifyRequest): Promise<PredictionAnswer> {
    return this.predictions.predictImage(id, request, query);
  }
}
