import { Key } from '../compiler/random/index.js';
import { attributesNotModelled } from '../errors/generation.errors.js';
import { conditionOf } from './condition.js';
import type { Generator } from './generator.js';
import { drawLabels } from './inpaint.js';
import { drawNoise, reparameterise } from './prior.js';

export interface AttributeOptions {
  readonly steps: number;
  readonly temperature: number;
  readonly seed: number;
}

/**
 * p(y | x) by the chain with all pixels clamped (Lamb et al. 2017, arXiv:1712.04120): z_t ~ q(z | x, y_{t-1}), y_t ~ p(y | z_t), from
 * y_0 uniform. The probabilities p(y | z_t) are averaged over the last half of the steps.
 * @param x [N, ...input.shape]
 * @returns [N, K] probabilities
 * @throws attributes-not-modelled, signature-unknown
 */
export async function predictAttributes(generator: Generator, x: Float32Array, { steps, temperature, seed }: AttributeOptions): Promise<Float32Array> {
  const { manifest, method, latent, size, classCount } = generator;
  if (!generator.attributes) throw attributesNotModelled(manifest.name, method);
  generator.require('encode', 'decode');
  const key = Key.from(seed).fold('attributes');
  const rows = x.length / size;
  const condition = conditionOf(generator, rows, {});
  const firstCounted = Math.floor(steps / 2) + 1;
  const sums = new Float32Array(rows * classCount);
  let labels: Float32Array | undefined;
  for (let step = 1; step <= steps; step++) {
    const posterior = await generator.encode(x, condition, labels);
    const decoded = await generator.decode(reparameterise(posterior, drawNoise(key.fold('chain'), step, rows, latent, temperature)), condition);
    if (step >= firstCounted) decoded.labels!.forEach((probability, i) => (sums[i]! += probability));
    labels = drawLabels(generator, decoded, condition, key.fold('labels').fold(step));
  }
  return sums.map((sum) => sum / (steps - firstCounted + 1));
}
