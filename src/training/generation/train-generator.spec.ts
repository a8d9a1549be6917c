import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadBundle } from '../../bundles/load-bundle.js';
import { writeBundle } from '../../bundles/write-bundle.js';
import { engineFor } from '../../compiler/engines.js';
import { Key } from '../../compiler/random/index.js';
import type { EngineName } from '../../compiler/program.js';
import type { HostTensor } from '../../compiler/tensors.js';
import { classifierPrograms, createNetwork, generatorPrograms, initialise } from '../../networks/index.js';
import { networkOptionsSchema } from '../../networks/network.options.js';
import { latestCheckpoint, readCheckpoint } from '../checkpoint.js';
import { separableDataset } from '../testing/memory-dataset.js';
import { Recorder } from '../testing/recorder.js';
import { generatorTrainingOptionsSchema } from './generator-training.options.js';
import type { FrozenClassifier } from './index.js';
import { checkClassifier, rebuildClassifier } from './rebuild-classifier.js';
import { trainGenerator, type GeneratorTask } from './train-generator.js';

const SHAPE = [8, 8, 1];
const images = separableDataset(SHAPE, 3, { train: 64, validation: 20, test: 10 });
const many = separableDataset([4, 4, 1], 3, { train: 600, validation: 60, test: 60 });
const points = separableDataset([2], 2, { train: 64 });
const never = new AbortController().signal;
const network = { latent: 3, channels: [3, 4], dense: [12] };

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'generators-')); });
afterEach(() => rm(folder, { recursive: true, force: true }));

const classifierOptions = networkOptionsSchema.parse({ architecture: 'convnet', channels: [2], dense: [4], normalisation: { mean: [0.4], standardDeviation: [0.2] } });
const classifierNetwork = createNetwork(classifierOptions, SHAPE, 3);
const classifier: FrozenClassifier = { network: classifierNetwork, tensors: initialise(classifierNetwork, Key.from('classifier')) };

function taskOf(request: object, engine: EngineName = 'cpu', dataset = images): GeneratorTask {
  const options = generatorTrainingOptionsSchema.parse({ batchSize: 8, steps: 7, engine, network: dataset === images ? network : { latent: 2, dense: [8] }, ...request });
  return { dataset, options, engine: engineFor(engine), folder, ...(options.method.name === 'dr-vae' && { classifier }) };
}

const METHODS = [
  ['vae', { name: 'vae' }],
  ['vae, gaussian and conditional', { name: 'vae', pixels: 'gaussian', conditional: true }],
  ['dr-vae', { name: 'dr-vae', classifier: 'c', layers: [1, 2] }],
  ['gan, wasserstein, two critic steps', { name: 'gan', loss: 'wasserstein', criticSteps: 2 }],
  ['ali, spectral norm', { name: 'ali', spectralNorm: true, conditional: true }],
  ['gibbsnet, attributes', { name: 'gibbsnet', steps: 3, attributes: true }],
] as const;

