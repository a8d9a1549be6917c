import type { Manifest } from '../../bundles/manifest.js';
import { see } from './docs-link.js';
import type { GeneratorNote, GeneratorReport, GeneratorResult, NoteCode } from './generator-report.schema.js';

/** A classifier that is right less often than this judges badly. */
const GOOD_ACCURACY = 0.9;
/** A covariance of fewer rows than this many times its width is mostly noise. */
const ROWS_PER_FEATURE = 10;
/** Samples this much more alike than data, or covering less than this share of the data, have lost modes. */
const ALIKE = 0.1;
const LOW_COVERAGE = 0.3;
/** Below this statistic samples are nearer to the training set than held-out data is: one in 700 by chance. */
const COPYING = -3;
/** Aggregate posteriors outside these bounds leave the prior (card of ALI, prior match). */
const LARGEST_MEAN = 0.2;
const DEVIATIONS = [0.7, 1.3] as const;
/** With fewer effective draws one draw decides the bound. */
const ENOUGH_DRAWS = 2;

const RULES: Readonly<Record<NoteCode, Pick<GeneratorNote, 'severity'> & { readonly anchor: string }>> = {
  CLASSIFIER_FEATURES: { severity: 'info', anchor: 'whose-eyes' },
  NO_CLASSIFIER: { severity: 'info', anchor: 'whose-eyes' },
  WEAK_CLASSIFIER: { severity: 'warning', anchor: 'whose-eyes' },
  SAME_CLASSIFIER: { severity: 'warning', anchor: 'whose-eyes' },
  FEW_ROWS: { severity: 'warning', anchor: 'sample-size' },
  OTHER_DATA: { severity: 'warning', anchor: 'data' },
  COLLAPSED: { severity: 'warning', anchor: 'diversity' },
  COPIES: { severity: 'warning', anchor: 'memorisation' },
  NO_ENCODER: { severity: 'info', anchor: 'latents-and-reconstructions' },
  IDLE_LATENTS: { severity: 'info', anchor: 'latents-and-reconstructions' },
  PRIOR_MISMATCH: { severity: 'warning', anchor: 'latents-and-reconstructions' },
  LOOSE_LIKELIHOOD: { severity: 'warning', anchor: 'likelihood' },
  PIXEL_DENSITY: { severity: 'info', anchor: 'likelihood' },
};

function note(code: NoteCode, model: string | null, message: string): GeneratorNote {
  const { anchor, severity } = RULES[code];
  return { code, severity, model, message, see: see(anchor) };
}

/** What the notes on the whole evaluation look at. */
export type SharedEvidence = Pick<GeneratorReport, 'header'> & { readonly samples: number };

/** Notes that hold for every model of the report. */
export function sharedNotes({ header: { classifier, dataset }, samples }: SharedEvidence): GeneratorNote[] {
  if (classifier === null) {
    return [note('NO_CLASSIFIER', null, 'No classifier was named: inception score, Frechet distance and label agreement are not computed, and precision and recall compare pixels.')];
  }
  const { name, features, width, accuracy } = classifier;
  const notes = [note('CLASSIFIER_FEATURES', null, `Features are the ${features} (${width} numbers) of classifier "${name}", not of Inception: compare these figures with each other, never with published ones.`)];
  if (accuracy.value < GOOD_ACCURACY) {
    notes.push(note('WEAK_CLASSIFIER', null, `The classifier is right on ${(100 * accuracy.value).toFixed(1)} % of the real examples: what it says of samples is as doubtful.`));
  }
  const rows = Math.min(samples, dataset.n);
  if (rows < ROWS_PER_FEATURE * width) {
    notes.push(note('FEW_ROWS', null, `${rows} rows estimate a covariance of ${width} features; with fewer than ${ROWS_PER_FEATURE * width} the Frechet distance is too large. Compare with the figure for training examples.`));
  }
  return notes;
}

/** What the notes on one model look at. */
export interface ModelEvidence {
  readonly result: GeneratorResult;
  readonly manifest: Manifest;
  readonly report: Pick<GeneratorReport, 'header' | 'reference'>;
}

