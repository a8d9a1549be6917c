import { pictureShape, type PictureShape } from '../../attacks/picture.js';
import { argMax } from '../../attacks/predictions.js';
import { integer, type Key } from '../../compiler/random/index.js';
import { defaultSteps, sample, type Generator } from '../../generation/index.js';
import type { Samples } from '../../generation/sample.js';
import { accuracy } from '../metrics/accuracy.js';
import { mean } from '../metrics/nll.js';
import type { Described, FeatureSpace } from './feature-space.js';
import type { GeneratorEvaluationOptions } from './generator-evaluation.options.js';
import type { FeatureScores, SampleScores } from './generator-report.schema.js';
import { frechetDistance } from './metrics/frechet-distance.js';
import { inceptionScore } from './metrics/inception-score.js';
import { manifoldScores } from './metrics/manifold.js';
import { memorisation } from './metrics/memorisation.js';
import { momentsOf } from './metrics/moments.js';
import { msSsim, scaleCount } from './metrics/ms-ssim.js';
import { sharpness } from './metrics/sharpness.js';
import type { RealData } from './real-data.js';

/** Parts of the inception score. */
const SCORE_PARTS = 10;

/** What all models of an evaluation are compared with, and how. */
export interface Comparison {
  readonly options: GeneratorEvaluationOptions;
  readonly real: RealData;
  readonly classifier: FeatureSpace | undefined;
  /** One example. */
  readonly shape: readonly number[];
  readonly key: Key;
}

/** Scores of rows in the classifier's eyes. */
export function featureScores(rows: Described, real: Described, { width, manifest }: FeatureSpace): FeatureScores {
  return {
    inceptionScore: inceptionScore(rows.probabilities, manifest.classes.length, SCORE_PARTS),
    meanConfidence: mean(rows.confidences),
    frechetDistance: frechetDistance(momentsOf(rows.features, width), momentsOf(real.features, width)),
  };
}

/** Pictures that MS-SSIM can compare. */
const comparable = (shape: readonly number[]): PictureShape | undefined => {
  const picture = pictureShape(shape);
  return picture && scaleCount(picture) > 0 ? picture : undefined;
};

/** Mean MS-SSIM of pairs of different rows, drawn by the key; null where pictures are too small, or none. */
export function meanSimilarity(rows: Float32Array, { options, shape }: Comparison, key: Key): number | null {
  const picture = comparable(shape);
  if (picture === undefined || options.similarityPairs === 0) return null;
  const size = picture.height * picture.width * picture.channels;
  const count = rows.length / size;
  const rowOf = (index: number): Float32Array => rows.subarray(index * size, (index + 1) * size);
  const values = Array.from({ length: options.similarityPairs }, (_, pair) => {
    const first = integer(key.fold(pair).fold(0), count);
    const second = (first + 1 + integer(key.fold(pair).fold(1), count - 1)) % count;
    return msSsim(rowOf(first), rowOf(second), picture);
  });
  return mean(values);
}

/** Sharpness of pictures over that of the real examples; null for rows that are no pictures, and beside flat ones. */
export function sharpnessRatio(rows: Float32Array, { real, shape }: Comparison): number | null {
  const picture = pictureShape(shape);
  const data = picture && sharpness(real.examples.values, picture);
  return picture === undefined || !data ? null : sharpness(rows, picture) / data;
}

/** Among equally many training and held-out examples, in the space of the values themselves. */
function memorisationOf(rows: Float32Array, { real }: Comparison): SampleScores['memorisation'] {
  if (real.training === undefined) return null;
  const n = Math.min(real.training.labels.length, real.examples.labels.length);
  const size = real.examples.values.length / real.examples.labels.length;
  return { ...memorisation(rows, real.training.values.subarray(0, n * size), real.examples.values.subarray(0, n * size), size), n };
}

/** [n] class that each sample was drawn for, or the most probable one that was drawn with it; undefined for models without classes. */
function classesOf({ classes, labels }: Samples, count: number, classCount: number): Int32Array | undefined {
  return classes ?? (labels && Int32Array.from({ length: count }, (_, row) => argMax(labels, row * classCount, classCount)));
}

export interface ScoredSamples {
  readonly scores: SampleScores;
  /** [samples, ...exampleShape] */
  readonly rows: Float32Array;
}

/**
 * Draws samples and compares them with the data.
 * @throws generated-not-finite, model-output-not-finite
 */
export async function scoreSamples(generator: Generator, comparison: Comparison): Promise<ScoredSamples> {
  const { options, real, classifier, key } = comparison;
  const { samples: count, temperature, seed, neighbours } = options;
  const steps = options.steps ?? defaultSteps(generator.method);
  const drawn = await sample(generator, { count, seed, temperature, steps });
  const { x: rows } = drawn;
  const classes = classesOf(drawn, count, generator.classCount);
  const seen = await classifier?.describe(rows);
  const [space, from, to, width] = seen && classifier && real.described
    ? [classifier.name, real.described.features, seen.features, classifier.width] as const
    : ['pixels', real.examples.values, rows, generator.size] as const;
  const scores: SampleScores = {
    n: count,
    steps,
    features: seen && classifier && real.described ? featureScores(seen, real.described, classifier) : null,
    manifold: { space, ...manifoldScores(from, to, width, neighbours) },
    similarity: meanSimilarity(rows, comparison, key.fold('pairs')),
    sharpness: sharpnessRatio(rows, comparison),
    classAgreement: seen && classes ? accuracy(classes, seen.labels) : null,
    memorisation: memorisationOf(rows, comparison),
  };
  return { scores, rows };
}
