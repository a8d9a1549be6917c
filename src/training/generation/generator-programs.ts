import * as tf from '@tensorflow/tfjs-core';
import type { FamilyEntry, NamedTensors } from '../../compiler/program.js';
import { normal, uniform, type Key } from '../../compiler/random/index.js';
import type { NamedHostTensors, NamedSpecs } from '../../compiler/tensors.js';
import { classGiven, initialise, modelState, oneHot, required, sampleGaussian, sumPerExample, valueAndGradients } from '../../networks/index.js';
import { initialSlots, optimiserStep, pick, renamed, scalar, scalarSpecs, slotSpecs, stepScalars } from '../optimiser-state.js';
import type { Transform } from '../optimisers/transform.js';
import type { DrawSpec, GenerationMethod, PlayerName } from './generation-method.js';
import { klDivergence } from './kl-divergence.js';

const drawName = (name: string): string => `draw/${name}`;
const averageName = (name: string): string => `average/${name}`;
const prefixOf = (player: PlayerName): string => `${player}/`;
const DECAY = 'scalar/average-decay';

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const float = (shape: readonly number[]) => ({ dtype: 'float32' as const, shape });
const specsOf = (tensors: NamedHostTensors): NamedSpecs => Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }]));

const playersOf = ({ players }: GenerationMethod): PlayerName[] => Object.keys(players) as PlayerName[];

/** Everything that is trained or follows from training, by both players. */
const trainedBy = ({ generator, players }: GenerationMethod) => ({
  parameters: Object.assign({}, ...Object.values(players).map(({ parameters }) => parameters)) as GenerationMethod['generator']['parameters'],
  statistics: generator.statistics,
});

/** Specs of the whole training state: parameters, statistics, averages of the generator's parameters, slots, frozen tensors. */
export function generatorState(method: GenerationMethod, transform: Transform): NamedSpecs {
  const trained = trainedBy(method);
  return {
    ...modelState(trained),
    ...renamed(modelState({ parameters: method.players.generator.parameters, statistics: {} }), averageName),
    ...slotSpecs(trained, transform),
    ...specsOf(method.frozen),
  };
}

/** The state before the first step; averages start at the parameters. */
export function generatorStart(method: GenerationMethod, transform: Transform, key: Key): NamedHostTensors {
  const trained = trainedBy(method);
  const initial = initialise(trained, key);
  const averaged = Object.keys(method.players.generator.parameters).map((name) => [averageName(name), initial[name]!] as const);
  return { ...initial, ...Object.fromEntries(averaged), ...initialSlots(trained, transform), ...method.frozen };
}

/** State tensors of the finished model by the name that its programs know them under: averages for the generator's own. */
export function modelTensors({ generator, players }: GenerationMethod): Readonly<Record<string, string>> {
  const names = [...Object.keys(generator.parameters), ...Object.keys(generator.statistics)];
  return Object.fromEntries(names.map((name) => [name, name in players.generator.parameters ? averageName(name) : name]));
}

/** Noise of one step; every draw has its own key. */
export const drawNoise = (draws: Readonly<Record<string, DrawSpec>>, key: Key): NamedHostTensors =>
  Object.fromEntries(Object.entries(draws).map(([name, { shape, distribution }]) =>
    [drawName(name), { ...float(shape), data: (distribution === 'normal' ? normal : uniform)(key.fold(name), size(shape)) }]));

/** Updates of each player, and the decay of the averages: count is that of the step, from 1. */
export function generatorScalars(method: GenerationMethod, transform: Transform, count: number, learningRate: number, averageDecay: number): NamedHostTensors {
  const moves = Math.floor(count / method.criticSteps);
  // Averages follow closely at first, so that they forget the start.
  const decay = Math.min(averageDecay, (1 + moves) / (10 + moves));
  const counts: Readonly<Record<PlayerName, number>> = { generator: Math.max(1, moves), discriminator: count };
  return {
    [DECAY]: scalar(decay),
    ...Object.assign({}, ...playersOf(method).map((player) => stepScalars(transform, { count: counts[player], learningRate }, prefixOf(player)))) as NamedHostTensors,
  };
}

