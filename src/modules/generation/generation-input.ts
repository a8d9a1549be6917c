import { Inject, Injectable } from '@nestjs/common';
import type { Settings } from '../../config/settings.js';
import { decodeImage } from '../../datasets/image-input.js';
import { maskMissing, maskSizeMismatch, sourcesAmbiguous, tooManyPictures, tooManySteps } from '../../errors/generation.errors.js';
import { IMAGE_INPUT_SHAPE, IMAGE_UNREADABLE } from '../../errors/images.errors.js';
import type { Format } from '../../generation/generation.options.js';
import { checkWithinBounds, encode, maskOf, maskPixels, maskShape, readLatents, conditionOf, type Generator, type MaskConvention, type PixelMask, type RequestedClasses } from '../../generation/index.js';
import type { StoredExamplesRequest } from '../datasets/stored-examples.schema.js';
import { StoredExamples } from '../datasets/stored-examples.service.js';
import { SETTINGS } from '../platform/tokens.js';
import { readExamples, readNested } from '../serving/examples.js';

const ROW_SETTING = 'RAMPART_GENERATION_ROW_LIMIT';
const STEP_SETTING = 'RAMPART_GENERATION_STEP_LIMIT';

/** Most numbers of one answer, 128 MiB of float32; and of one JSON text, some 40 MB. */
const MAX_VALUES = 2 ** 25;
const MAX_JSON_VALUES = 2 ** 21;

export interface ExampleSources {
  readonly instances?: readonly unknown[] | undefined;
  readonly examples?: StoredExamplesRequest | undefined;
}

export interface LatentSources extends ExampleSources {
  readonly latents?: readonly (readonly number[])[] | undefined;
}

export interface Given {
  /** [rows, ...input.shape] within the bounds. */
  readonly x: Float32Array;
  readonly rows: number;
  /** Classes that a data set gives with them. */
  readonly labels?: readonly number[];
}

const DATA_URL = /^data:image\/(?:png|jpeg);base64,/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Bytes of a picture in base64, alone or as a data: URL. @throws image-unreadable */
function bytesOf(text: string): Buffer {
  const encoded = text.replace(DATA_URL, '');
  if (!BASE64.test(encoded)) throw IMAGE_UNREADABLE('it is not in base64');
  return Buffer.from(encoded, 'base64');
}

/** Reads what requests to generators are about, and refuses those that ask for too much. */
@Injectable()
export class GenerationInput {
  constructor(
    private readonly stored: StoredExamples,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Refuses answers and chains beyond the limits, before anything is computed.
   * @param steps chain steps of each picture
   * @throws too-many-pictures, too-many-steps
   */
  checkSize({ size }: Generator, count: number, format: Format, steps = 1): void {
    const { generationRowLimit, generationStepLimit } = this.settings;
    const values = format === 'json' ? MAX_JSON_VALUES : MAX_VALUES;
    const byValues = Math.max(Math.floor(values / size), 1);
    if (count > generationRowLimit) throw tooManyPictures(count, generationRowLimit, `setting ${ROW_SETTING}`);
    if (count > byValues) throw tooManyPictures(count, byValues, `${values} numbers${format === 'json' ? ' as JSON; other formats take more' : ''}`);
    if (count * steps > generationStepLimit) throw tooManySteps(count * steps, generationStepLimit, STEP_SETTING);
  }

  /** @throws sources-ambiguous, pixel-out-of-bounds, and what reading numbers, pictures and data sets throws */
  async examples(generator: Generator, sources: ExampleSources): Promise<Given> {
    const { instances, examples } = sources;
    if ((instances === undefined) === (examples === undefined)) throw sourcesAmbiguous(['instances', 'examples']);
    const { manifest, size } = generator;
    if (examples !== undefined) {
      const batch = await this.stored.read(manifest, examples, this.settings.generationRowLimit, ROW_SETTING);
      return { x: batch.examples, rows: batch.size, labels: [...batch.labels] };
    }
    const x = await this.numbers(generator, instances!, (position) => `/instances/${position}`);
    return { x, rows: x.length / size };
  }

  /** One example: numbers, or a picture in base64. */
  picture(generator: Generator, given: unknown): Promise<Float32Array> {
    return this.numbers(generator, [given], () => '/picture');
  }

  /** Latents as given, or as the means of q(z | x) of given examples. @throws sources-ambiguous, latent-shape-mismatch, those of `examples` and `encode` */
  async latents(generator: Generator, { latents, ...sources }: LatentSources, requested: RequestedClasses): Promise<Float32Array> {
    const named = [latents, sources.instances, sources.examples].filter((source) => source !== undefined);
    if (named.length !== 1) throw sourcesAmbiguous(['latents', 'instances', 'examples']);
    if (latents !== undefined) return readLatents(generator, latents);
    generator.require('encode');
    const given = await this.examples(generator, sources);
    const labels = requested.labels ?? this.knownLabels(generator, given);
    const condition = conditionOf(generator, given.rows, { class: requested.class, labels });
    return (await encode(generator, given.x, condition, { seed: 0, temperature: 0 })).mean;
  }

  /** Classes of stored examples, for models that take them. */
  knownLabels({ conditional, attributes }: Generator, { labels }: Given): readonly number[] | undefined {
    return conditional || attributes ? labels : undefined;
  }

  /** @throws mask-missing, mask-size-mismatch, mask-not-binary, mask-all-known, mask-all-unknown, and those of `maskPixels` */
  async mask({ manifest }: Generator, picture: unknown, mask: unknown, convention: MaskConvention): Promise<PixelMask> {
    const { shape, channels } = maskShape(manifest.input.shape);
    if (convention === 'alpha') {
      if (mask !== undefined || typeof picture !== 'string') throw maskMissing(convention, 'the picture is a PNG with an alpha channel in base64 and mask is left out');
      return maskOf(await maskPixels(bytesOf(picture), shape, 'alpha'), channels, convention, 255);
    }
    if (mask === undefined) throw maskMissing(convention, 'the request has a mask');
    if (typeof mask === 'string' && shape.length !== 2) throw IMAGE_INPUT_SHAPE(manifest.input.shape);
    if (typeof mask === 'string') return maskOf(await maskPixels(bytesOf(mask), shape, 'grey'), channels, convention, 255);
    const values = readNested(mask, shape);
    if (values === undefined) throw maskSizeMismatch('of another shape', `[${shape.join(', ')}]`);
    return maskOf(values, channels, convention, 1);
  }

  private async numbers(generator: Generator, given: readonly unknown[], pointerOf: (position: number) => string): Promise<Float32Array> {
    const { shape } = generator.manifest.input;
    const x = readExamples(await this.decodePictures(generator, given), shape, this.settings.generationRowLimit, ROW_SETTING, pointerOf);
    checkWithinBounds(generator, x, pointerOf);
    return x;
  }

  /** Pictures in base64 as flat rows of numbers; everything else as it is. */
  private decodePictures({ manifest }: Generator, instances: readonly unknown[]): Promise<unknown[]> {
    return Promise.all(instances.map(async (given) => (typeof given === 'string' ? Array.from(await decodeImage(bytesOf(given), manifest.input.shape)) : given)));
  }
}
