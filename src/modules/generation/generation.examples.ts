import { BAR } from '../models/models.examples.js';
import type { RequestExample } from '../openapi/api-decorators.js';

type Examples = Readonly<Record<string, RequestExample>>;

/** 1 = known: the upper half of a 28 x 28 picture. */
const UPPER_HALF = BAR.map((_, i) => (i < BAR.length / 2 ? 1 : 0));
const stored = (...indices: number[]) => ({ dataset: 'glyphs', split: 'test', indices });

export const SAMPLES_EXAMPLES: Examples = {
  numbers: { summary: 'Two samples as numbers (any generator, e.g. glyphs-vae)', value: { count: 2, seed: 1 } },
  grid: { summary: 'A grid of 64 as a picture', value: { count: 64, seed: 1, temperature: 0.8, format: 'png' } },
};
export const CHAIN_EXAMPLES: Examples = {
  animation: { summary: '16 chains as an animation (not of a GAN)', value: { count: 16, steps: 100, every: 5, seed: 1, format: 'apng' } },
};
export const INPAINT_EXAMPLES: Examples = {
  half: { summary: 'Four completions of the lower half (model glyphs-vae)', value: { picture: BAR, mask: UPPER_HALF, maskConvention: 'known-is-1', completions: 4, steps: 20, seed: 1 } },
  picture: { summary: 'The same as a picture', value: { picture: BAR, mask: UPPER_HALF, completions: 4, seed: 1, format: 'png' } },
};
export const STORED_EXAMPLES: Examples = {
  stored: { summary: 'Test examples of glyphs (model glyphs-vae; attributes: glyphs-gibbsnet)', value: { examples: stored(0, 1, 2, 3) } },
  own: { summary: 'One own picture', value: { instances: [BAR] } },
};
export const DECODE_EXAMPLES: Examples = {
  origin: { summary: 'The origin of a latent space of 16 dimensions', value: { latents: [new Array<number>(16).fill(0)] } },
};
export const INTERPOLATE_EXAMPLES: Examples = {
  drawn: { summary: 'Between two drawn latents', value: { path: 'spherical', steps: 8, seed: 1 } },
  stored: { summary: 'Between two test examples, as a picture', value: { examples: stored(0, 1), path: 'linear', steps: 8, format: 'png' } },
};
export const ARITHMETIC_EXAMPLES: Examples = {
  stored: { summary: 'Example 0 without 1, with 2', value: { examples: stored(0, 1, 2), weights: [1, -1, 1] } },
};
export const NEAREST_EXAMPLES: Examples = {
  samples: { summary: 'Training examples nearest to 8 samples, as a picture', value: { count: 8, seed: 1, neighbours: 4, format: 'png' } },
};
