import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { predict } from '../../attacks/index.js';
import type { Settings } from '../../config/settings.js';
import { decodeImage } from '../../datasets/image-input.js';
import { PAYLOAD_TOO_LARGE } from '../../errors/http.errors.js';
import { IMAGE_MISSING } from '../../errors/inference.errors.js';
import { SETTINGS } from '../platform/tokens.js';
import { readExamples } from '../serving/examples.js';
import { predictionsOf, servedModelOf } from '../serving/prediction.schema.js';
import { ServingService } from '../serving/serving.service.js';
import type { PredictImageQuery, PredictRequest, predictionAnswer } from './prediction.schema.js';

type PredictionAnswer = z.infer<typeof predictionAnswer>;

@Injectable()
export class PredictionService {
  constructor(
    private readonly serving: ServingService,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** @throws model-not-found, wrong-input-shape, too-many-instances */
  predict(reference: string, { instances }: PredictRequest): Promise<PredictionAnswer> {
    return this.serving.use(reference, async (model, entity) => {
      const { input, classes } = model.manifest;
      const examples = readExamples(instances, input.shape, this.settings.predictRowLimit, 'RAMPART_PREDICT_ROW_LIMIT');
      return { model: servedModelOf(entity), predictions: predictionsOf(await predict(model, examples), classes) };
    });
  }

  /** One PNG or JPEG: the body itself, or the first file of a multipart form. @throws model-not-found, image-missing, errors of `decodeImage` */
  async predictImage(reference: string, request: FastifyRequest, { resize }: PredictImageQuery): Promise<PredictionAnswer> {
    const bytes = await this.readImage(request);
    return this.serving.use(reference, async (model, entity) => {
      const example = await decodeImage(bytes, model.manifest.input.shape, { resize });
      return { model: servedModelOf(entity), predictions: predictionsOf(await predict(model, example), model.manifest.classes) };
    });
  }

  private async readImage(request: FastifyRequest): Promise<Uint8Array> {
    if (Buffer.isBuffer(request.body) && request.body.length > 0) return request.body;
    if (!request.isMultipart()) throw IMAGE_MISSING();
    const limit = this.settings.bodyLimitBytes;
    const file = await request.file({ limits: { fileSize: limit, files: 1 } });
    if (file === undefined) throw IMAGE_MISSING();
    const chunks: Buffer[] = [];
    for await (const chunk of file.file) chunks.push(chunk as Buffer);
    if (file.file.truncated) throw PAYLOAD_TOO_LARGE(limit, 'RAMPART_BODY_LIMIT_BYTES');
    if (chunks.length === 0) throw IMAGE_MISSING();
    return Buffer.concat(chunks);
  }
}
