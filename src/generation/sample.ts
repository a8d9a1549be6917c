import { Key } from '../compiler/random/index.js';
import { lastOfChain, runChain, type ChainStep } from './chain.js';
import { conditionOf, type RequestedClasses } from './condition.js';
import type { Generator } from './generator.js';
import { drawPrior } from './prior.js';

/** Decodes of a sample where the request leaves them open: GibbsNet is trained to be iterated, the others are not. */
export const defaultSteps = (method: string): number => (method === 'gibbsnet' ? 20 : 1);

export interface SampleOptions extends RequestedClasses {
  readonly count: number;
  readonly seed: number;
  /** Factor on all Gaussian noise. */
  readonly temperature: number;
  readonly truncation?: number | undefined;
  /** Decodes; 1 is ancestral sampling, more runs the chain. */
  readonly steps: number;
}

export interface Samples extends Omit<ChainStep, 'step'> {
  readonly classes?: Int32Array;
}

/**
 * Pictures from the model: z ~ N(0, I), then `steps` decodes of the chain.
 * @throws signature-unknown, class-not-modelled, class-out-of-range, labels-mismatch
 */
export async function sample(generator: Generator, options: SampleOptions): Promise<Samples> {
  const key = Key.from(options.seed).fold('sample');
  const condition = conditionOf(generator, options.count, options, key.fold('class'));
  const start = drawPrior(key.fold('prior'), options.count, generator.latent, options);
  const { x, z, labels } = await lastOfChain(runChain(generator, start, condition, { ...options, key: key.fold('chain') }));
  return { x, z, ...(labels !== undefined && { labels }), ...condition };
}
