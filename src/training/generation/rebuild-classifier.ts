import { join } from 'node:path';
import { WEIGHTS_FILE } from '../../bundles/bundle-parts.js';
import { readManifest } from '../../bundles/load-bundle.js';
import type { Manifest } from '../../bundles/manifest.js';
import { readSafetensors } from '../../bundles/safetensors.js';
import type { DatasetDescriptor } from '../../datasets/dataset.js';
import { classifierCannotBeRebuilt, classifierLayerMissing, classifierShapeMismatch } from '../../errors/training.errors.js';
import { createNetwork, modelState, type Network } from '../../networks/index.js';
import { networkOptionsSchema } from '../../networks/network.options.js';
import type { FrozenClassifier } from './dr-vae.js';

/** The network of a classifier that was trained here, whose hidden states its signatures do not give; undefined for other models. */
export function networkOf({ task, network, input, classes }: Manifest): Network | undefined {
  const options = networkOptionsSchema.safeParse(network);
  return task === 'classification' && options.success ? createNetwork(options.data, input.shape, classes.length) : undefined;
}

/** `networkOf`, where there must be one. @throws classifier-cannot-be-rebuilt */
export function rebuildNetwork(manifest: Manifest): Network {
  const network = networkOf(manifest);
  if (network === undefined) throw classifierCannotBeRebuilt(manifest.name);
  return network;
}

/**
 * Checks that a classifier can lend its hidden states to a training.
 * @throws classifier-cannot-be-rebuilt, classifier-shape-mismatch, classifier-layer-missing
 */
export function checkClassifier(manifest: Manifest, layers: readonly number[], { exampleShape }: DatasetDescriptor): void {
  const network = rebuildNetwork(manifest);
  const { shape } = manifest.input;
  if (shape.length !== exampleShape.length || shape.some((length, i) => length !== exampleShape[i])) {
    throw classifierShapeMismatch(manifest.name, shape, exampleShape);
  }
  const last = network.segments.length;
  const missing = layers.find((layer) => layer > last);
  if (missing !== undefined) throw classifierLayerMissing(manifest.name, missing, last);
}

/**
 * Network and weights of the classifier in a bundle's folder.
 * @throws classifier-cannot-be-rebuilt, and the errors of reading manifest and weights
 */
export async function rebuildClassifier(folder: string): Promise<FrozenClassifier> {
  const manifest = await readManifest(folder);
  const network = rebuildNetwork(manifest);
  const { tensors } = await readSafetensors(join(folder, WEIGHTS_FILE));
  const names = Object.keys(modelState(network));
  if (names.some((name) => tensors[name] === undefined)) throw classifierCannotBeRebuilt(manifest.name);
  return { network, tensors: Object.fromEntries(names.map((name) => [name, tensors[name]!])) };
}
