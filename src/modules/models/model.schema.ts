import { z } from 'zod';
import { manifestSchema } from '../../bundles/manifest.js';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import { pageOf } from '../http/paging.schema.js';

export const modelView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    jobId: z.uuid().nullable().describe('Training job that made it; null for imported models'),
    task: z.string(),
    generation: manifestSchema.shape.generation.describe('Of generators: method, latent length and which inputs the signatures take'),
    inputShape: z.array(z.int()).describe('Shape of one example'),
    inputBounds: z.tuple([z.number(), z.number()]),
    classes: z.array(z.string()),
    parameterCount: z.int(),
    metrics: z.record(z.string(), z.number()).describe('As measured when training ended'),
    signatures: z.array(z.string()).describe('Stored programs, each an ONNX graph'),
    digest: z.string().describe('SHA-256 of manifest.json, which holds the SHA-256 of every part'),
    bytes: z.int(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Model' });

export const modelPage = pageOf(modelView).meta({ id: 'ModelPage' });

export const modelDetail = modelView.extend({ manifest: manifestSchema }).meta({ id: 'ModelDetail' });

export type ModelView = z.infer<typeof modelView>;
export type ModelDetail = z.infer<typeof modelDetail>;

export function modelViewOf(model: ModelEntity): ModelView {
  const { id, name, jobId, manifest, digest, bytes, createdAt } = model;
  return {
    id, name, jobId, digest, bytes,
    task: manifest.task,
    ...(manifest.generation && { generation: manifest.generation }),
    inputShape: manifest.input.shape,
    inputBounds: manifest.input.bounds,
    classes: manifest.classes,
    parameterCount: manifest.parameterCount,
    metrics: manifest.metrics,
    signatures: Object.keys(manifest.signatures).sort(),
    createdAt: createdAt.toISOString(),
  };
}
