import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../bundles/manifest.js';
import { proportion } from '../metrics/wilson.js';
import { shapesDataset } from '../testing/shapes.js';
import { NOTE_CODES, type GeneratorReport, type GeneratorResult } from './generator-report.schema.js';
import { modelNotes, sharedNotes, type ModelEvidence } from './notes.js';
import { GROUPS } from './report/figures.js';
import { shapeGenerator } from './testing/shape-generators.js';

const manifest: Manifest = { ...shapeGenerator({ name: 'm', pool: shapesDataset(6) }).manifest, dataset: { name: 'data', digest: 'aa' } };

const classifier: NonNullable<GeneratorReport['header']['classifier']> = {
  id: 'judge', name: 'judge', digest: '', features: 'penultimate', width: 64, accuracy: proportion(980, 1000),
};
const header = { dataset: { digest: 'aa', n: 1000 }, classifier } as GeneratorReport['header'];
const report: ModelEvidence['report'] = { header, reference: { features: null, similarity: 0.2 } };

/** A result that no note objects to. */
const sound: GeneratorResult = {
  model: 'm',
  samples: {
    n: 1000, steps: 1, features: null, manifold: { space: 'penultimate', precision: 0.9, recall: 0.9, density: 1, coverage: 0.9 },
    similarity: 0.25, sharpness: 1, classAgreement: null, memorisation: { nearerToTraining: proportion(500, 1000), copying: 0.4, n: 1000 },
  },
  inference: {
    squaredError: 0.01, labelAgreement: null, sharpness: 1, posterior: { activeUnits: 8, kl: 10, largestMean: 0.1, deviations: [0.9, 1.1] },
    likelihood: null, probe: null,
  },
  seconds: 1,
};

const codes = (changes: { result?: GeneratorResult; manifest?: Manifest } = {}) => modelNotes({ result: sound, manifest, report, ...changes }).map(({ code }) => code);
const withSamples = (samples: Partial<GeneratorResult['samples']>): { result: GeneratorResult } => ({ result: { ...sound, samples: { ...sound.samples, ...samples } } });
const withPosterior = (posterior: Partial<NonNullable<GeneratorResult['inference']>['posterior']>): { result: GeneratorResult } =>
  ({ result: { ...sound, inference: { ...sound.inference!, posterior: { ...sound.inference!.posterior, ...posterior } } } });
const withLikelihood = (effectiveDraws: number, draws = 50): { result: GeneratorResult } =>
  ({ result: { ...sound, inference: { ...sound.inference!, likelihood: { elbo: -90, iwae: -88, draws, n: 100, effectiveDraws } } } });
const withManifest = (changes: Partial<Manifest>): { manifest: Manifest } => ({ manifest: { ...manifest, ...changes } });

describe('notes', () => {
  it('are silent on a sound model', () => expect(codes()).toEqual([]));

  it.each([
    ['COLLAPSED', withSamples({ similarity: 0.31 })],
    ['COLLAPSED', withSamples({ manifold: { ...sound.samples.manifold, coverage: 0.29 } })],
    ['COPIES', withSamples({ memorisation: { nearerToTraining: proportion(700, 1000), copying: -3.1, n: 1000 } })],
    ['NO_ENCODER', { result: { ...sound, inference: null } }],
    ['IDLE_LATENTS', withPosterior({ activeUnits: 3 })],
    ['PRIOR_MISMATCH', withPosterior({ largestMean: 0.21 })],
    ['PRIOR_MISMATCH', withPosterior({ deviations: [0.69, 1] })],
    ['PRIOR_MISMATCH', withPosterior({ deviations: [1, 1.31] })],
    ['SAME_CLASSIFIER', withManifest({ generation: { ...manifest.generation!, classifier: { id: 'judge', digest: 'x' } } })],
    ['OTHER_DATA', withManifest({ dataset: { name: 'other', digest: 'bb' } })],
  ])('%s where it is due', (code, changes) => expect(codes(changes)).toEqual([code]));

  it('name the kind of pixels of every likelihood, and bounds that rest on one draw', () => {
    expect(codes(withLikelihood(1.9))).toEqual(['PIXEL_DENSITY', 'LOOSE_LIKELIHOOD']);
    expect(codes(withLikelihood(2))).toEqual(['PIXEL_DENSITY']);
    expect(codes(withLikelihood(1, 1))).toEqual(['PIXEL_DENSITY']);
  });

  it('of the whole report speak of the classifier and the number of rows', () => {
    const shared = (changes: Partial<GeneratorReport['header']>, samples = 1000) => sharedNotes({ header: { ...header, ...changes }, samples }).map(({ code }) => code);
    expect(shared({})).toEqual(['CLASSIFIER_FEATURES']);
    expect(shared({ classifier: null })).toEqual(['NO_CLASSIFIER']);
    expect(shared({ classifier: { ...classifier, accuracy: proportion(899, 1000) } })).toEqual(['CLASSIFIER_FEATURES', 'WEAK_CLASSIFIER']);
    expect(shared({}, 639)).toEqual(['CLASSIFIER_FEATURES', 'FEW_ROWS']);
  });
});

describe('docs/generator-evaluation.md', async () => {
  const text = await readFile(fileURLToPath(new URL('../../../docs/generator-evaluation.md', import.meta.url)), 'utf8');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map((heading) => heading[1]!.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s+/g, '-'));

  it('names every note', () => {
    for (const code of NOTE_CODES) expect(text, code).toContain(`\`${code}\``);
  });

  it('has the heading that each note and each group of figures links to', () => {
    const notes = [
      ...sharedNotes({ header: { ...header, classifier: null }, samples: 1 }),
      ...sharedNotes({ header: { ...header, classifier: { ...classifier, accuracy: proportion(1, 10) } }, samples: 1 }),
      ...modelNotes({ result: { ...withPosterior({ activeUnits: 0, largestMean: 9 }).result, samples: withSamples({ similarity: 1, memorisation: { ...sound.samples.memorisation!, copying: -9 } }).result.samples }, manifest, report }),
      ...modelNotes({ ...withLikelihood(1), ...withManifest({ dataset: { name: 'o', digest: 'b' } }), report }),
    ];
    for (const { see } of [...notes, ...Object.values(GROUPS)]) expect(anchors).toContain(see.replace('docs/generator-evaluation.md#', ''));
  });
});