describe('trainGenerator', () => {
  it.each(METHODS)('%s: the compiled steps compute what eager cpu computes', async (_, method) => {
    // Plain gradient descent, since Adam turns the rounding of small gradients into whole steps.
    const request = { method, steps: 3, optimiser: { name: 'sgd', learningRate: 0.01, momentum: 0 }, averageDecay: 0.5 };
    const [expected, given] = await Promise.all((['cpu', 'onnx'] as const).map((engine) =>
      trainGenerator({ ...taskOf(request, engine), folder: join(folder, engine) }, new Recorder(), never)));
    expect(Object.keys(given!.parameters)).toEqual(Object.keys(expected!.parameters));
    for (const [name, { data }] of Object.entries(expected!.parameters)) {
      const far = (data as Float32Array).reduce((most, value, i) => Math.max(most, Math.abs(value - given!.parameters[name]!.data[i]!) / (1 + Math.abs(value))), 0);
      expect(far, name).toBeLessThan(1e-4);
    }
    for (const [name, value] of Object.entries(expected!.metrics)) {
      expect(Math.abs(given!.metrics[name]! - value) / (1 + Math.abs(value)), name).toBeLessThan(1e-3);
    }
  });

  it.each(METHODS)('%s: a resumed training ends with the same bits, and frozen weights stay as they are', async (_, method) => {
    const task = taskOf({ method, checkpoint: { everySteps: 3 } }, 'onnx');
    const whole = await trainGenerator(task, new Recorder(), never);
    const interrupted = join(folder, 'interrupted');
    await mkdir(interrupted);
    const [stop, recorder] = [new AbortController(), new Recorder()];
    recorder.onStep = (step) => { if (step === 5) stop.abort(); };
    expect(await trainGenerator({ ...task, folder: interrupted }, recorder, stop.signal)).toMatchObject({ state: 'cancelled', step: 5 });
    const resumeFrom = (await latestCheckpoint(interrupted))!;
    expect(resumeFrom).toBe(join(interrupted, 'checkpoint-3'));
    const { tensors } = await readCheckpoint(resumeFrom);
    const frozen = Object.entries(tensors).filter(([name]) => name.startsWith('classifier/'));
    expect(frozen).toHaveLength(method.name === 'dr-vae' ? Object.keys(classifier.tensors).length : 0);
    for (const [name, tensor] of frozen) expect(tensor).toEqual(classifier.tensors[name.slice('classifier/'.length)]);
    const resumed = await trainGenerator({ ...task, folder: interrupted, resumeFrom }, new Recorder(), never);
    expect(resumed.parameters).toEqual(whole.parameters);
    expect(resumed.metrics).toEqual(whole.metrics);
  });

  it.each(METHODS)('%s: its signatures are stored, and decode gives values within bounds', async (_, method) => {
    const trained = await trainGenerator(taskOf({ method, steps: 2 }, 'onnx'), new Recorder(), never);
    const { shape, pixels } = trained.generator;
    const manifest = await writeBundle(join(folder, 'bundle'), {
      name: 'm', task: 'generation', input: { shape: SHAPE, bounds: [0, 1], layout: 'NHWC' }, classes: [...images.descriptor.classes],
      generation: { method: method.name, latent: shape.latent, conditional: shape.conditional, attributes: shape.attributes, pixels },
      network: {}, metrics: {}, programs: generatorPrograms(trained.generator), parameters: trained.parameters, rampartVersion: '0',
    });
    expect(Object.keys(manifest.signatures).sort()).toEqual({
      'vae': ['decode', 'encode', 'logLikelihood', 'transition'], 'dr-vae': ['decode', 'encode', 'logLikelihood', 'transition'],
      'gan': ['decode', 'discriminate'], 'ali': ['decode', 'discriminate', 'encode', 'transition'], 'gibbsnet': ['decode', 'discriminate', 'encode', 'transition'],
    }[method.name]);
    const model = await loadBundle(join(folder, 'bundle'));
    const z: HostTensor = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, -1, 2, 0, 0.5) };
    const y: HostTensor = { dtype: 'int32', shape: [2], data: Int32Array.of(0, 2) };
    const { x, labels } = await model.run('decode', shape.conditional ? { z, y } : { z });
    expect(x!.shape).toEqual([2, ...SHAPE]);
    expect((x!.data as Float32Array).every((value) => value > 0 && value < 1)).toBe(true);
    if (shape.attributes) expect(labels!.data[0]! + labels!.data[1]! + labels!.data[2]!).toBeCloseTo(1, 5);
    await model.dispose();
  });

  it('a variational autoencoder learns: the bound rises, and reconstructions come closer than the mean picture', async () => {
    const recorder = new Recorder();
    const task = taskOf({ method: { name: 'vae', pixels: 'gaussian' }, steps: 450, network: { latent: 2, channels: [], dense: [32] }, optimiser: { name: 'adam', learningRate: 5e-3 }, averageDecay: 0.9 }, 'onnx', many);
    const { metrics } = await trainGenerator(task, recorder, never);
    const elbos = recorder.values.flatMap(([, values]) => values['validation/elbo'] ?? []);
    expect(elbos).toHaveLength(6);
    expect(elbos.at(-1)!).toBeGreaterThan(elbos[0]! + 5);
    // Variance of a pixel: 0.01 of noise, and 2/9 0.5^2 in each of the 3 of 16 that tell the class.
    expect(metrics['test/reconstruction-error']).toBeLessThan(0.01 + (3 / 16) * (2 / 9) * 0.25 * 0.5);
    expect(metrics['test/active-units']).toBeGreaterThan(0);
    expect(metrics['test/elbo']).toBeGreaterThan(elbos[0]!);
  });

  it('draws a picture of the same latent vectors every tenth of the job and after the last step', async () => {
    const recorder = new Recorder();
    const { metrics } = await trainGenerator(taskOf({ method: { name: 'ali' }, steps: 25 }), recorder, never);
    expect(recorder.pictures.map(([step, name]) => `${name} ${step}`)).toEqual([...Array.from({ length: 12 }, (_, i) => `samples ${2 * (i + 1)}`), 'samples 25']);
    for (const [, , png] of recorder.pictures) expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining([
      'train/loss', 'train/generator-loss', 'train/discriminator-loss', 'train/generator-gradient-norm', 'train/discriminator-gradient-norm',
      'train/accuracy-data', 'train/accuracy-generated', 'samples/diversity', 'validation/reconstruction-error', 'validation/active-units', 'test/reconstruction-error',
    ]));
    expect(metrics).not.toHaveProperty('test/elbo');
  });

  it('trains on tables, where a plain network has no encoder to validate', async () => {
    const recorder = new Recorder();
    const result = await trainGenerator(taskOf({ method: { name: 'gan' }, steps: 12, pictures: { everySteps: 6 } }, 'cpu', points), recorder, never);
    expect(result).toMatchObject({ state: 'succeeded', step: 12 });
    expect(result.generator.shape.inputShape).toEqual([2]);
    expect(recorder.pictures.map(([step]) => step)).toEqual([6, 12]);
    expect(Object.keys(result.metrics).some((name) => name.startsWith('test/'))).toBe(false);
  });

  it('warns when all samples are alike', async () => {
    const recorder = new Recorder();
    // A step so large that the decoder saturates: every sample is the same picture.
    await trainGenerator(taskOf({ method: { name: 'gan', gradientPenalty: 0 }, steps: 10, averageDecay: 0, optimiser: { name: 'sgd', learningRate: 50, momentum: 0 } }), recorder, never);
    expect(recorder.messages.filter((message) => message.startsWith('Samples are nearly alike'))).toHaveLength(1);
  });
});

