import { z } from 'zod';

const PIXELS = ['bernoulli', 'gaussian'] as const;

const conditional = z.boolean().default(false)
  .describe('Gives the class y to every part, so that samples of a class can be asked for.');
const pixels = z.enum(PIXELS).optional()
  .describe('Density of the values given z: bernoulli takes values in [0, 1] as probabilities, gaussian learns one variance for every value. Left out: bernoulli for images, gaussian for tables.');
const gradientPenalty = (weight: number) => z.number().min(0).max(1000).default(weight)
  .describe('Weight of |gradient|^2 / 2, the penalty of the discriminator\'s slope at pairs with data; without it the discriminator soon wins.');
const vaeFields = {
  conditional, pixels,
  beta: z.number().min(0).max(100).default(1).describe('Weight of the Kullback-Leibler term; 1 is the evidence lower bound.'),
  freeBits: z.number().min(0).max(10).default(0)
    .describe('Nats of divergence of each latent dimension, averaged over the batch, below which it costs nothing more.'),
};

export const generationMethodOptionsSchema = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal('vae'), ...vaeFields }).meta({ id: 'VaeMethod', title: 'Variational autoencoder (Kingma and Welling 2014)' }),
    z.strictObject({
      name: z.literal('dr-vae'), ...vaeFields,
      classifier: z.string().min(1).max(100).describe('Id or name of a trained classifier for examples of the same shape; its weights stay as they are.'),
      layers: z.array(z.int().min(1).max(100)).min(1).max(20).default([1, 2])
        .refine((layers) => new Set(layers).size === layers.length, 'must differ')
        .describe('Hidden states of the classifier that reconstructions must share with the input; k is the output of segment k, as in mixPoints.'),
      lambda: z.number().min(0).max(1000).default(1).describe('Weight of the feature terms; 0 is the plain variational autoencoder.'),
      weighting: z.enum(['learnedVariance', 'fixed']).default('learnedVariance')
        .describe('learnedVariance: Gaussian densities with one learned variance for every unit; fixed: half the squared distance.'),
    }).meta({ id: 'DrVaeMethod', title: 'Variational autoencoder with discriminative regularisation (Lamb et al. 2016)' }),
    z.strictObject({
      name: z.literal('gan'), conditional,
      loss: z.enum(['non-saturating', 'hinge', 'wasserstein']).default('non-saturating')
        .describe('What both players minimise.'),
      gradientPenalty: z.number().min(0).max(1000).optional()
        .describe('Weight of the penalty of the discriminator\'s slope: |gradient|^2 / 2 at the data, or (|gradient| - 1)^2 for wasserstein. Left out: 1, or 10 for wasserstein.'),
      criticSteps: z.int().min(1).max(20).default(1).describe('Updates of the discriminator for each one of the decoder.'),
      spectralNorm: z.boolean().default(false).describe('Divides every kernel of the discriminator by its largest singular value.'),
    }).meta({ id: 'GanMethod', title: 'Generative adversarial network (Goodfellow et al. 2014)' }),
    z.strictObject({
      name: z.literal('ali'), conditional,
      gradientPenalty: gradientPenalty(1),
      spectralNorm: z.boolean().default(false).describe('As in gan.'),
    }).meta({ id: 'AliMethod', title: 'Adversarially learned inference (Dumoulin et al. 2017)' }),
    z.strictObject({
      name: z.literal('gibbsnet'), conditional,
      attributes: z.boolean().default(false)
        .describe('Makes the labels variables of the chain: drawn by the decoder, seen by encoder and discriminator.'),
      steps: z.int().min(1).max(20).default(3).describe('Decodings N of the unclamped chain in one update; 1 is ali.'),
      chainGrad: z.enum(['last', 'lastEncDec', 'full']).default('lastEncDec')
        .describe('How far the gradient of the unclamped pair goes: last decoding; last inference and decoding; whole chain.'),
      gradientPenalty: gradientPenalty(5),
      spectralNorm: z.boolean().default(false).describe('As in gan.'),
    }).meta({ id: 'GibbsNetMethod', title: 'GibbsNet (Lamb et al. 2017)' }),
  ])
  .describe('Generator and its options.');

export type GenerationMethodOptions = z.infer<typeof generationMethodOptionsSchema>;
export type GenerationMethodName = GenerationMethodOptions['name'];
export type GenerationOptionsOf<N extends GenerationMethodName> = Extract<GenerationMethodOptions, { name: N }>;
