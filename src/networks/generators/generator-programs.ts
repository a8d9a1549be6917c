import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../../compiler/program.js';
import type { NamedSpecs } from '../../compiler/tensors.js';
import { oneHot } from '../classifier-programs.js';
import { required } from '../layer.js';
import type { Generator } from './create-generator.js';
import { sampleGaussian } from './encoder.js';
import type { Given } from './generator-shape.js';

/** The stored signatures of a generator, as `bundles/model.ts` describes them; their state is that of the generator's parts. */
export function generatorPrograms(generator: Generator): Record<string, FamilyEntry> {
  const { shape, decoder, encoder, discriminator, likelihood } = generator;
  const float = (...dimensions: readonly number[]) => ({ dtype: 'float32' as const, shape: [-1, ...dimensions] });
  const [x, z] = [float(...shape.inputShape), float(shape.latent)];
  const y: NamedSpecs = shape.conditional ? { y: { dtype: 'int32', shape: [-1] } } : {};
  const labels: NamedSpecs = shape.attributes ? { labels: float(shape.classCount) } : {};
  const classOf = (inputs: NamedTensors): Given => (shape.conditional ? { y: oneHot(required(inputs, 'y'), shape.classCount) } : {});
  const given = (inputs: NamedTensors): Given => ({ ...classOf(inputs), labels: inputs['labels'] });
  const entry = (name: string, inputs: NamedSpecs, outputs: (state: NamedTensors, inputs: NamedTensors) => NamedTensors): FamilyEntry =>
    ({ inputs, program: { name, apply: (state, at) => ({ outputs: outputs(state, at) }) } });

  const decode = (state: NamedTensors, inputs: NamedTensors): NamedTensors => {
    const { x: mean, labels: probabilities } = decoder.decode(state, required(inputs, 'z'), classOf(inputs));
    return { x: mean, ...(probabilities && { labels: probabilities }) };
  };
  return {
    decode: entry('decode', { z, ...y }, decode),
    ...(encoder && {
      encode: entry('encode', { x, ...y, ...labels }, (state, inputs) => {
        const { mean, logSigma } = encoder.encode(state, required(inputs, 'x'), given(inputs));
        return { mean, sigma: tf.exp(logSigma) };
      }),
      transition: entry('transition', { z, eps: z, ...y }, (state, inputs) => {
        const decoded = decode(state, inputs);
        const q = encoder.encode(state, required(decoded, 'x'), { ...classOf(inputs), labels: decoded['labels'] });
        return { ...decoded, next: sampleGaussian(q, required(inputs, 'eps')) };
      }),
    }),
    ...(discriminator && {
      discriminate: entry('discriminate', { x, ...(encoder && { z }), ...y, ...labels }, (state, inputs) =>
        ({ logit: discriminator.discriminate(state, required(inputs, 'x'), inputs['z'], given(inputs)).logit })),
    }),
    ...(likelihood && {
      logLikelihood: entry('logLikelihood', { x, z, ...y }, (state, inputs) =>
        ({ value: likelihood.logLikelihood(state, required(inputs, 'x'), decoder.decode(state, required(inputs, 'z'), classOf(inputs))) })),
    }),
  };
}