describe('the classifier of dr-vae', () => {
  it('is rebuilt from its bundle with the same weights, and refused where it does not fit', async () => {
    const manifest = await writeBundle(join(folder, 'classifier'), {
      name: 'c', task: 'classification', input: { shape: SHAPE, bounds: [0, 1], layout: 'NHWC' }, classes: ['a', 'b', 'c'], network: { ...classifierOptions },
      metrics: {}, programs: { ...classifierPrograms(classifierNetwork) }, parameters: classifier.tensors, rampartVersion: '0',
    });
    const rebuilt = await rebuildClassifier(join(folder, 'classifier'));
    expect(rebuilt.tensors).toEqual(classifier.tensors);
    expect(() => checkClassifier(manifest, [1, 3], images.descriptor)).not.toThrow();
    const codeOf = (check: () => void): unknown => { try { check(); return undefined; } catch (error) { return (error as { code?: unknown }).code; } };
    expect(codeOf(() => checkClassifier(manifest, [4], images.descriptor))).toBe('classifier-layer-missing');
    expect(codeOf(() => checkClassifier(manifest, [1], points.descriptor))).toBe('classifier-shape-mismatch');
    expect(codeOf(() => checkClassifier({ ...manifest, network: { architecture: 'imported' } }, [1], images.descriptor))).toBe('classifier-cannot-be-rebuilt');
  });
});
