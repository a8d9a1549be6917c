import { mkdir, mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeSafetensors } from '../bundles/safetensors.js';
import { engineFor } from '../compiler/engines.js';
import type { EngineName } from '../compiler/program.js';
import { latestCheckpoint, readCheckpoint, train } from './index.js';
import { separableDataset } from './testing/memory-dataset.js';
import { Recorder } from './testing/recorder.js';
import { trainingOptionsSchema } from './training.options.js';

vi.mock('../bundles/safetensors.js', async (original) => {
  const real = await original<typeof import('../bundles/safetensors.js')>();
  return { ...real, writeSafetensors: vi.fn(real.writeSafetensors) };
});

const options = (request: object) =>
  trainingOptionsSchema.parse({ batchSize: 16, engine: 'cpu', optimiser: { name: 'adam', learningRate: 0.01 }, ...request });

const MLP = { architecture: 'mlp', hidden: [16, 16], dropout: 0.2 } as const;
const RESNET = { architecture: 'preact-resnet', width: 1 } as const;
const data = separableDataset([6], 3, { train: 120, validation: 30, test: 33 });
const images = separableDataset([8, 8, 1], 3, { train: 40, test: 10 });

const never = new AbortController().signal;
let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'training-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('train', () => {
  it.each([
    ['erm', { name: 'erm', labelSmoothing: 0.05 }, 'sgd'],
    ['input-mixup', { name: 'input-mixup' }, 'adam'],
    ['manifold-mixup', { name: 'manifold-mixup', mixPoints: [0, 1] }, 'adamw'],
  ] as const)('%s separates separable classes', async (_, method, optimiserName) => {
    const recorder = new Recorder();
    const optimiser = optimiserName === 'sgd' ? { name: 'sgd', learningRate: 0.1 } as const : { name: optimiserName, learningRate: 0.02 } as const;
    const task = { dataset: data, options: options({ network: MLP, method, optimiser, epochs: 25 }), engine: engineFor('cpu'), folder };
    const result = await train(task, recorder, never);
    expect(result).toMatchObject({ state: 'succeeded', step: 175 });
    expect(result.metrics['test/accuracy']).toBeGreaterThan(0.95);
    expect(result.metrics['test/nll']).toBeLessThan(0.5);
    expect(recorder.values.filter(([, values]) => 'validation/loss' in values)).toHaveLength(25);
    expect(recorder.values.some(([, values]) => 'train/accuracy' in values)).toBe(method.name === 'erm');
    expect(result.networkOptions.normalisation!.mean).toHaveLength(6);
  });

  it.each([
    ['cpu', 'mlp', MLP], ['onnx', 'mlp', MLP], ['onnx', 'preact-resnet', RESNET],
  ] as const)('on %s, a resumed %s ends with the same bits', async (name: EngineName, architecture, network) => {
    const dataset = architecture === 'mlp' ? data : images;
    const method = architecture === 'mlp' ? { name: 'manifold-mixup', mixPoints: [0, 1] } : { name: 'erm' };
    const task = { dataset, options: options({ network, method, steps: 13, engine: name, checkpoint: { everySteps: 4 } }), engine: engineFor(name), folder };
    const whole = await train(task, new Recorder(), never);
    const interrupted = join(folder, 'interrupted');
    await mkdir(interrupted);
    const stop = new AbortController();
    const recorder = new Recorder();
    recorder.onStep = (step) => { if (step === 10) stop.abort(); };
    const partial = await train({ ...task, folder: interrupted }, recorder, stop.signal);
    expect(partial).toMatchObject({ state: 'cancelled', step: 10 });
    expect(recorder.saved).toEqual([4, 8]);
    const resumeFrom = await latestCheckpoint(interrupted);
    expect(resumeFrom).toBe(join(interrupted, 'checkpoint-8'));
    const resumed = await train({ ...task, folder: interrupted, resumeFrom: resumeFrom! }, new Recorder(), never);
    expect(resumed.step).toBe(13);
    expect(resumed.parameters).toEqual(whole.parameters);
    expect(resumed.metrics).toEqual(whole.metrics);
  });

  const INPUTS = { labels: 'input logits: float32[n, k]\ninput labels: int32[n]\n', targets: 'input logits: float32[n, k]\ninput targets: float32[n, k]\n' };
  const CROSS_ENTROPY = { labels: `${INPUTS.labels}output loss = mean(crossEntropy(logits, labels))`, targets: `${INPUTS.targets}output loss = mean(crossEntropy(logits, targets))` };

  it.each([
    ['cpu', 'erm', { name: 'erm' }, 'labels', 0], ['cpu', 'erm, labels smoothed', { name: 'erm', labelSmoothing: 0.1 }, 'targets', 0],
    ['cpu', 'manifold-mixup', { name: 'manifold-mixup', mixPoints: [0, 1] }, 'targets', 0], ['onnx', 'erm', { name: 'erm' }, 'labels', 0],
    ['onnx', 'manifold-mixup', { name: 'manifold-mixup', mixPoints: [0, 1] }, 'targets', 0],
    // l CE(z, y_a) + (1 - l) CE(z, y_b) is CE(z, l y_a + (1 - l) y_b) up to rounding
    ['onnx', 'input-mixup of class numbers', { name: 'input-mixup' }, 'labels', 1e-4],
  ] as const)('on %s, %s with the cross-entropy as an expression of its %5$s is that of the built-in loss', async (name, _, method, form, tolerance) => {
    const run = async (loss?: object): Promise<{ losses: unknown; parameters: number[] }> => {
      const recorder = new Recorder();
      const task = { dataset: data, options: options({ network: MLP, method, steps: 21, ...(loss && { loss }) }), engine: engineFor(name), folder: join(folder, loss ? 'own' : 'built-in') };
      const { parameters } = await train(task, recorder, never);
      return { losses: recorder.values, parameters: Object.values(parameters).flatMap((tensor) => Array.from(tensor.data)) };
    };
    const [builtIn, own] = [await run(), await run({ source: CROSS_ENTROPY[form] })];
    if (tolerance === 0) expect(own).toEqual(builtIn);
    own.parameters.forEach((value, i) => expect(Math.abs(value - builtIn.parameters[i]!)).toBeLessThanOrEqual(tolerance));
  });

  it('minimises a loss of its own, reports it, and measures the cross-entropy beside it', async () => {
    const recorder = new Recorder();
    // 100 times the Brier score: 66.7 for three equally likely classes, where the cross-entropy is 1.1
    const loss = { source: `${INPUTS.targets}output loss = 100 * mean(sum((softmax(logits) - targets) ^ 2, axis: 1))` };
    const result = await train({ dataset: data, options: options({ network: MLP, loss, epochs: 20 }), engine: engineFor('onnx'), folder }, recorder, never);
    const losses = recorder.values.flatMap(([, values]) => values['train/loss'] ?? []);
    expect(losses[0]).toBeGreaterThan(10);
    expect(losses.at(-1)).toBeLessThan(10);
    expect(Math.max(...recorder.values.flatMap(([, values]) => values['validation/loss'] ?? []))).toBeLessThan(5);
    expect(result.metrics['test/accuracy']).toBeGreaterThan(0.9);
    expect(result.metrics['test/nll']).toBeLessThan(0.5);
  });

  it('goes on from a checkpoint of the same loss only', async () => {
    const task = { dataset: data, options: options({ network: MLP, steps: 5, checkpoint: { everySteps: 2 }, loss: { source: CROSS_ENTROPY.labels } }), engine: engineFor('cpu'), folder };
    const whole = await train(task, new Recorder(), never);
    const resumeFrom = (await latestCheckpoint(folder))!;
    expect((await train({ ...task, resumeFrom }, new Recorder(), never)).parameters).toEqual(whole.parameters);
    const other = { ...task, options: { ...task.options, loss: { source: CROSS_ENTROPY.targets } }, resumeFrom };
    await expect(train(other, new Recorder(), never)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
  });

  it('trains with the same numbers on onnx as on eager cpu', async () => {
    const results = await Promise.all((['cpu', 'onnx'] as const).map((engine) =>
      train({ dataset: images, options: options({ network: RESNET, steps: 3, engine }), engine: engineFor(engine), folder: join(folder, engine) }, new Recorder(), never)));
    for (const [name, { data: expected }] of Object.entries(results[0]!.parameters)) {
      const given = results[1]!.parameters[name]!.data;
      // Adam turns rounding of near-zero gradients into steps of up to the learning rate, 0.01: a few entries may differ by that.
      const far = Array.from(expected, (v, i) => Math.abs(v - given[i]!)).filter((difference) => difference > 1e-3).length;
      expect(far / expected.length, name).toBeLessThan(0.1);
    }
  });

  it('ends as diverged on a loss that is not finite, with the last finite checkpoint', async () => {
    const request = { network: MLP, optimiser: { name: 'sgd', learningRate: 100, momentum: 0.99 }, steps: 400, checkpoint: { everySteps: 1 } } as const;
    const recorder = new Recorder();
    const result = await train({ dataset: data, options: options({ ...request, network: { ...MLP, hidden: [16, 16, 16] } }), engine: engineFor('cpu'), folder }, recorder, never);
    expect(result.state).toBe('diverged');
    expect(result.step).toBe(recorder.saved.at(-1));
    expect(Object.values(result.parameters).every(({ data: values }) => (values as Float32Array).every(Number.isFinite))).toBe(true);
    expect(recorder.messages.at(-1)).toMatch(/loss of step|not finite/);
  });

  it('stops early when validation does not improve', async () => {
    const request = { network: MLP, optimiser: { name: 'sgd', learningRate: 1e-9 }, epochs: 50, validation: { everySteps: 2, earlyStop: { metric: 'validation/accuracy', patience: 3 } } } as const;
    const recorder = new Recorder();
    const result = await train({ dataset: data, options: options(request), engine: engineFor('cpu'), folder }, recorder, never);
    expect(result).toMatchObject({ state: 'succeeded', step: 8 }); // best at step 2, then three without improvement
    expect(recorder.messages.at(-1)).toMatch(/Stopped early.*3 validations/);
  });

  it('fails clearly when the disk is full at a checkpoint, and keeps the one before', async () => {
    const recorder = new Recorder();
    recorder.onCheckpoint = () => {
      vi.mocked(writeSafetensors).mockRejectedValueOnce(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
      return Promise.resolve();
    };
    const task = { dataset: data, options: options({ network: MLP, steps: 10, checkpoint: { everySteps: 2 } }), engine: engineFor('cpu'), folder };
    await expect(train(task, recorder, never)).rejects.toMatchObject({ code: 'checkpoint-write-failed', status: 507, message: expect.stringMatching(/step 4.*ENOSPC/) as string });
    expect(await readdir(folder)).toEqual(['checkpoint-2']);
    expect((await readCheckpoint(join(folder, 'checkpoint-2'))).step).toBe(2);
  });

  it('refuses damaged checkpoints and those of another training', async () => {
    const task = { dataset: data, options: options({ network: MLP, steps: 5, checkpoint: { everySteps: 2 } }), engine: engineFor('cpu'), folder };
    await train(task, new Recorder(), never);
    const resumeFrom = (await latestCheckpoint(folder))!;
    const other = { ...task, options: { ...task.options, seed: 1 }, resumeFrom };
    await expect(train(other, new Recorder(), never)).rejects.toMatchObject({ code: 'checkpoint-mismatch' });
    await truncate(join(resumeFrom, 'state.safetensors'), 100);
    await expect(train({ ...task, resumeFrom }, new Recorder(), never)).rejects.toMatchObject({ code: 'checkpoint-damaged' });
  });
});
