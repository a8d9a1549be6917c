import { z } from 'zod';
import { SPLITS } from '../datasets/dataset.js';
import { INTERPOLATIONS } from './interpolate.js';
import { MASK_CONVENTIONS } from './mask.js';

export const FORMATS = ['json', 'png', 'zip', 'npz', 'gif', 'apng'] as const;
export type Format = (typeof FORMATS)[number];
export type BinaryFormat = Exclude<Format, 'json'>;

/** Formats of answers that hold numbers only, single pictures, and frames. */
export const NUMBER_FORMATS = ['json', 'npz'] as const;
export const PICTURE_FORMATS = ['json', 'png', 'zip', 'npz'] as const;
export const FRAME_FORMATS = FORMATS;

const MAX_STEPS = 10_000;

const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Seed of all draws; the same request gives the same numbers');
const temperature = z.number().min(0).max(10);
const noise = temperature.default(1).describe('Factor on all Gaussian noise');
const drawn = temperature.default(0).describe('Factor on the noise of z ~ q(z | x); 0 takes its mean');
const truncation = z.number().min(0.1).max(10).optional().describe('Coordinates of z beyond this absolute value are drawn again, before temperature');
const fixedClass = z.int().optional().describe('Class of all pictures, of models that know classes');
const labels = z.array(z.int()).min(1).optional().describe('Class of each picture, instead of class');
const steps = z.int().min(1).max(MAX_STEPS);

/** Prior, chain and class of pictures made from nothing. */
const free = { seed, temperature: noise, truncation, class: fixedClass, labels };

export const sampleFields = {
  count: z.int().min(1).default(16).describe('Number of pictures'),
  ...free,
  steps: steps.optional().describe('Decodes of the chain; 1 decodes z ~ N(0, I). Left out: 20 for gibbsnet, else 1'),
};

export const chainFields = {
  count: z.int().min(1).default(16).describe('Number of chains side by side, when they start from z ~ N(0, I)'),
  ...free,
  steps: steps.default(100).describe('Decodes of the chain'),
  every: z.int().min(1).max(MAX_STEPS).default(10).describe('Every so many steps become a frame'),
};

export const inpaintFields = {
  maskConvention: z.enum(MASK_CONVENTIONS).default('known-is-1').describe('known-is-1: 1 or white is kept; unknown-is-1: 1 or white is completed; alpha: transparent pixels of the picture itself are completed'),
  completions: z.int().min(1).default(4).describe('Number of completions, each its own chain'),
  steps: steps.default(20).describe('Steps of the chain with the known pixels clamped'),
  seed,
  temperature: noise,
  class: fixedClass,
};

export const inferFields = { seed, temperature: drawn, labels };

export const decodeFields = { class: fixedClass, labels };

export const interpolateFields = {
  path: z.enum(INTERPOLATIONS).default('spherical').describe('linear and spherical go between 2 ends; grid spans 4 corners: upper left, upper right, lower left, lower right'),
  steps: z.int().min(2).max(64).default(8).describe('Pictures on the path, both ends included; on each side of a grid'),
  seed,
  class: fixedClass,
  labels: labels.describe('Class of each end that is an example, of conditional models'),
};

export const attributeFields = { steps: steps.default(20).describe('Steps of the chain with all pixels clamped'), seed, temperature: noise };

export const arithmeticFields = {
  weights: z.array(z.number().min(-1000).max(1000)).min(1).describe('Factor of each latent; the sum of the products is decoded'),
  class: fixedClass,
  labels: labels.describe('Class of each example, of conditional models'),
};

export const nearestFields = {
  count: z.int().min(1).default(8).describe('Number of samples to look up, where no examples are given'),
  seed,
  dataset: z.string().min(1).max(128).optional().describe('Id or name of a data set; left out: the one that the model was trained on'),
  split: z.enum(SPLITS).default('train'),
  neighbours: z.int().min(1).max(32).default(4).describe('Nearest examples of each picture'),
};
