import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { NamedTensors } from '../../compiler/program.js';
import { Key, normal, uniform } from '../../compiler/random/index.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import { createNetwork, initialise, valueAndGradients, type GeneratorData } from '../../networks/index.js';
import { generatorNetworkSchema } from '../../networks/generators/generator.options.js';
import { networkOptionsSchema } from '../../networks/network.options.js';
import { decoderLoss, discriminatorLoss, inferenceLoss } from './adversarial-losses.js';
import { generationMethodOptionsSchema } from './generation-method.options.js';
import { drawNoise, generatorStart } from './generator-programs.js';
import { klDivergence, klPenalty } from './kl-divergence.js';
import { optimiser } from '../optimisers/optimiser.js';
import { optimiserOptionsSchema } from '../optimisers/optimiser.options.js';
import { createGenerationMethod, generatorData, type FrozenClassifier, type GenerationArguments, type GenerationMethod, type PlayerName } from './index.js';

const BATCH = 4;
const SHAPE = [6, 6, 1];
const key = Key.from(11);
const network = generatorNetworkSchema.parse({ latent: 3, channels: [2, 3], dense: [6] });
const image = { kind: 'image', exampleShape: SHAPE, bounds: [0, 1], classes: ['a', 'b', 'c'] } as const;
const sgd = optimiser(optimiserOptionsSchema.parse({ name: 'sgd', momentum: 0 }));

function frozenClassifier(): FrozenClassifier {
  const classifier = createNetwork(networkOptionsSchema.parse({ architecture: 'convnet', channels: [2, 3], kernelSize: 3, dense: [5], activation: 'tanh' }), SHAPE, 3);
  return { network: classifier, tensors: initialise(classifier, key.fold('classifier')) };
}

const dataOf = (options: Parameters<typeof generatorData>[0]): GeneratorData => generatorData(options, image as unknown as Parameters<typeof generatorData>[1]);

function methodOf(request: object): GenerationMethod {
  const options = generationMethodOptionsSchema.parse(request);
  return createGenerationMethod(options, network, dataOf(options), BATCH, options.name === 'dr-vae' ? frozenClassifier() : undefined);
}

const onCpu = <T>(body: () => T): T => onBackend('cpu', () => {
  tf.engine().startScope();
  try { return body(); } finally { tf.engine().endScope(); }
});

/** A state away from the start, where biases are 0, and one batch. */
function argumentsFor(method: GenerationMethod): GenerationArguments {
  const tensors = Object.entries(generatorStart(method, sgd, key)).map(([name, { data, shape }]) => {
    const noise = normal(key.fold('moved').fold(name), data.length);
    return [name, tf.tensor((data as Float32Array).map((v, i) => v + (name in method.frozen ? 0 : 0.05) * noise[i]!), [...shape])] as const;
  });
  const draws = Object.entries(drawNoise(method.draws, key.fold('noise'))).map(([name, { data, shape }]) => [name.replace('draw/', ''), tf.tensor(data, [...shape])] as const);
  return {
    state: Object.fromEntries(tensors),
    draws: Object.fromEntries(draws),
    x: tf.tensor(uniform(key.fold('x'), BATCH * 36), [BATCH, ...SHAPE]),
    y: tf.cast(tf.oneHot(tf.tensor1d([0, 1, 2, 1], 'int32'), 3), 'float32'),
  };
}

const number = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;
const ownState = (method: GenerationMethod, player: PlayerName, { state }: GenerationArguments): NamedTensors =>
  Object.fromEntries(Object.keys(method.players[player]!.parameters).map((name) => [name, state[name]!]));

function gradientsOf(method: GenerationMethod, player: PlayerName, given: GenerationArguments): NamedTensors {
  return valueAndGradients((at) => ({ value: method.players[player]!.loss({ ...given, state: { ...given.state, ...at } }).loss }), ownState(method, player, given)).gradients;
}

