import { describe, expect, it } from 'vitest';
import type { Model } from '../../bundles/model.js';
import type { HostTensor } from '../../compiler/tensors.js';
import { Key, uniform } from '../../compiler/random/index.js';
import { Generator } from '../../generation/index.js';
import { shapesDataset } from '../testing/shapes.js';
import { generatorEvaluationOptions } from './generator-evaluation.options.js';
import { scoreInference } from './inference-scores.js';
import type { RealData } from './real-data.js';
import { shapeGenerator } from './testing/shape-generators.js';

const floats = (data: Float32Array, ...shape: number[]): HostTensor => ({ dtype: 'float32', shape, data });
const template = shapeGenerator({ name: 'linear', pool: shapesDataset(6) }).manifest;

/**
 * z ~ N(0, I), x | z ~ N(z, I) on two features. The encoder gives q(z | x) = N(x / 2, variance I); at variance 1/2 it is exact.
 */
function linearGaussian(variance: number): Model {
  const logLikelihood = (x: Float32Array, z: Float32Array): Float32Array =>
    Float32Array.from({ length: x.length / 2 }, (_, row) =>
      [0, 1].reduce((sum, j) => sum - (x[2 * row + j]! - z[2 * row + j]!) ** 2 / 2 - Math.log(2 * Math.PI) / 2, 0),
    );
  return {
    manifest: { ...template, input: { shape: [2], bounds: [0, 1], layout: 'features' }, generation: { ...template.generation!, latent: 2 } },
    run(signature, inputs) {
      const [x, z] = [inputs['x']?.data as Float32Array, inputs['z']?.data as Float32Array];
      const rows = (x ?? z).length / 2;
      if (signature === 'decode') return Promise.resolve({ x: floats(z, rows, 2) });
      if (signature === 'logLikelihood') return Promise.resolve({ value: floats(logLikelihood(x, z), rows) });
      return Promise.resolve({ mean: floats(x.map((value) => value / 2), rows, 2), sigma: floats(new Float32Array(2 * rows).fill(Math.sqrt(variance)), rows, 2) });
    },
  };
}

const values = uniform(Key.from(1), 2 * 30);
/** log N(x; 0, 2 I), averaged. */
const exact = Array.from({ length: 30 }, (_, row) => -(values[2 * row]! ** 2 + values[2 * row + 1]! ** 2) / 4 - Math.log(4 * Math.PI)).reduce((sum, value) => sum + value / 30, 0);

const real: RealData = {
  selection: { rule: 'all', indices: new Int32Array(30), sha256: '' },
  examples: { values, labels: new Int32Array(30) },
  described: undefined, training: undefined, labelled: undefined, trainingSplit: undefined,
};

async function scoresAt(variance: number, draws: number) {
  const model = linearGaussian(variance);
  const options = generatorEvaluationOptions.parse({ models: ['m'], dataset: 'd', draws, likelihoodExamples: 1000 });
  const scored = await scoreInference(model, new Generator(model), { options, real, classifier: undefined, shape: [2], key: Key.from(2) });
  return scored!.scores;
}

describe('likelihood bounds of a linear Gaussian model', () => {
  it('are log p(x) for every draw where the encoder is exact', async () => {
    const { likelihood } = await scoresAt(0.5, 7);
    expect(likelihood!.elbo).toBeCloseTo(exact, 4);
    expect(likelihood!.iwae).toBeCloseTo(exact, 4);
    expect(likelihood!.effectiveDraws).toBeCloseTo(7, 3);
    expect(likelihood).toMatchObject({ draws: 7, n: 30 });
  });

  it('with a wider encoder fall short by KL(q || posterior), and importance weights close the gap', async () => {
    // Two coordinates of KL(N(m, 1) || N(m, 1/2)) = (2 - 1 - ln 2) / 2.
    const gap = 1 - Math.LN2;
    const { likelihood } = await scoresAt(1, 1000);
    expect(likelihood!.elbo).toBeCloseTo(exact - gap, 1);
    expect(likelihood!.iwae).toBeCloseTo(exact, 2);
    expect(likelihood!.effectiveDraws).toBeLessThan(900);
  });
});

describe('reconstructions', () => {
  it('go through the mean: here x / 2, so that the squared error is mean (x / 2)^2', async () => {
    const { squaredError, sharpness, probe, labelAgreement } = await scoresAt(0.5, 1);
    expect(squaredError).toBeCloseTo(values.reduce((sum, value) => sum + value * value / 4 / values.length, 0), 6);
    expect([sharpness, probe, labelAgreement]).toEqual([null, null, null]);
  });
});
