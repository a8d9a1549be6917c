import type { z } from 'zod';
import { Key } from '../../src/compiler/random/index.js';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { createNetwork, initialise, type GeneratorData } from '../../src/networks/index.js';
import type { generationMethodOptionsSchema } from '../../src/training/generation/generation-method.options.js';
import { drawNoise, generatorEntries, generatorScalars, generatorStart, generatorState, STEP } from '../../src/training/generation/generator-programs.js';
import { generatorTrainingOptionsSchema } from '../../src/training/generation/generator-training.options.js';
import { createGenerationMethod, type FrozenClassifier } from '../../src/training/generation/index.js';
import { optimiser } from '../../src/training/optimisers/optimiser.js';
import { CLASSES, noiseBatch } from './classifier-training.js';
import { CONVNET_INPUT, convnetArguments, convnetOptions } from './convnet.js';
import { sameLosses, type Workload } from './workload.js';

const BATCH = 64;
export const PICTURE = CONVNET_INPUT;
/** [height, width, channels] between convolutions and dense layers of the default networks. */
const CODE = [7, 7, 32] as const;
/** What the Python peers need to know of the networks of a generator. */
export const generatorArguments = { codeShape: CODE };

export const pictureData: GeneratorData = { inputShape: PICTURE, bounds: [0, 1], classCount: CLASSES, conditional: false, attributes: false, pixels: 'bernoulli' };

function classifier(): FrozenClassifier {
  const network = createNetwork(convnetOptions, PICTURE, CLASSES);
  return { network, tensors: initialise(network, Key.from(7)) };
}

/**
 * A step of a generator's training with the defaults of a training job, through the `generatorEntries` that the job runs: all
 * players from the same values, and the moving averages. The noise is drawn once and fed to every step of every peer.
 */
function generatorTraining(title: string, request: z.input<typeof generationMethodOptionsSchema>): Workload {
  const { name } = request;
  const { network, method: options, optimiser: update, averageDecay } = generatorTrainingOptionsSchema.parse({ method: request, batchSize: BATCH, steps: 1 });
  const method = createGenerationMethod(options, network, pictureData, BATCH, name === 'dr-vae' ? classifier() : undefined);
  const transform = optimiser(update);
  const state = generatorStart(method, transform, Key.from(name));
  const { x, y } = noiseBatch(BATCH, PICTURE);
  const noise = drawNoise(method.draws, Key.from('noise'));
  const parameters = Object.values(method.players).flatMap((player) => Object.keys(player.parameters));
  const numbers: NamedHostTensors = Object.fromEntries(parameters.map((parameter) => [parameter, state[parameter]!]));
  const { [STEP]: step } = generatorEntries(method, transform, { batch: BATCH, evaluation: BATCH, samples: BATCH });
  return {
    name, title: `${title}, default networks, 28x28, batch ${BATCH}, Adam`, model: name,
    options: { optimiser: update, averageDecay, method: options, classifier: convnetArguments, ...generatorArguments },
    tensors: { ...numbers, ...method.frozen, ...noise, x },
    agreement: sameLosses(5, 0.001), // later the sign of gradients near 0, which Adam enlarges, is a matter of rounding
    entries: { [STEP]: step! },
    stateSpecs: generatorState(method, transform),
    state,
    async call(run, count) {
      const { loss } = await run(STEP, { x, y, ...noise, ...generatorScalars(method, transform, count, update.learningRate, averageDecay) });
      return { loss: loss!.data[0]! };
    },
  };
}

/** With the weight of the slope's penalty that a job has by default, for the peers to read. */
export const gan = (): Workload => generatorTraining('GAN', { name: 'gan', gradientPenalty: 1 });

export const ali = (): Workload => generatorTraining('ALI', { name: 'ali' });

export const gibbsnet = (): Workload => generatorTraining('GibbsNet, chain of 3 decodings', { name: 'gibbsnet', steps: 3 });

/** Hidden states 1 and 2 of the convnet of the other workloads. */
export const drVae = (): Workload => generatorTraining('VAE with discriminative regularisation by 2 layers of a convnet', { name: 'dr-vae', classifier: 'convnet' });
