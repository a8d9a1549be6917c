import type { Key } from '../compiler/random/index.js';
import type { Condition, Decoded, Generator } from './generator.js';
import { drawNoise, reparameterise } from './prior.js';

export interface ChainOptions {
  /** Decodes at least 1: x_t = Dec(z_t), z_{t+1} ~ q(z | x_t). */
  readonly steps: number;
  /** Factor on the noise of q(z | x). */
  readonly temperature: number;
  readonly key: Key;
}

export interface ChainStep extends Decoded {
  /** 1 ... steps. */
  readonly step: number;
  /** The latent that `x` was decoded from, [N, latent]. */
  readonly z: Float32Array;
}

/**
 * The unclamped chain of GibbsNet (Lamb et al. 2017, arXiv:1712.04120), which any encoder and decoder can run. Fixed classes
 * are clamped: y of conditional models is an input of both samplers; labels that are visible variables are put back to
 * the class before each inference.
 * @param start z_1, [N, latent]
 * @throws signature-unknown for models that cannot infer, when steps > 1
 */
export async function* runChain(generator: Generator, start: Float32Array, condition: Condition, { steps, temperature, key }: ChainOptions): AsyncGenerator<ChainStep> {
  const clampsLabels = generator.attributes && condition.classes !== undefined;
  if (steps > 1) generator.require(...(clampsLabels ? ['encode'] : ['transition']));
  const rows = start.length / generator.latent;
  let z = start;
  for (let step = 1; step < steps; step++) {
    const eps = drawNoise(key, step, rows, generator.latent, temperature);
    if (clampsLabels) {
      const decoded = await generator.decode(z, condition);
      yield { step, z, ...decoded };
      z = reparameterise(await generator.encode(decoded.x, condition), eps);
    } else {
      const { next, ...decoded } = await generator.transition(z, eps, condition);
      yield { step, z, ...decoded };
      z = next;
    }
  }
  yield { step: steps, z, ...(await generator.decode(z, condition)) };
}

/** The last step of a chain. */
export async function lastOfChain(chain: AsyncIterable<ChainStep>): Promise<ChainStep> {
  let last: ChainStep | undefined;
  for await (const step of chain) last = step;
  if (last === undefined) throw new Error('internal: a chain without steps');
  return last;
}

/** Every `every`-th step of a chain, the last one included when it falls on one. */
export async function framesOfChain(chain: AsyncIterable<ChainStep>, every: number): Promise<ChainStep[]> {
  const frames: ChainStep[] = [];
  for await (const step of chain) if (step.step % every === 0) frames.push(step);
  return frames;
}
