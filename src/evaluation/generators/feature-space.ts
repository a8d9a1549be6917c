import * as tf from '@tensorflow/tfjs-core';
import { predict } from '../../attacks/predictions.js';
import type { Manifest } from '../../bundles/manifest.js';
import type { Model } from '../../bundles/model.js';
import { engineFor } from '../../compiler/engines.js';
import type { Executable, Program } from '../../compiler/program.js';
import { featuresNotAvailable } from '../../errors/evaluation.errors.js';
import { forward, modelState, required, type Network } from '../../networks/index.js';
import type { FrozenClassifier } from '../../training/generation/index.js';
import { networkOf } from '../../training/generation/rebuild-classifier.js';
import type { FEATURE_SPACES } from './generator-evaluation.options.js';

export type FeatureSpaceName = (typeof FEATURE_SPACES)[number];

/** Where the classifier's features lie. */
export interface FeatureSpaceDescription {
  readonly name: FeatureSpaceName;
  /** Numbers in one feature vector. */
  readonly width: number;
}

/** What a classifier sees in n examples. */
export interface Described {
  /** [n, width] */
  readonly features: Float32Array;
  /** [n, classes] */
  readonly probabilities: Float32Array;
  /** [n] most probable class and its probability. */
  readonly labels: Int32Array;
  readonly confidences: Float32Array;
}

/** The eyes of an evaluation: features and predictions of a registered classifier. */
export interface FeatureSpace extends FeatureSpaceDescription {
  readonly id: string;
  readonly manifest: Manifest;
  /** @param examples [n, ...input.shape] @throws model-output-not-finite */
  describe(examples: Float32Array): Promise<Described>;
  dispose(): Promise<void>;
}

/** The Frechet distance decomposes matrices of this many rows, which takes time with the cube of it. */
const MAX_WIDTH = 1024;
const ROWS = 256;

/**
 * The features that a classifier can give: `asked`, or the penultimate layer where it is known and not too wide, else logits.
 * @throws features-not-available
 */
export function describeFeatures(manifest: Manifest, asked: FeatureSpaceName | undefined): FeatureSpaceDescription {
  const logits = { name: 'logits', width: manifest.classes.length } as const;
  if (asked === 'logits') return logits;
  const width = hiddenWidth(networkOf(manifest));
  if (width !== undefined && width <= MAX_WIDTH) return { name: 'penultimate', width };
  if (asked === undefined) return logits;
  const why = width === undefined ? 'its hidden layers are not known' : `its last hidden layer has ${width} numbers, more than ${MAX_WIDTH}`;
  throw featuresNotAvailable(manifest.name, asked, why);
}

function hiddenWidth(network: Network | undefined): number | undefined {
  return network?.segments.at(-2)?.outputShape.at(-1);
}

/** The last hidden state, averaged over places: {x [N, ...input]} -> {features [N, width]}. */
const featureProgram = (network: Network): Program => ({
  name: 'features',
  apply(state, inputs) {
    const { h } = forward(network, state, required(inputs, 'x'), { to: network.segments.length - 1 });
    return { outputs: { features: h.rank > 2 ? tf.mean(h, [1, 2]) : h } };
  },
});

export interface ClassifierSource {
  readonly id: string;
  readonly model: Model;
  /** Network and weights, where they are known. */
  readonly rebuilt: FrozenClassifier | undefined;
}

/**
 * Opens the features of a classifier; `dispose` frees what was compiled, not the model.
 * @throws features-not-available
 */
export async function openFeatureSpace({ id, model, rebuilt }: ClassifierSource, asked: FeatureSpaceName | undefined, threads = 0): Promise<FeatureSpace> {
  const { manifest } = model;
  const description = describeFeatures(manifest, asked);
  const hidden = description.name === 'penultimate' && rebuilt !== undefined ? await compileFeatures(rebuilt, threads) : undefined;
  const size = manifest.input.shape.reduce((product, length) => product * length, 1);
  return {
    ...description, id, manifest,
    describe: (examples) => describeRows(model, hidden, description.width, examples, size),
    dispose: async () => hidden?.dispose(),
  };
}

function compileFeatures({ network, tensors }: FrozenClassifier, threads: number): Promise<Executable> {
  const inputs = { x: { dtype: 'float32', shape: [-1, ...network.inputShape] } } as const;
  return engineFor('onnx').compile(featureProgram(network), { state: modelState(network), inputs }, { state: tensors, threads });
}

async function describeRows(model: Model, hidden: Executable | undefined, width: number, examples: Float32Array, size: number): Promise<Described> {
  const { classes, input } = model.manifest;
  const count = examples.length / size;
  const described = {
    features: new Float32Array(count * width),
    probabilities: new Float32Array(count * classes.length),
    labels: new Int32Array(count),
    confidences: new Float32Array(count),
  };
  for (let from = 0; from < count; from += ROWS) {
    const rows = examples.subarray(from * size, (from + ROWS) * size);
    const said = await predict(model, rows);
    const shape = [rows.length / size, ...input.shape];
    const outputs = await hidden?.run({ x: { dtype: 'float32', shape, data: rows } });
    described.features.set((outputs?.['features']?.data as Float32Array | undefined) ?? said.logits, from * width);
    described.probabilities.set(said.probabilities, from * classes.length);
    described.labels.set(said.labels, from);
    described.confidences.set(said.confidences, from);
  }
  return described;
}
