import { Injectable } from '@nestjs/common';
import { Key } from '../../compiler/random/index.js';
import { FRAME_FORMATS, NUMBER_FORMATS, PICTURE_FORMATS, type Format } from '../../generation/generation.options.js';
import {
  conditionOf, defaultSteps, drawPrior, encode, float32, framesOfChain, inpaint, int32, numbered, predictAttributes, runChain, sample, squareColumns, type ChainStep, type Generator, type PixelMask,
} from '../../generation/index.js';
import { GenerationInput } from './generation-input.js';
import type { AttributesRequest, ChainRequest, InpaintRequest, SamplesRequest } from './generation.schema.js';
import { GenerationService, type Answer, type Outcome } from './generation.service.js';
import type { RequestClient } from './request-client.js';

/** Everything that draws from a model: samples, chains, completions, attributes. */
@Injectable()
export class ChainsService {
  constructor(
    private readonly generation: GenerationService,
    private readonly input: GenerationInput,
  ) {}

  samples(reference: string, { format, ...options }: SamplesRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      const steps = options.steps ?? defaultSteps(generator.method);
      const { count, seed } = options;
      this.input.checkSize(generator, count, chosen, steps);
      const { x, z, labels, classes } = await sample(generator, { ...options, steps });
      const { latent, classCount, manifest } = generator;
      return {
        facts: { seed, steps },
        result: {
          arrays: {
            samples: float32(x, count, ...manifest.input.shape), latents: float32(z, count, latent),
            ...(labels !== undefined && { labels: float32(labels, count, classCount) }),
            ...(classes !== undefined && { classes: int32(classes, count) }),
          },
          sheets: () => [{ names: numbered('sample', count), values: x, columns: squareColumns(count) }],
        },
      };
    });
  }

  chain(reference: string, { format, ...request }: ChainRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: FRAME_FORMATS }, async (generator, chosen) => {
      const { seed, steps, every, temperature } = request;
      const key = Key.from(seed).fold('chain');
      const start = await this.chainStart(generator, request, key, chosen);
      const frames = await framesOfChain(runChain(generator, start.z, start.condition, { steps, temperature, key: key.fold('noise') }), Math.min(every, steps));
      return chainOutcome(generator, frames, start.rows, { seed, steps, every: Math.min(every, steps) }, start.condition.classes);
    });
  }

  inpaint(reference: string, { format, picture: given, mask: givenMask, maskConvention, ...options }: InpaintRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: PICTURE_FORMATS }, async (generator, chosen) => {
      generator.require('encode');
      this.input.checkSize(generator, options.completions, chosen, options.steps);
      const picture = await this.input.picture(generator, given);
      const mask = await this.input.mask(generator, given, givenMask, maskConvention);
      const { completions, deviation, labels } = await inpaint(generator, picture, mask, options);
      const { shape } = generator.manifest.input;
      const count = options.completions;
      return {
        facts: { seed: options.seed, steps: options.steps, maskConvention, knownPixels: mask.known.reduce((sum, known) => sum + known, 0) },
        result: {
          arrays: {
            completions: float32(completions, count, ...shape),
            deviation: float32(deviation, ...(shape.length === 3 ? shape.slice(0, 2) : shape)),
            ...(labels !== undefined && { labels: float32(labels, count, generator.classCount) }),
          },
          sheets: () => [{ names: ['known', ...numbered('completion', count), 'deviation'], values: inpaintPictures(picture, mask, completions, deviation), columns: count + 2 }],
        },
      };
    });
  }

  attributes(reference: string, { format, ...request }: AttributesRequest, client: RequestClient): Promise<Answer> {
    return this.generation.answer(reference, { format, client, offered: NUMBER_FORMATS }, async (generator, chosen) => {
      const { x, rows } = await this.input.examples(generator, request);
      this.input.checkSize(generator, rows, chosen, request.steps);
      const probabilities = await predictAttributes(generator, x, request);
      return {
        facts: { seed: request.seed, steps: request.steps },
        result: { arrays: { probabilities: float32(probabilities, rows, generator.classCount) }, sheets: () => [] },
      };
    });
  }

  /** Latents that chains begin with: of the prior, or inferred from given examples. */
  private async chainStart(generator: Generator, request: ChainRequest, key: Key, format: Format) {
    const { instances, examples, steps, every } = request;
    const frames = Math.max(Math.floor(steps / every), 1);
    if (instances === undefined && examples === undefined) {
      const rows = request.count;
      this.checkChain(generator, rows, frames, steps, format);
      const condition = conditionOf(generator, rows, request, key.fold('class'));
      return { rows, condition, z: drawPrior(key.fold('prior'), rows, generator.latent, request) };
    }
    generator.require('encode');
    const given = await this.input.examples(generator, request);
    this.checkChain(generator, given.rows, frames, steps, format);
    const known = request.class === undefined ? this.input.knownLabels(generator, given) : undefined;
    const condition = conditionOf(generator, given.rows, { ...request, labels: request.labels ?? known });
    const { z } = await encode(generator, given.x, condition, request);
    return { rows: given.rows, condition, z };
  }

  private checkChain(generator: Generator, rows: number, frames: number, steps: number, format: Format): void {
    this.input.checkSize(generator, rows * frames, format);
    this.input.checkSize(generator, rows, format, steps);
  }
}

function chainOutcome(generator: Generator, frames: readonly ChainStep[], rows: number, facts: Outcome['facts'], classes: Int32Array | undefined): Outcome {
  const { latent, size, manifest } = generator;
  const [x, z] = [new Float32Array(frames.length * rows * size), new Float32Array(frames.length * rows * latent)];
  frames.forEach((frame, i) => {
    x.set(frame.x, i * rows * size);
    z.set(frame.z, i * rows * latent);
  });
  return {
    facts,
    result: {
      arrays: {
        frames: float32(x, frames.length, rows, ...manifest.input.shape), latents: float32(z, frames.length, rows, latent),
        ...(classes !== undefined && { classes: int32(classes, rows) }),
      },
      sheets: () => frames.map((frame) => ({ names: numbered(`step-${frame.step}-chain`, rows), values: frame.x, columns: squareColumns(rows) })),
    },
  };
}

/** The known part (unknown pixels mid-grey), the completions, and the deviation with its largest value white. */
function inpaintPictures(picture: Float32Array, { known, channels }: PixelMask, completions: Float32Array, deviation: Float32Array): Float32Array {
  const size = picture.length;
  const values = new Float32Array(size + completions.length + size);
  values.set(picture.map((value, i) => (known[Math.floor(i / channels)] === 1 ? value : 0.5)));
  values.set(completions, size);
  const largest = Math.max(deviation.reduce((most, value) => Math.max(most, value), 0), Number.MIN_VALUE);
  values.set(Float32Array.from({ length: size }, (_, i) => deviation[Math.floor(i / channels)]! / largest), size + completions.length);
  return values;
}
