import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linearModel } from '../../attacks/testing/linear-model.js';
import { loadBundle } from '../../bundles/load-bundle.js';
import { writeBundle } from '../../bundles/write-bundle.js';
import { Key, uniform } from '../../compiler/random/index.js';
import { classifierPrograms, createNetwork, initialise } from '../../networks/index.js';
import { networkOptionsSchema, type NetworkRequest } from '../../networks/network.options.js';
import { rebuildClassifier } from '../../training/generation/rebuild-classifier.js';
import { describeFeatures, openFeatureSpace } from './feature-space.js';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Stores an untrained classifier of [6, 6, 1] inputs and opens it again. */
async function stored(request: NetworkRequest) {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), 'rampart-features-')), 'bundle');
  folders.push(path.dirname(folder));
  const options = networkOptionsSchema.parse(request);
  const network = createNetwork(options, [6, 6, 1], 3);
  const parameters = initialise(network, Key.from(4));
  await writeBundle(folder, {
    name: 'stored', task: 'classification', input: { shape: [6, 6, 1], bounds: [0, 1], layout: 'NHWC' }, classes: ['a', 'b', 'c'],
    network: { ...options }, metrics: {}, programs: { ...classifierPrograms(network) }, parameters, rampartVersion: '0.0.0', threads: 1,
  });
  const model = await loadBundle(folder, { threads: 1 });
  return { model, parameters, rebuilt: await rebuildClassifier(folder) };
}

const flat = (name: string) => linearModel({ name, shape: [2], weights: Float32Array.from([1, 2, 3, 4, 5, 6]), bias: new Float32Array(3), classes: ['a', 'b', 'c'] });

describe('features of a stored classifier', () => {
  it('are what its logits are made of, over more rows than one batch', async () => {
    const { model, parameters, rebuilt } = await stored({ architecture: 'convnet', channels: [3], dense: [5], kernelSize: 3 });
    const space = await openFeatureSpace({ id: 'c', model, rebuilt }, undefined, 1);
    expect(space).toMatchObject({ name: 'penultimate', width: 5 });
    const examples = uniform(Key.from(9), 300 * 36);
    const { features, probabilities, labels, confidences } = await space.describe(examples);
    const { logits } = await model.run('predict', { x: { dtype: 'float32', shape: [300, 6, 6, 1], data: examples } });
    const [kernel, bias] = [parameters['logits/kernel']!.data, parameters['logits/bias']!.data];
    for (const row of [0, 255, 256, 299]) {
      for (let c = 0; c < 3; c++) {
        const expected = Array.from({ length: 5 }, (_, j) => features[row * 5 + j]! * kernel[j * 3 + c]!).reduce((sum, value) => sum + value, bias[c]!);
        expect(logits!.data[row * 3 + c]).toBeCloseTo(expected, 4);
      }
      expect(probabilities[row * 3 + labels[row]!]).toBe(confidences[row]);
    }
    await space.dispose();
    await model.dispose();
  });

  it('of maps are averaged over places', async () => {
    const { model, rebuilt } = await stored({ architecture: 'convnet', channels: [4], dense: [], kernelSize: 3 });
    const space = await openFeatureSpace({ id: 'c', model, rebuilt }, 'penultimate', 1);
    expect(space.width).toBe(4);
    expect((await space.describe(uniform(Key.from(9), 2 * 36))).features).toHaveLength(8);
    await space.dispose();
    await model.dispose();
  });

  it('are logits where asked for, and where nothing else is known', async () => {
    const model = flat('imported');
    const space = await openFeatureSpace({ id: 'i', model, rebuilt: undefined }, undefined);
    expect(space).toMatchObject({ name: 'logits', width: 3 });
    expect([...(await space.describe(Float32Array.from([1, 0.5]))).features]).toEqual([3, 4.5, 6]);
    expect(() => describeFeatures(model.manifest, 'penultimate')).toThrow(expect.objectContaining({ code: 'features-not-available' }) as Error);
  });

  it('do not exist below a single layer, and not beyond 1024 numbers', () => {
    const { manifest } = flat('flat');
    const of = (hidden: number[]) => ({ ...manifest, network: { ...networkOptionsSchema.parse({ architecture: 'mlp', hidden }) } });
    expect(describeFeatures(of([]), undefined).name).toBe('logits');
    expect(describeFeatures(of([1024]), undefined)).toEqual({ name: 'penultimate', width: 1024 });
    expect(describeFeatures(of([1025]), undefined).name).toBe('logits');
    expect(() => describeFeatures(of([1025]), 'penultimate')).toThrow(/has 1025 numbers, more than 1024/);
  });
});