const norm = (tensors: NamedTensors): tf.Tensor =>
  tf.sqrt(Object.values(tensors).map((tensor) => tf.sum(tf.square(tensor))).reduce((sum, square) => tf.add(sum, square)));

/**
 * One step of the given players, all from the same values: each one's loss and gradient, its optimiser chain, and the moving
 * averages a <- d a + (1 - d) theta of the generator's parameters. What the losses share is computed once.
 * Outputs: loss [], the sum over the players; <player>-loss, <player>-gradient-norm and the losses' own metrics, all [].
 */
function stepEntry(name: string, movers: readonly PlayerName[], method: GenerationMethod, transform: Transform, batchSize: number): FamilyEntry {
  const { generator: { shape }, players, draws } = method;
  return {
    inputs: {
      x: float([batchSize, ...shape.inputShape]),
      y: { dtype: 'int32', shape: [batchSize] },
      [DECAY]: float([]),
      ...Object.assign({}, ...playersOf(method).map((player) => scalarSpecs(transform, prefixOf(player)))) as NamedSpecs,
      ...Object.fromEntries(Object.entries(draws).map(([draw, spec]) => [drawName(draw), float(spec.shape)])),
    },
    program: {
      name: `train/${name}`,
      apply(state, inputs) {
        const fixed = { x: required(inputs, 'x'), y: oneHot(required(inputs, 'y'), shape.classCount), draws: pick(inputs, Object.keys(draws), drawName) };
        const outputs: NamedTensors = {};
        const next: NamedTensors = {};
        const losses = movers.map((player) => {
          const names = Object.keys(players[player]!.parameters);
          let metricNames: readonly string[] = [];
          const { value, gradients, auxiliary } = valueAndGradients((at) => {
            const { loss, metrics, statistics } = players[player]!.loss({ ...fixed, state: { ...state, ...at } });
            metricNames = Object.keys(metrics);
            return { value: loss, auxiliary: { ...statistics, ...metrics } };
          }, pick(state, names));
          for (const [key, tensor] of Object.entries(auxiliary)) (metricNames.includes(key) ? outputs : next)[key] = tensor;
          Object.assign(outputs, { [`${player}-loss`]: value, [`${player}-gradient-norm`]: norm(gradients) });
          Object.assign(next, optimiserStep(transform, gradients, state, inputs, prefixOf(player)));
          return value;
        });
        if (movers.includes('generator')) {
          const decay = required(inputs, DECAY);
          for (const of of Object.keys(players.generator.parameters)) {
            next[averageName(of)] = tf.add(tf.mul(required(state, averageName(of)), decay), tf.mul(required(next, of), tf.sub(1, decay)));
          }
        }
        return { outputs: { ...outputs, loss: losses.reduce((sum, loss) => tf.add(sum, loss)) }, state: next };
      },
    },
  };
}

/** The state as the finished model will have it. */
const averagedState = (method: GenerationMethod, state: NamedTensors): NamedTensors =>
  Object.fromEntries(Object.entries(modelTensors(method)).map(([name, source]) => [name, required(state, source)]));

/**
 * The averaged model on a fixed batch; {x, y, weight [batch], eps [batch, latent]} -> weighted sums: squaredError [], of the mean
 * squared difference between x and its reconstruction from mean(x); mean [latent] and meanSquare [latent] of mean(x) and its
 * square; elbo [] where p(x | z) is a density.
 */
