import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBundle } from '../src/bundles/load-bundle.js';
import { writeBundle } from '../src/bundles/write-bundle.js';
import { Key } from '../src/compiler/random/index.js';
import { classifierPrograms, createNetwork, initialise, parameterCount, type NetworkOptions } from '../src/networks/index.js';
import { networkOptionsSchema } from '../src/networks/network.options.js';

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'classifier-bundles-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

const options = (given: Record<string, unknown>): NetworkOptions => networkOptionsSchema.parse(given);

describe('bundles of every architecture', () => {
  it.each([
    ['mlp', options({ architecture: 'mlp', hidden: [32] })],
    ['convnet', options({ architecture: 'convnet' })],
    ['preact-resnet', options({ architecture: 'preact-resnet', depth: 18, width: 8 })],
  ])('%s: stored signatures equal the programs, one copy of the weights, gradients that point uphill', async (name, network) => {
    const built = createNetwork(network, [28, 28, 1], 10);
    const manifest = await writeBundle(join(root, name), {
      name,
      task: 'classification',
      input: { shape: [28, 28, 1], bounds: [0, 1], layout: 'NHWC' },
      classes: [...'0123456789'],
      network: { ...network },
      metrics: {},
      programs: { ...classifierPrograms(built) },
      parameters: initialise(built, Key.from(name)),
      parameterCount: parameterCount(built),
      rampartVersion: '0.0.0',
    });
    const graphs = manifest.parts.filter((part) => part.file.endsWith('.onnx'));
    expect(graphs).toHaveLength(3);
    for (const graph of graphs) expect(graph.bytes).toBeLessThan(100_000);

    const model = await loadBundle(join(root, name), { threads: 1 });
    const x = { dtype: 'float32' as const, shape: [3, 28, 28, 1], data: new Float32Array(3 * 784).map((_, i) => (i % 11) / 11) };
    const y = { dtype: 'int32' as const, shape: [3], data: Int32Array.of(0, 4, 9) };
    const [before, predicted] = await Promise.all([model.run('lossGradient', { x, y }), model.run('predict', { x })]);
    before['logits']!.data.forEach((logit, i) => expect(predicted['logits']!.data[i]).toBeCloseTo(logit, 4));
    const moved = { ...x, data: x.data.map((value, i) => value + 1e-3 * Math.sign(before['gradient']!.data[i]!)) };
    const after = await model.run('lossGradient', { x: moved, y });
    after['loss']!.data.forEach((loss, i) => expect(loss).toBeGreaterThan(before['loss']!.data[i]!));
    const probabilities = predicted['probabilities']!.data;
    const vector = { dtype: 'float32' as const, shape: [3, 10], data: Float32Array.from(probabilities, (p, i) => p - (i % 10 === y.data[Math.floor(i / 10)] ? 1 : 0)) };
    const { gradient } = await model.run('vjp', { x, vector }); // d CE / d logits = p - onehot(y)
    gradient!.data.forEach((value, i) => expect(Math.abs(value - before['gradient']!.data[i]!)).toBeLessThan(1e-4));
    await model.dispose();
  });
});