function sampleNotes({ result: { model, samples }, report: { reference } }: ModelEvidence): GeneratorNote[] {
  const notes: GeneratorNote[] = [];
  const alike = samples.similarity !== null && reference.similarity !== null && samples.similarity > reference.similarity + ALIKE;
  if (alike || samples.manifold.coverage < LOW_COVERAGE) {
    const similarity = samples.similarity === null ? '' : ` and pairs of samples have MS-SSIM ${samples.similarity.toFixed(3)} (training examples: ${reference.similarity?.toFixed(3) ?? 'not computed'})`;
    notes.push(note('COLLAPSED', model, `Samples cover ${(100 * samples.manifold.coverage).toFixed(0)} % of the real examples${similarity}: the model has lost part of the data's variety.`));
  }
  if (samples.memorisation !== null && samples.memorisation.copying < COPYING) {
    const { copying, nearerToTraining } = samples.memorisation;
    notes.push(note('COPIES', model, `Samples lie nearer to training examples than held-out data does (statistic ${copying.toFixed(1)}); ${(100 * nearerToTraining.value).toFixed(0)} % have a training example as nearest neighbour where 50 % are expected.`));
  }
  return notes;
}

function inferenceNotes({ result: { model, inference }, manifest: { name, generation } }: ModelEvidence): GeneratorNote[] {
  if (inference === null) return [note('NO_ENCODER', model, `"${name}" has no encoder: reconstructions, latents and likelihoods do not exist for it.`)];
  const { posterior, likelihood } = inference;
  const latent = generation?.latent ?? 0;
  const notes: GeneratorNote[] = [];
  if (2 * posterior.activeUnits < latent) {
    notes.push(note('IDLE_LATENTS', model, `${posterior.activeUnits} of ${latent} latent coordinates depend on the input.`));
  }
  const [least, most] = posterior.deviations;
  if (posterior.largestMean > LARGEST_MEAN || least < DEVIATIONS[0] || most > DEVIATIONS[1]) {
    notes.push(note('PRIOR_MISMATCH', model, `Latents of real examples have means up to ${posterior.largestMean.toFixed(2)} and deviations from ${least.toFixed(2)} to ${most.toFixed(2)}, but samples start from N(0, I): they start from other places.`));
  }
  if (likelihood !== null) {
    notes.push(note('PIXEL_DENSITY', model, `The likelihood is of ${generation?.pixels ?? 'unknown'} pixels: compare it only with models of the same kind on the same data.`));
    if (likelihood.draws > 1 && likelihood.effectiveDraws < ENOUGH_DRAWS) {
      notes.push(note('LOOSE_LIKELIHOOD', model, `Of ${likelihood.draws} draws ${likelihood.effectiveDraws.toFixed(1)} count: the bound is far below log p(x). More draws raise it.`));
    }
  }
  return notes;
}

/** Notes on one model. */
export function modelNotes(evidence: ModelEvidence): GeneratorNote[] {
  const { result: { model }, manifest, report: { header } } = evidence;
  const notes: GeneratorNote[] = [];
  const judge = manifest.generation?.classifier;
  if (header.classifier !== null && judge?.id === header.classifier.id) {
    notes.push(note('SAME_CLASSIFIER', model, 'The model was trained to please this very classifier: judge it with another one.'));
  }
  if (manifest.dataset !== undefined && manifest.dataset.digest !== header.dataset.digest) {
    notes.push(note('OTHER_DATA', model, `It was trained on "${manifest.dataset.name}", whose content is not that of this data set.`));
  }
  return [...notes, ...sampleNotes(evidence), ...inferenceNotes(evidence)];
}

/** What the figures do not show, in plain words. */
export const LIMITS: readonly string[] = [
  'No single figure says whether samples are good: read fidelity (precision, density), variety (recall, coverage, MS-SSIM) and copying together, and look at the pictures.',
  'All figures come from finite samples and one seed. Intervals cover the choice of examples only, not training again with another seed.',
  'A classifier sees what separates its classes. Defects that do not matter to it, and variety inside a class, may pass unseen.',
  'The memorisation test compares pixels: copies that are moved or recoloured escape it.',
];
