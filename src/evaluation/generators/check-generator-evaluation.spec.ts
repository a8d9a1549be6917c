import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../bundles/manifest.js';
import { nearestMeanModel, shapesDataset } from '../testing/shapes.js';
import { checkGeneratorEvaluation } from './check-generator-evaluation.js';
import { generatorEvaluationOptions, type GeneratorEvaluationRequest } from './generator-evaluation.options.js';
import { shapeGenerator, splitShapes } from './testing/shape-generators.js';

const { descriptor } = splitShapes(30, 40);
const { manifest: generator } = shapeGenerator({ name: 'generator', pool: shapesDataset(12) });
const { manifest: judge } = nearestMeanModel('judge', 2, 1);

const check = (request: Partial<GeneratorEvaluationRequest>, models: readonly Manifest[] = [generator], classifier: Manifest | undefined = judge) => () =>
  checkGeneratorEvaluation(models, classifier, descriptor, generatorEvaluationOptions.parse({ models: ['g'], dataset: 'd', ...request }));

describe('a request to evaluate generators', () => {
  it('passes when everything fits, with and without a classifier', () => {
    expect(check({ limit: 40 })).not.toThrow();
    expect(() => checkGeneratorEvaluation([generator], undefined, descriptor, generatorEvaluationOptions.parse({ models: ['g'], dataset: 'd' }))).not.toThrow();
  });

  it.each<[string, () => void, string, RegExp]>([
    ['a classifier as generator', check({}, [judge]), 'signature-unknown', /decode/],
    ['a generator as classifier', check({}, [generator], generator), 'signature-unknown', /predict/],
    ['a classifier of another input shape', check({}, [generator], { ...judge, input: { ...judge.input, shape: [8, 8, 1] } }), 'dataset-does-not-fit-model', /"judge".*\[8, 8, 1\].*\[16, 16, 1\]/],
    ['a generator of another input shape', check({}, [{ ...generator, input: { ...generator.input, shape: [16, 16, 3] } }]), 'dataset-does-not-fit-model', /"generator".*\[16, 16, 3\]/],
    ['a generator of another range', check({}, [{ ...generator, input: { ...generator.input, bounds: [-1, 1] } }]), 'dataset-does-not-fit-model', /\[-1, 1\]/],
    ['another number of classes', check({}, [generator], { ...judge, classes: ['a', 'b'] }), 'dataset-does-not-fit-model', /number of classes of 2/],
    ['a split without examples', check({ split: 'validation' }), 'split-empty', /train or test/],
    ['a split of too few examples', () => checkGeneratorEvaluation([generator], judge, splitShapes(30, 19).descriptor, generatorEvaluationOptions.parse({ models: ['g'], dataset: 'd' })), 'split-too-small', /19 examples.*at least 20/],
    ['more examples than there are', check({ limit: 41 }), 'sample-too-large', /41.*40/],
    ['features that the classifier has not', check({ features: 'penultimate' }), 'features-not-available', /hidden layers are not known/],
  ])('is refused for %s', (_, run, code, message) => {
    expect(run).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error);
  });

  it.each([{ samples: 10 }, { samples: 10_001 }, { limit: 19 }, { neighbours: 16 }, { models: ['a', 'a'] }, { models: [] }, { steps: 0 }, { unknown: 1 }])(
    'does not match its schema with %j', (wrong) => {
      expect(generatorEvaluationOptions.safeParse({ models: ['g'], dataset: 'd', ...wrong }).success).toBe(false);
    },
  );

});
