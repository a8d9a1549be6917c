import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../compiler/program.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';
import { forward, gaussianLogDensity, required, sumPerExample, type Generator, type Network, type VariableSpec } from '../../networks/index.js';
import type { GenerationMethod } from './generation-method.js';
import type { GenerationOptionsOf } from './generation-method.options.js';
import { vaeTerms } from './vae.js';

/** A trained classifier whose hidden states are wanted. */
export interface FrozenClassifier {
  readonly network: Network;
  /** Parameters and running statistics by name. */
  readonly tensors: NamedHostTensors;
}

const PREFIX = 'classifier/';
/** A unit that is always 0 (a dead rectifier) would otherwise send its variance to 0. */
const FEATURE_RANGE = [-5, 3] as const;
const sigmaName = (layer: number): string => `features/${layer}/logSigma`;

/** Hidden state k for each k of `layers`, ascending, in inference mode: running statistics, no dropout. */
function hiddenStates({ network }: FrozenClassifier, state: NamedTensors, x: tf.Tensor, layers: readonly number[]): tf.Tensor[] {
  const own = Object.fromEntries([...Object.keys(network.parameters), ...Object.keys(network.statistics)].map((name) => [name, required(state, PREFIX + name)]));
  const states: tf.Tensor[] = [];
  let [h, from] = [x, 0];
  for (const to of layers) {
    h = forward(network, own, h, { from, to }).h;
    states.push(h);
    from = to;
  }
  return states;
}

/**
 * Discriminative regularisation (Lamb, Dumoulin and Courville 2016, arXiv:1602.03220): the decoder's mean m must also
 * have the hidden states d_l of a fixed classifier that the input has. Encoder, decoder and the variances minimise
 *
 *   mean_i [ -log p(x_i | z_i) + beta KL_i - lambda sum_l R_l ],   R_l = log N(d_l(x_i); d_l(m_i), exp(2 s_l)),
 *
 * with one learned s_l for every unit of layer l, or for the fixed weighting R_l = -1/2 |d_l(x_i) - d_l(m_i)|^2. The gradient
 * of R_l goes through the classifier's operations into m; its weights are no variables of the step.
 */
export function drVae(options: GenerationOptionsOf<'dr-vae'>, generator: Generator, batchSize: number, classifier: FrozenClassifier): GenerationMethod {
  const { beta, freeBits, lambda, weighting } = options;
  const layers = options.layers.toSorted((a, b) => a - b);
  const learned = weighting === 'learnedVariance';
  const sigmas: Record<string, VariableSpec> = learned
    ? Object.fromEntries(layers.map((layer) => [sigmaName(layer), { shape: classifier.network.segments[layer - 1]!.outputShape, initialiser: { kind: 'constant', value: 0 } }]))
    : {};
  const similarity = (state: NamedTensors, layer: number, ofData: tf.Tensor, ofMean: tf.Tensor): tf.Tensor =>
    tf.mean(learned
      ? gaussianLogDensity(ofData, ofMean, required(state, sigmaName(layer)), FEATURE_RANGE)
      : tf.mul(sumPerExample(tf.square(tf.sub(ofData, ofMean))), -0.5));
  return {
    generator,
    criticSteps: 1,
    samplingSteps: 1,
    frozen: Object.fromEntries(Object.entries(classifier.tensors).map(([name, tensor]) => [PREFIX + name, tensor])),
    draws: { eps: { shape: [batchSize, generator.shape.latent], distribution: 'normal' } },
    players: {
      generator: {
        parameters: { ...generator.parameters, ...sigmas },
        loss(given) {
          const { state, x } = given;
          const { decoded, kl, reconstruction } = vaeTerms(generator, freeBits, given);
          const ofData = hiddenStates(classifier, state, x, layers);
          const ofMean = hiddenStates(classifier, state, decoded.x, layers);
          const features = layers.map((layer, i) => tf.neg(similarity(state, layer, ofData[i]!, ofMean[i]!)));
          const sum = features.reduce((total, term) => tf.add(total, term));
          return {
            loss: tf.add(tf.add(reconstruction, tf.mul(kl, beta)), tf.mul(sum, lambda)),
            metrics: { reconstruction, kl, ...Object.fromEntries(layers.map((layer, i) => [`features-${layer}`, features[i]!])) },
            statistics: {},
          };
        },
      },
    },
  };
}
