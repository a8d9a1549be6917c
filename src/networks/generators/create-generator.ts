import { networkInputMismatch, networkTooLarge } from '../../errors/networks.errors.js';
import { MAX_PARAMETERS } from '../create-network.js';
import type { VariableSpec } from '../layer.js';
import { parameterCount } from '../network.js';
import { createDecoder, type Decoder } from './decoder.js';
import { createDiscriminator, type Discriminator } from './discriminator.js';
import { createEncoder, type Encoder } from './encoder.js';
import type { GeneratorNetworkOptions } from './generator.options.js';
import type { GeneratorShape } from './generator-shape.js';
import { pixelLikelihood, type PixelLikelihood, type PixelModel } from './pixel-likelihood.js';

/** Which parts a method has. */
export interface GeneratorParts {
  readonly encoder: boolean;
  /** none: without an opponent; joint: sees (x, z). */
  readonly discriminator: 'none' | 'plain' | 'joint';
  readonly spectralNorm: boolean;
  /** Whether p(x | z) is a density, with parameters of its own. */
  readonly likelihood: boolean;
}

/** The networks of a generator; numbers come later, from `initialise`. */
export interface Generator {
  readonly shape: GeneratorShape;
  readonly pixels: PixelModel;
  readonly decoder: Decoder;
  readonly encoder?: Encoder;
  readonly discriminator?: Discriminator;
  readonly likelihood?: PixelLikelihood;
  /** Of all parts. */
  readonly parameters: Readonly<Record<string, VariableSpec>>;
  readonly statistics: Readonly<Record<string, VariableSpec>>;
}

const DEFAULT_CHANNELS = [16, 32] as const;

export type GeneratorData = Omit<GeneratorShape, 'latent'> & { readonly pixels: PixelModel };

/**
 * Builds the networks of a generator.
 * @throws network-input-mismatch for convolutions over tables, network-too-large
 */
export function createGenerator(options: GeneratorNetworkOptions, { pixels, ...data }: GeneratorData, parts: GeneratorParts): Generator {
  const shape: GeneratorShape = { ...data, latent: options.latent };
  const isImage = shape.inputShape.length === 3;
  const channels = options.channels ?? (isImage ? DEFAULT_CHANNELS : []);
  if (!isImage && channels.length > 0) throw networkInputMismatch(options.architecture, shape.inputShape);
  const decoder = createDecoder(channels, options, shape);
  const encoder = parts.encoder ? createEncoder(channels, options, shape) : undefined;
  const joint = parts.discriminator === 'joint';
  const discriminator = parts.discriminator === 'none' ? undefined : createDiscriminator(channels, options, shape, { joint, spectralNorm: parts.spectralNorm });
  const likelihood = parts.likelihood ? pixelLikelihood(pixels, shape) : undefined;
  const all = [decoder, encoder, discriminator, likelihood].filter((part) => part !== undefined);
  const parameters = Object.assign({}, ...all.map((part) => part.parameters)) as Record<string, VariableSpec>;
  const statistics = Object.assign({}, ...all.map((part) => part.statistics)) as Record<string, VariableSpec>;
  const count = parameterCount({ parameters });
  if (count > MAX_PARAMETERS) throw networkTooLarge(count, MAX_PARAMETERS);
  return {
    shape, pixels, decoder, parameters, statistics,
    ...(encoder && { encoder }), ...(discriminator && { discriminator }), ...(likelihood && { likelihood }),
  };
}
