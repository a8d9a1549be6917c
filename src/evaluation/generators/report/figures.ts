import type { Proportion } from '../../metrics/wilson.js';
import { see } from '../docs-link.js';
import type { GeneratorReport, GeneratorResult } from '../generator-report.schema.js';

/** Groups of the report, each with the heading of the documentation that defines its figures. */
export const GROUPS = {
  classifier: { title: 'In the eyes of the classifier', see: see('whose-eyes') },
  manifold: { title: 'Fidelity and variety', see: see('fidelity-and-variety') },
  diversity: { title: 'Diversity and sharpness', see: see('diversity') },
  memorisation: { title: 'Memorisation', see: see('memorisation') },
  inference: { title: 'Reconstructions and latents', see: see('latents-and-reconstructions') },
  likelihood: { title: 'Likelihood', see: see('likelihood') },
} as const;
export type FigureGroup = keyof typeof GROUPS;

/** One row of the report's tables. */
export interface Figure {
  /** Path in a result of `report.json`. */
  readonly key: string;
  readonly label: string;
  readonly group: FigureGroup;
  /** Which way is better, in words. */
  readonly better: string;
  /** Null where the figure was not computed. */
  readonly value: (result: GeneratorResult) => number | null;
  /** Null where the figure was not computed. */
  readonly text: (result: GeneratorResult) => string | null;
  /** The same for training examples in place of samples, where it was computed. */
  readonly reference: string | null;
}

type Read<T> = (result: GeneratorResult) => T | null | undefined;

const written = (value: number, digits: number): string => value.toFixed(digits);

const withInterval = ({ value, low, high }: Proportion): string =>
  `${(100 * value).toFixed(1)} % (${(100 * low).toFixed(1)} – ${(100 * high).toFixed(1)})`;

interface Row {
  readonly key: string;
  readonly label: string;
  readonly better: string;
  readonly reference?: string | null;
}

const numberRow = (group: FigureGroup, row: Row, digits: number, read: Read<number>): Figure => ({
  ...row,
  group,
  reference: row.reference ?? null,
  value: (result) => read(result) ?? null,
  text: (result) => {
    const value = read(result);
    return value === null || value === undefined ? null : written(value, digits);
  },
});

const shareRow = (group: FigureGroup, row: Row, read: Read<Proportion>): Figure => ({
  ...row,
  group,
  reference: row.reference ?? null,
  value: (result) => read(result)?.value ?? null,
  text: (result) => {
    const value = read(result);
    return value ? withInterval(value) : null;
  },
});

function classifierFigures({ reference: { features } }: GeneratorReport): Figure[] {
  const of = (digits: number, value: number | undefined): string | null => (value === undefined ? null : written(value, digits));
  return [
    numberRow('classifier', { key: 'samples.features.inceptionScore.mean', label: 'Inception score', better: 'higher', reference: of(3, features?.inceptionScore.mean) }, 3, ({ samples }) => samples.features?.inceptionScore.mean),
    numberRow('classifier', { key: 'samples.features.inceptionScore.deviation', label: 'Its deviation over 10 parts', better: '', reference: of(3, features?.inceptionScore.deviation) }, 3, ({ samples }) => samples.features?.inceptionScore.deviation),
    numberRow('classifier', { key: 'samples.features.meanConfidence', label: 'Mean confidence', better: 'near that of data', reference: of(3, features?.meanConfidence) }, 3, ({ samples }) => samples.features?.meanConfidence),
    numberRow('classifier', { key: 'samples.features.frechetDistance', label: 'Frechet distance', better: 'lower', reference: of(3, features?.frechetDistance) }, 3, ({ samples }) => samples.features?.frechetDistance),
    shareRow('classifier', { key: 'samples.classAgreement.value', label: 'Samples of the class drawn with them', better: 'higher' }, ({ samples }) => samples.classAgreement),
  ];
}

