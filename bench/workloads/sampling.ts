import type { Manifest } from '../../src/bundles/manifest.js';
import type { Model } from '../../src/bundles/model.js';
import { Key } from '../../src/compiler/random/index.js';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { drawPrior, Generator } from '../../src/generation/index.js';
import { MAX_BATCH_ROWS } from '../../src/generation/run-rows.js';
import { createGenerator, generatorPrograms, initialise, modelState } from '../../src/networks/index.js';
import { generatorTrainingOptionsSchema } from '../../src/training/generation/generator-training.options.js';
import { partsOf } from '../../src/training/generation/index.js';
import { generatorArguments, pictureData, PICTURE } from './generator-training.js';
import { sameOutputs, type RunEntry, type Workload } from './workload.js';

const COUNT = 10_000;

/** A GAN as sampling sees a stored model: its signature `decode`, and a manifest with nothing stored. */
function modelOver(latent: number, run: RunEntry): Model {
  const manifest: Manifest = {
    formatVersion: 1, name: 'bench', task: 'generation', generation: { method: 'gan', latent, conditional: false, attributes: false, pixels: 'bernoulli' },
    input: { shape: [...PICTURE], bounds: [0, 1], layout: 'NHWC' }, classes: Array.from({ length: pictureData.classCount }, (_, c) => `${c}`), network: {}, metrics: {}, parameterCount: 0, parts: [],
    signatures: { decode: { file: '', inputs: {}, outputs: {} } }, software: { rampart: 'bench', engine: 'onnx' }, createdAt: new Date().toISOString(),
  };
  return { manifest, run };
}

/** Ancestral samples of a trained decoder from latents that are fed: one program for any batch, checks and joining of the batches included. */
export function sampling(): Workload {
  const { network, method } = generatorTrainingOptionsSchema.parse({ method: { name: 'gan' }, steps: 1 });
  const generator = createGenerator(network, pictureData, { ...partsOf(method), discriminator: 'none' });
  const { decode } = generatorPrograms(generator);
  const state = initialise(generator, Key.from('sampling'));
  const { latent } = network;
  const z: HostTensor = { dtype: 'float32', shape: [COUNT, latent], data: drawPrior(Key.from('prior'), COUNT, latent, { temperature: 1 }) };
  return {
    name: 'sampling',
    title: `sampling ${COUNT} images of 28x28, default decoder, batches of ${MAX_BATCH_ROWS}`,
    model: 'sampling',
    options: { batch: MAX_BATCH_ROWS, ...generatorArguments },
    tensors: { ...state, z },
    agreement: sameOutputs(1e-4),
    entries: { decode: decode! },
    rows: COUNT,
    stateSpecs: modelState(generator),
    state,
    async call(run) {
      const { x } = await new Generator(modelOver(latent, run)).decode(z.data as Float32Array, {});
      return { outputs: { x: { dtype: 'float32', shape: [COUNT, ...PICTURE], data: x } } };
    },
  };
}
