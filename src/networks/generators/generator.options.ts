import { z } from 'zod';

const width = z.int().min(1).max(8192);

export const generatorNetworkSchema = z
  .object({
    architecture: z.literal('generator').default('generator'),
    latent: z.int().min(1).max(1024).default(16).describe('Length of the latent vector z, whose prior is N(0, I).'),
    channels: z.array(z.int().min(1).max(1024)).max(6).optional()
      .describe('Channels of the strided convolutions of encoder and discriminator, and in reverse of the transposed ones of the decoder; every one halves the size. An empty list: dense layers only. Left out: [16, 32] for images, none for tables.'),
    kernelSize: z.int().min(1).max(11).default(4).describe('Height and width of every kernel; stride 2, zero padding.'),
    dense: z.array(width).min(1).max(8).default([128]).describe('Widths of the hidden dense layers; the decoder has them in reverse.'),
  })
  .meta({ id: 'GeneratorNetwork', title: 'Encoder, decoder and discriminator of a generator' })
  .describe('Architecture of encoder, decoder and discriminator, as far as the method has them.');

export type GeneratorNetworkOptions = z.infer<typeof generatorNetworkSchema>;