function evaluateEntry(method: GenerationMethod, batchSize: number): FamilyEntry {
  const { shape, encoder, decoder, likelihood } = method.generator;
  const latent = float([batchSize, shape.latent]);
  return {
    inputs: { x: float([batchSize, ...shape.inputShape]), y: { dtype: 'int32', shape: [batchSize] }, weight: float([batchSize]), eps: latent },
    program: {
      name: 'evaluate',
      apply(state, inputs) {
        const own = averagedState(method, state);
        const [x, weight] = [required(inputs, 'x'), required(inputs, 'weight')];
        const y = oneHot(required(inputs, 'y'), shape.classCount);
        const given = classGiven(shape, y);
        const q = encoder!.encode(own, x, shape.attributes ? { ...given, labels: y } : given);
        const weighted = (values: tf.Tensor): tf.Tensor => tf.sum(tf.mul(values, weight));
        const rows = tf.reshape(weight, [batchSize, 1]);
        const difference = tf.sub(x, decoder.decode(own, q.mean, given).x);
        const elbo = (): tf.Tensor => {
          const decoded = decoder.decode(own, sampleGaussian(q, required(inputs, 'eps')), given);
          return tf.sub(likelihood!.logLikelihood(own, x, decoded), tf.sum(klDivergence(q), -1));
        };
        return {
          outputs: {
            squaredError: tf.div(weighted(sumPerExample(tf.square(difference))), size(shape.inputShape)),
            mean: tf.sum(tf.mul(q.mean, rows), 0),
            meanSquare: tf.sum(tf.mul(tf.square(q.mean), rows), 0),
            ...(likelihood && { elbo: weighted(elbo()) }),
          },
        };
      },
    },
  };
}

const chainNoise = (step: number): string => `eps-${step}`;

/** The fed noise of `samples`: z [count, latent], and eps-1, eps-2, ... for the inferences between decodings. */
export function drawSamplingNoise({ generator, samplingSteps }: GenerationMethod, count: number, key: Key): NamedHostTensors {
  const { latent } = generator.shape;
  const names = ['z', ...Array.from({ length: samplingSteps - 1 }, (_, i) => chainNoise(i + 1))];
  return Object.fromEntries(names.map((name) => [name, { ...float([count, latent]), data: normal(key.fold(name), count * latent) }]));
}

/** The averaged model's samples: {noise, y int32 [count]} -> x, the last decoding of the chain from z. */
function samplesEntry(method: GenerationMethod, count: number): FamilyEntry {
  const { generator: { shape, decoder, encoder }, samplingSteps } = method;
  const latent = float([count, shape.latent]);
  const between = Array.from({ length: samplingSteps - 1 }, (_, i) => chainNoise(i + 1));
  return {
    inputs: { z: latent, ...Object.fromEntries(between.map((name) => [name, latent])), y: { dtype: 'int32', shape: [count] } },
    program: {
      name: 'samples',
      apply(state, inputs) {
        const own = averagedState(method, state);
        const given = classGiven(shape, oneHot(required(inputs, 'y'), shape.classCount));
        let decoded = decoder.decode(own, required(inputs, 'z'), given);
        for (const name of between) {
          const q = encoder!.encode(own, decoded.x, { ...given, labels: decoded.labels });
          decoded = decoder.decode(own, sampleGaussian(q, required(inputs, name)), given);
        }
        return { outputs: { x: decoded.x } };
      },
    },
  };
}

export const STEP = 'step';
/** A step of the discriminator alone. */
export const CRITIC_STEP = 'critic-step';
export const EVALUATE = 'evaluate';
export const SAMPLES = 'samples';

/** All programs of a training over one state. */
export function generatorEntries(
  method: GenerationMethod, transform: Transform, sizes: { readonly batch: number; readonly evaluation: number; readonly samples: number },
): Record<string, FamilyEntry> {
  return {
    [STEP]: stepEntry(STEP, playersOf(method), method, transform, sizes.batch),
    ...(method.criticSteps > 1 && { [CRITIC_STEP]: stepEntry(CRITIC_STEP, ['discriminator'], method, transform, sizes.batch) }),
    ...(method.generator.encoder && { [EVALUATE]: evaluateEntry(method, sizes.evaluation) }),
    [SAMPLES]: samplesEntry(method, sizes.samples),
  };
}
