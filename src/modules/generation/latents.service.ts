import { Injectable } from '@nestjs/common';
import { Key } from '../../compiler/random/index.js';
import { tooManyPictures } from '../../errors/generation.errors.js';
import { INVALID_REQUEST } from '../../errors/http.errors.js';
import { NUMBER_FORMATS, PICTURE_FORMATS, type Format } from '../../generation/generation.options.js';
import {
  combineLatents, conditionOf, defaultSteps, drawPrior, encode, endsOf, float32, int32, interpolate, nearestExamples, numbered, pointsOf, readLatents, reconstruct, sample, squareColumns,
  type Condition, type Generator, type GenerationResult, type PictureSheet,
} from '../../generation/index.js';
import { StoredExamples } from '../datasets/stored-examples.service.js';
import { GenerationInput, type ExampleSources } from './generation-input.js';
import type { ArithmeticRequest, DecodeRequest, EncodeRequest, InterpolateRequest, NearestRequest, ReconstructRequest } from './generation.schema.js';
import { GenerationService, type Answer } from './generation.service.js';
import type { RequestClient } from './request-client.js';

/** Most pictures whose neighbours are looked up in one request: each is compared with the whole split. */
const MAX_LOOKUPS = 64;

/** Everything between examples and latents: encode, decode, reconstruct, interpolate, arithmetic, nearest examples. */
@Injectable()
export class LatentsService {
  constructor(
    private readonly generation: GenerationService,
    private readonly input: GenerationInput,
    private readonly stored: StoredExamples,
  ) {}