const METHODS: readonly (readonly [string, object])[] = [
  ['vae', { name: 'vae', beta: 1.5 }],
  ['vae, gaussian, conditional, free bits', { name: 'vae', pixels: 'gaussian', conditional: true, freeBits: 0.05 }],
  ['dr-vae', { name: 'dr-vae', classifier: 'c', layers: [2, 1, 3] }],
  ['dr-vae, fixed', { name: 'dr-vae', classifier: 'c', layers: [1], weighting: 'fixed', lambda: 0.5 }],
  ['gan', { name: 'gan', conditional: true }],
  ['gan, hinge', { name: 'gan', loss: 'hinge', gradientPenalty: 0 }],
  ['gan, wasserstein', { name: 'gan', loss: 'wasserstein' }],
  ['ali', { name: 'ali', conditional: true }],
  ['gibbsnet, whole chain', { name: 'gibbsnet', steps: 3, chainGrad: 'full', attributes: true }],
];

describe('every method', () => {
  it.each(METHODS)('%s has the gradients of central differences for each player', (_, request) => onCpu(() => {
    const method = methodOf(request);
    const given = argumentsFor(method);
    for (const player of Object.keys(method.players) as PlayerName[]) {
      const own = ownState(method, player, given);
      const gradients = gradientsOf(method, player, given);
      const names = Object.keys(own);
      // One direction through all parameters, scaled to the gradient's own size.
      const direction = Object.fromEntries(names.map((name) => [name, tf.tensor(normal(key.fold('direction').fold(name), own[name]!.size), own[name]!.shape)]));
      const length = Math.sqrt(names.reduce((sum, name) => sum + number(tf.sum(tf.square(direction[name]!))), 0));
      const slope = names.reduce((sum, name) => sum + number(tf.sum(tf.mul(gradients[name]!, direction[name]!))), 0) / length;
      const at = (t: number): number => number(method.players[player]!.loss({
        ...given, state: { ...given.state, ...Object.fromEntries(names.map((name) => [name, tf.add(own[name]!, tf.mul(direction[name]!, t / length))])) },
      }).loss);
      const h = 3e-3;
      const measured = (at(h) - at(-h)) / (2 * h);
      expect(Math.abs(measured - slope), `${player}: ${measured} against ${slope}`).toBeLessThan(3e-2 * (0.1 + Math.abs(slope))); // float32 and kinks
    }
  }));

  it.each(METHODS)('%s trains no tensor of the other player and none that is frozen', (_, request) => {
    const { players, frozen } = methodOf(request);
    const [own, others] = [Object.keys(players.generator.parameters), Object.keys(players.discriminator?.parameters ?? {})];
    expect(own.filter((name) => others.includes(name))).toEqual([]);
    expect([...own, ...others].filter((name) => name in frozen)).toEqual([]);
    expect(others.every((name) => name.startsWith('discriminator/'))).toBe(true);
  });
});

