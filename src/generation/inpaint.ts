import { categorical, Key } from '../compiler/random/index.js';
import { conditionOf } from './condition.js';
import type { Condition, Decoded, Generator } from './generator.js';
import type { PixelMask } from './mask.js';
import { drawNoise, drawPrior, reparameterise } from './prior.js';

export interface InpaintOptions {
  /** Completions, each its own chain. */
  readonly completions: number;
  /** Inferences of each chain, at least 1. */
  readonly steps: number;
  readonly temperature: number;
  readonly seed: number;
  readonly class?: number | undefined;
}

export interface Inpainted {
  /** [completions, ...input.shape]; known pixels are those of the picture, bit for bit. */
  readonly completions: Float32Array;
  /** [pixels] standard deviation over the completions, root mean square over channels; 0 at known pixels. */
  readonly deviation: Float32Array;
  /** [completions, K] of models with attributes. */
  readonly labels?: Float32Array;
}

/**
 * Completes one picture by the chain with its known pixels clamped: unknown pixels start as Dec(z), z ~ N(0, I); then
 * repeatedly z ~ q(z | x), x' = Dec(z), x = m x_known + (1 - m) x' (Lamb et al. 2017, arXiv:1712.04120). Labels of models
 * with attributes are sampled along, or clamped to the class.
 * @param picture [...input.shape] within the bounds
 * @throws signature-unknown for models without an encoder, class-not-modelled, class-out-of-range, class-required
 */
export async function inpaint(generator: Generator, picture: Float32Array, mask: PixelMask, options: InpaintOptions): Promise<Inpainted> {
  generator.require('encode', 'decode');
  const { completions: rows, steps, temperature, seed } = options;
  const key = Key.from(seed).fold('inpaint');
  const condition = conditionOf(generator, rows, options);
  let decoded = await generator.decode(drawPrior(key.fold('prior'), rows, generator.latent, { temperature }), condition);
  let x = clampKnown(decoded.x, picture, mask);
  for (let step = 1; step <= steps; step++) {
    const posterior = await generator.encode(x, condition, drawLabels(generator, decoded, condition, key.fold('labels').fold(step)));
    const eps = drawNoise(key.fold('chain'), step, rows, generator.latent, temperature);
    decoded = await generator.decode(reparameterise(posterior, eps), condition);
    x = clampKnown(decoded.x, picture, mask);
  }
  const { labels } = decoded;
  return { completions: x, deviation: deviationOf(x, rows, mask), ...(labels !== undefined && { labels }) };
}

/** Rows of `x` with the known pixels of `picture` in place. */
function clampKnown(x: Float32Array, picture: Float32Array, { known, channels }: PixelMask): Float32Array {
  return x.map((value, i) => {
    const at = i % picture.length;
    return known[Math.floor(at / channels)] === 1 ? picture[at]! : value;
  });
}

/** One-hot draws of the label probabilities [N, K]; undefined where the class is clamped or labels are no variables. */
export function drawLabels(generator: Generator, { labels }: Pick<Decoded, 'labels'>, { classes }: Condition, key: Key): Float32Array | undefined {
  if (labels === undefined || classes !== undefined) return undefined;
  const count = generator.classCount;
  const drawn = new Float32Array(labels.length);
  for (let row = 0; row < labels.length / count; row++) {
    drawn[row * count + categorical(key.fold(row), labels.subarray(row * count, (row + 1) * count))] = 1;
  }
  return drawn;
}

function deviationOf(x: Float32Array, rows: number, { known, channels }: PixelMask): Float32Array {
  const size = known.length * channels;
  return Float32Array.from(known, (isKnown, pixel) => {
    if (isKnown === 1) return 0;
    let variance = 0;
    for (let value = pixel * channels; value < (pixel + 1) * channels; value++) variance += varianceAt(x, rows, size, value);
    return Math.sqrt(variance / channels);
  });
}

/** Population variance over rows of one value. */
function varianceAt(x: Float32Array, rows: number, size: number, at: number): number {
  let mean = 0;
  for (let row = 0; row < rows; row++) mean += x[row * size + at]! / rows;
  let variance = 0;
  for (let row = 0; row < rows; row++) variance += (x[row * size + at]! - mean) ** 2 / rows;
  return variance;
}