  encode(reference: string, { format, ...request }: EncodeRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: NUMBER_FORMATS }, async (generator) => {
      const { x, rows, condition } = await this.conditioned(generator, request, request.labels);
      const { mean, sigma, z } = await encode(generator, x, condition, request);
      const latents = (values: Float32Array) => float32(values, rows, generator.latent);
      return { facts: { seed: request.seed }, result: { arrays: { mean: latents(mean), sigma: latents(sigma), latents: latents(z) }, sheets: () => [] } };
    });
  }

  reconstruct(reference: string, { format, ...request }: ReconstructRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      const { x, rows, condition } = await this.conditioned(generator, request, request.labels);
      this.input.checkSize(generator, rows, chosen);
      const { x: reconstructions, z, squaredErrors, labels } = await reconstruct(generator, x, condition, request);
      return {
        facts: { seed: request.seed },
        result: {
          arrays: {
            reconstructions: float32(reconstructions, rows, ...generator.manifest.input.shape), squaredErrors: float32(squaredErrors, rows), latents: float32(z, rows, generator.latent),
            ...(labels !== undefined && { labels: float32(labels, rows, generator.classCount) }),
          },
          sheets: () => [pairs(x, reconstructions, rows)],
        },
      };
    });
  }

  decode(reference: string, { format, latents, ...classes }: DecodeRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      this.input.checkSize(generator, latents.length, chosen);
      const condition = conditionOf(generator, latents.length, classes);
      return { facts: {}, result: await decoded(generator, readLatents(generator, latents), condition, squareColumns(latents.length)) };
    });
  }

  interpolate(reference: string, { format, path, steps, seed, ...request }: InterpolateRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      const count = pointsOf(path, steps);
      this.input.checkSize(generator, count, chosen);
      const condition = conditionOf(generator, count, { class: request.class });
      const drawn = request.instances === undefined && request.examples === undefined && request.latents === undefined;
      const ends = drawn
        ? drawPrior(Key.from(seed).fold('interpolate'), endsOf(path), generator.latent, { temperature: 1 })
        : await this.input.latents(generator, request, request);
      const rows = Array.from({ length: ends.length / generator.latent }, (_, i) => ends.subarray(i * generator.latent, (i + 1) * generator.latent));
      const z = interpolate(path, rows, steps);
      return { facts: { seed, path, steps }, result: await decoded(generator, z, condition, steps) };
    });
  }

  arithmetic(reference: string, { format, weights, ...request }: ArithmeticRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator) => {
      const condition = conditionOf(generator, 1, { class: request.class });
      const z = combineLatents(await this.input.latents(generator, request, request), generator.latent, weights);
      return { facts: {}, result: await decoded(generator, z, condition, 1) };
    });
  }

  nearest(reference: string, { format, seed, split: splitName, neighbours: asked, ...request }: NearestRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      const { manifest, size } = generator;
      const dataset = request.dataset ?? manifest.dataset?.id;
      if (dataset === undefined) throw INVALID_REQUEST('body', [{ pointer: '/dataset', detail: 'the id or name of a data set: the model does not say which one it was trained on' }]);
      const split = await this.stored.split(manifest, dataset, splitName);
      const k = Math.min(asked, split.count);
      const { x, rows } = await this.lookups(generator, request, seed, k, chosen);
      const { indices, distances, labels } = await nearestExamples(x, size, split, k);
      return {
        facts: { seed, dataset, split: splitName },
        result: {
          arrays: { queries: float32(x, rows, ...manifest.input.shape), indices: int32(indices, rows, k), distances: float32(distances, rows, k), neighbourLabels: int32(labels, rows, k) },
          sheets: () => Array.from({ length: rows }, (_, row) => {
            const found = split.batch(indices.subarray(row * k, (row + 1) * k)).examples;
            const values = new Float32Array(size + found.length);
            values.set(x.subarray(row * size, (row + 1) * size));
            values.set(found, size);
            return { names: [`query-${row}`, ...numbered(`query-${row}-neighbour`, k)], values, columns: k + 1 };
          }),
        },
      };
    });
  }

  /** Pictures whose neighbours are wanted: given ones, or samples. */
  private async lookups(generator: Generator, { instances, examples, count }: ExampleSources & { readonly count: number }, seed: number, neighbours: number, format: Format): Promise<{ x: Float32Array; rows: number }> {
    const given = instances !== undefined || examples !== undefined;
    const rows = instances?.length ?? examples?.indices.length ?? count;
    if (rows > MAX_LOOKUPS) throw tooManyPictures(rows, MAX_LOOKUPS, 'each is compared with the whole split');
    this.input.checkSize(generator, rows * (neighbours + 1), format);
    if (given) return this.input.examples(generator, { instances, examples });
    return { rows, x: (await sample(generator, { count, seed, temperature: 1, steps: defaultSteps(generator.method) })).x };
  }

  private async conditioned(generator: Generator, sources: ExampleSources, labels: readonly number[] | undefined): Promise<{ x: Float32Array; rows: number; condition: Condition }> {
    generator.require('encode');
    const given = await this.input.examples(generator, sources);
    return { x: given.x, rows: given.rows, condition: conditionOf(generator, given.rows, { labels: labels ?? this.input.knownLabels(generator, given) }) };
  }
}

/** Originals each followed by its reconstruction, up to 8 pairs in a row. */
function pairs(originals: Float32Array, reconstructions: Float32Array, rows: number): PictureSheet {
  const size = originals.length / rows;
  const values = new Float32Array(2 * originals.length);
  for (let row = 0; row < rows; row++) {
    values.set(originals.subarray(row * size, (row + 1) * size), 2 * row * size);
    values.set(reconstructions.subarray(row * size, (row + 1) * size), (2 * row + 1) * size);
  }
  const names = Array.from({ length: rows }, (_, row) => [`original-${row}`, `reconstruction-${row}`]).flat();
  return { names, values, columns: 2 * Math.min(rows, 8) };
}

/** Pictures of latents [N, latent] with the latents. */
async function decoded(generator: Generator, z: Float32Array, condition: Condition, columns: number): Promise<GenerationResult> {
  const { latent, classCount, manifest } = generator;
  const rows = z.length / latent;
  const { x, labels } = await generator.decode(z, condition);
  return {
    arrays: {
      samples: float32(x, rows, ...manifest.input.shape), latents: float32(z, rows, latent),
      ...(labels !== undefined && { labels: float32(labels, rows, classCount) }),
    },
    sheets: () => [{ names: numbered('sample', rows), values: x, columns }],
  };
}