describe('losses', () => {
  it('are 2 ln 2 where the discriminator says 0, and change places with the labels', () => onCpu(() => {
    const zero = { data: tf.zeros([5]), generated: tf.zeros([5]) };
    expect(number(discriminatorLoss('non-saturating', zero))).toBeCloseTo(2 * Math.LN2, 6);
    expect(number(inferenceLoss(zero))).toBeCloseTo(2 * Math.LN2, 6);
    const verdicts = { data: tf.tensor1d([0.3, -2]), generated: tf.tensor1d([1, 0.1]) };
    const exchanged = { data: verdicts.generated, generated: verdicts.data };
    expect(number(inferenceLoss(verdicts))).toBeCloseTo(number(discriminatorLoss('non-saturating', exchanged)), 6);
  }));

  it('hinge and wasserstein are their formulas', () => onCpu(() => {
    const verdicts = { data: tf.tensor1d([0.5, 2]), generated: tf.tensor1d([-3, 1]) };
    expect(number(discriminatorLoss('hinge', verdicts))).toBeCloseTo((0.5 + 0) / 2 + (0 + 2) / 2, 6);
    expect(number(discriminatorLoss('wasserstein', verdicts))).toBeCloseTo(-1.25 - 1, 6);
    expect(number(decoderLoss('wasserstein', verdicts.generated))).toBeCloseTo(1, 6);
  }));

  it('the divergence is its closed form, 0 for the prior, and free bits hold it up', () => onCpu(() => {
    const [mean, logSigma] = [tf.tensor2d([[0, 1.5], [0, -0.5]]), tf.tensor2d([[0, Math.log(0.5)], [0, Math.log(2)]])];
    const kl = klDivergence({ mean, logSigma });
    const expected = (m: number, s: number): number => (s * s + m * m - 1) / 2 - Math.log(s);
    expect([...kl.dataSync()]).toEqual([0, expect.closeTo(expected(1.5, 0.5), 5), 0, expect.closeTo(expected(-0.5, 2), 5)]);
    const second = (expected(1.5, 0.5) + expected(-0.5, 2)) / 2;
    expect(number(klPenalty(kl, 0))).toBeCloseTo(second, 5);
    expect(number(klPenalty(kl, 0.25))).toBeCloseTo(0.25 + second, 5);
  }));

  it.each([
    [{ name: 'vae', beta: 2 }, (m: Record<string, number>) => m['reconstruction']! + 2 * m['kl']!],
    [{ name: 'dr-vae', classifier: 'c', layers: [1, 2], lambda: 3 }, (m: Record<string, number>) => m['reconstruction']! + m['kl']! + 3 * (m['features-1']! + m['features-2']!)],
  ] as const)('the parts that %o reports sum to its loss', (request, total) => onCpu(() => {
    const method = methodOf(request);
    const { loss, metrics } = method.players.generator.loss(argumentsFor(method));
    expect(number(loss)).toBeCloseTo(total(Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, number(metric)]))), 3);
  }));
});

describe('dr-vae', () => {
  it('with lambda 0 has the gradients of vae, and with lambda 1 others', () => onCpu(() => {
    const gradients = [methodOf({ name: 'vae' }), ...[0, 1].map((lambda) => methodOf({ name: 'dr-vae', classifier: 'c', layers: [1], lambda }))]
      .map((method) => gradientsOf(method, 'generator', argumentsFor(method)));
    const [plain, without, regularised] = gradients.map((of) => of['decoder/output/kernel']!.dataSync());
    expect(without).toEqual(plain);
    expect(regularised).not.toEqual(plain);
  }));
});

describe('gibbsnet', () => {
  const chain = (chainGrad: string) => methodOf({ name: 'gibbsnet', steps: 2, chainGrad });

  it('cuts the gradient where chainGrad says, and nothing else', () => onCpu(() => {
    const [full, lastEncDec, last] = ['full', 'lastEncDec', 'last'].map((chainGrad) => {
      const method = chain(chainGrad);
      const given = argumentsFor(method);
      return { loss: number(method.players.generator.loss(given).loss), gradients: gradientsOf(method, 'generator', given) };
    });
    expect([lastEncDec!.loss, last!.loss]).toEqual([full!.loss, full!.loss]);
    const of = (run: typeof full, name: string) => run!.gradients[name]!.dataSync();
    // Two decodings: the whole chain reaches the first one, through the inference between them.
    expect(of(lastEncDec, 'encoder/output/kernel')).toEqual(of(full, 'encoder/output/kernel'));
    expect(of(lastEncDec, 'decoder/output/kernel')).not.toEqual(of(full, 'decoder/output/kernel'));
    expect(of(last, 'decoder/output/kernel')).toEqual(of(lastEncDec, 'decoder/output/kernel'));
    expect(of(last, 'encoder/output/kernel')).not.toEqual(of(lastEncDec, 'encoder/output/kernel'));
  }));

  it('with one step has the losses and gradients of ali to the bit', () => onCpu(() => {
    const [one, other] = [methodOf({ name: 'ali', conditional: true }), methodOf({ name: 'gibbsnet', steps: 1, conditional: true, gradientPenalty: 1 })].map((method) => {
      const given = argumentsFor(method);
      const players = ['generator', 'discriminator'] as const;
      return players.map((player) => ({
        loss: number(method.players[player]!.loss(given).loss),
        gradients: Object.fromEntries(Object.entries(gradientsOf(method, player, given)).map(([name, gradient]) => [name, gradient.dataSync()])),
      }));
    });
    expect(other).toEqual(one);
  }));
});
