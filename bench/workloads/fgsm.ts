import { normBall } from '../../src/attacks/norm-balls.js';
import { startAttack } from '../../src/attacks/run-attack.js';
import { Key } from '../../src/compiler/random/index.js';
import { createNetwork, initialise, modelState } from '../../src/networks/index.js';
import { modelOver, signaturesAt } from './classifier-model.js';
import { CLASSES, noiseBatch } from './classifier-training.js';
import { CONVNET_INPUT, convnetArguments, convnetOptions } from './convnet.js';
import { sameOutputs, type Workload } from './workload.js';

const BATCH = 256;
const EPSILON = 0.1;

/**
 * FGSM in the Linf ball as an evaluation runs it: gradient, step, projection into ball and bounds, prediction on the
 * adversarial examples, success of each.
 */
export function fgsm(): Workload {
  const network = createNetwork(convnetOptions, CONVNET_INPUT, CLASSES);
  const model = initialise(network, Key.from(7));
  const { x, y } = noiseBatch(BATCH, CONVNET_INPUT);
  const batch = { examples: x.data as Float32Array, labels: y.data as Int32Array };
  return {
    name: 'fgsm',
    title: 'FGSM on 256 images of 28x28, the same convnet: gradient, step, prediction again',
    model: 'fgsm',
    options: { ...convnetArguments, epsilon: EPSILON },
    tensors: { ...model, x, y },
    agreement: sameOutputs(1e-3, 1e-3), // the sign of a gradient near 0 is a matter of rounding
    entries: signaturesAt(network, BATCH),
    stateSpecs: modelState(network),
    state: model,
    async call(run) {
      const attack = await startAttack(modelOver(network, run), batch, { ball: normBall('Linf') }, { name: 'fgsm' });
      const { adversarial, predictions } = await attack.at(EPSILON);
      return {
        outputs: {
          adversarial: { dtype: 'float32', shape: x.shape, data: adversarial },
          probabilities: { dtype: 'float32', shape: [BATCH, CLASSES], data: predictions.probabilities },
        },
      };
    },
  };
}