function sampleFigures({ reference }: GeneratorReport): Figure[] {
  const similarity = reference.similarity === null ? null : written(reference.similarity, 3);
  return [
    numberRow('manifold', { key: 'samples.manifold.precision', label: 'Precision', better: 'higher' }, 3, ({ samples }) => samples.manifold.precision),
    numberRow('manifold', { key: 'samples.manifold.density', label: 'Density', better: 'near 1' }, 3, ({ samples }) => samples.manifold.density),
    numberRow('manifold', { key: 'samples.manifold.recall', label: 'Recall', better: 'higher' }, 3, ({ samples }) => samples.manifold.recall),
    numberRow('manifold', { key: 'samples.manifold.coverage', label: 'Coverage', better: 'higher' }, 3, ({ samples }) => samples.manifold.coverage),
    numberRow('diversity', { key: 'samples.similarity', label: 'MS-SSIM of pairs of samples', better: 'near that of data', reference: similarity }, 3, ({ samples }) => samples.similarity),
    numberRow('diversity', { key: 'samples.sharpness', label: 'Sharpness of samples over data', better: 'near 1' }, 3, ({ samples }) => samples.sharpness),
    shareRow('memorisation', { key: 'samples.memorisation.nearerToTraining.value', label: 'Nearer to training than to held-out examples', better: 'near 50 %' }, ({ samples }) => samples.memorisation?.nearerToTraining),
    numberRow('memorisation', { key: 'samples.memorisation.copying', label: 'Copying statistic', better: 'above -3' }, 2, ({ samples }) => samples.memorisation?.copying),
  ];
}

const inferenceFigures: readonly Figure[] = [
  numberRow('inference', { key: 'inference.squaredError', label: 'Squared error of reconstructions', better: 'lower' }, 4, ({ inference }) => inference?.squaredError),
  shareRow('inference', { key: 'inference.labelAgreement.value', label: 'Reconstructions of the same class', better: 'higher' }, ({ inference }) => inference?.labelAgreement),
  numberRow('inference', { key: 'inference.sharpness', label: 'Sharpness of reconstructions over data', better: 'near 1' }, 3, ({ inference }) => inference?.sharpness),
  shareRow('inference', { key: 'inference.probe.accuracy.value', label: 'Linear probe on latents', better: 'higher' }, ({ inference }) => inference?.probe?.accuracy),
  numberRow('inference', { key: 'inference.posterior.activeUnits', label: 'Active latent coordinates', better: '' }, 0, ({ inference }) => inference?.posterior.activeUnits),
  numberRow('inference', { key: 'inference.posterior.kl', label: 'KL to the prior, nats', better: '' }, 2, ({ inference }) => inference?.posterior.kl),
  numberRow('inference', { key: 'inference.posterior.largestMean', label: 'Largest mean of a latent coordinate', better: 'near 0' }, 3, ({ inference }) => inference?.posterior.largestMean),
  numberRow('inference', { key: 'inference.posterior.deviations.0', label: 'Smallest deviation of a latent coordinate', better: 'near 1' }, 3, ({ inference }) => inference?.posterior.deviations[0]),
  numberRow('inference', { key: 'inference.posterior.deviations.1', label: 'Largest deviation of a latent coordinate', better: 'near 1' }, 3, ({ inference }) => inference?.posterior.deviations[1]),
  numberRow('likelihood', { key: 'inference.likelihood.elbo', label: 'ELBO, nats', better: 'higher' }, 2, ({ inference }) => inference?.likelihood?.elbo),
  numberRow('likelihood', { key: 'inference.likelihood.iwae', label: 'Importance-weighted bound, nats', better: 'higher' }, 2, ({ inference }) => inference?.likelihood?.iwae),
  numberRow('likelihood', { key: 'inference.likelihood.effectiveDraws', label: 'Effective draws', better: '' }, 1, ({ inference }) => inference?.likelihood?.effectiveDraws),
];

/** All figures in the order of the report. */
export function figuresOf(report: GeneratorReport): readonly Figure[] {
  return [...classifierFigures(report), ...sampleFigures(report), ...inferenceFigures];
}

/** Figures that at least one model has. */
export function computedFigures(report: GeneratorReport): readonly Figure[] {
  return figuresOf(report).filter(({ value }) => report.results.some((result) => value(result) !== null));
}

export const generatorName = ({ header }: GeneratorReport, id: string): string => header.models.find((model) => model.id === id)?.name ?? id;
