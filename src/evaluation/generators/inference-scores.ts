import type { Model } from '../../bundles/model.js';
import type { Key } from '../../compiler/random/index.js';
import { drawPrior, encode, type Condition, type Generator } from '../../generation/index.js';
import { reparameterise } from '../../generation/prior.js';
import { runRows } from '../../generation/run-rows.js';
import { accuracy } from '../metrics/accuracy.js';
import { mean } from '../metrics/nll.js';
import type { InferenceScores } from './generator-report.schema.js';
import { likelihoodBounds, logPriorRatio } from './metrics/likelihood.js';
import { fitLinearProbe } from './metrics/linear-probe.js';
import { posteriorUse } from './metrics/posterior.js';
import type { Rows } from './real-data.js';
import { sharpnessRatio, type Comparison } from './sample-scores.js';

/** Mean of q(z | x), without noise. */
const WITHOUT_NOISE = { seed: 0, temperature: 0 };

/** Conditional models are told the class; models with attributes are not, and must infer it. */
const conditionOn = (generator: Generator, { labels }: Pick<Rows, 'labels'>): Condition => (generator.conditional ? { classes: labels } : {});

export interface ScoredInference {
  readonly scores: InferenceScores;
  /** [n, ...exampleShape] Dec(mean(x)) of the real examples. */
  readonly reconstructions: Float32Array;
}

/**
 * Encodes the real examples and judges latents and reconstructions.
 * @returns undefined for models without an encoder
 * @throws generated-not-finite, model-output-not-finite
 */
export async function scoreInference(model: Model, generator: Generator, comparison: Comparison): Promise<ScoredInference | undefined> {
  if (!('encode' in model.manifest.signatures)) return undefined;
  const { real, classifier, options, key } = comparison;
  const { values, labels } = real.examples;
  const condition = conditionOn(generator, real.examples);
  const posterior = await encode(generator, values, condition, WITHOUT_NOISE);
  const { x: reconstructions } = await generator.decode(posterior.mean, condition);
  const seen = await classifier?.describe(reconstructions);
  const scores: InferenceScores = {
    squaredError: mean(values.map((value, i) => (value - reconstructions[i]!) ** 2)),
    labelAgreement: seen && real.described ? accuracy(real.described.labels, seen.labels) : null,
    sharpness: sharpnessRatio(reconstructions, comparison),
    posterior: posteriorUse(posterior.mean, posterior.sigma, generator.latent),
    likelihood: await likelihoodOf(model, generator, real.examples, Math.min(options.likelihoodExamples, labels.length), options.draws, key.fold('likelihood')),
    probe: await probeOf(generator, posterior.mean, comparison),
  };
  return { scores, reconstructions };
}

/** [draws, ...row] equal rows. */
function repeat(row: Float32Array, draws: number): Float32Array {
  const repeated = new Float32Array(row.length * draws);
  for (let draw = 0; draw < draws; draw++) repeated.set(row, draw * row.length);
  return repeated;
}

async function likelihoodOf(
  model: Model, generator: Generator, { values, labels }: Rows, count: number, draws: number, key: Key,
): Promise<InferenceScores['likelihood']> {
  if (!('logLikelihood' in model.manifest.signatures) || count === 0) return null;
  const { latent, size } = generator;
  const logWeights = new Float64Array(count * draws);
  for (let i = 0; i < count; i++) {
    const example = values.subarray(i * size, (i + 1) * size);
    const classes = Int32Array.of(labels[i]!);
    const { mean: centre, sigma: width } = await generator.encode(example, generator.conditional ? { classes } : {});
    const posterior = { mean: repeat(centre, draws), sigma: repeat(width, draws) };
    const eps = drawPrior(key.fold(i), draws, latent, { temperature: 1 });
    const z = reparameterise(posterior, eps);
    const { value } = await runRows(model, 'logLikelihood', {
      x: { dtype: 'float32', shape: [draws, ...model.manifest.input.shape], data: repeat(example, draws) },
      z: { dtype: 'float32', shape: [draws, latent], data: z },
      ...(generator.conditional && { y: { dtype: 'int32', shape: [draws], data: new Int32Array(draws).fill(labels[i]!) } }),
    });
    const ratio = logPriorRatio(z, eps, posterior.sigma, latent);
    logWeights.set(ratio.map((term, draw) => term + value!.data[draw]!), i * draws);
  }
  const { elbo, iwae, effectiveDraws } = likelihoodBounds(logWeights, draws);
  return { elbo: mean(elbo), iwae: mean(iwae), draws, n: count, effectiveDraws: mean(effectiveDraws) };
}

/** Softmax regression from latents to classes; a conditional encoder has seen the class, so its latents are not asked. */
async function probeOf(generator: Generator, latents: Float32Array, { real }: Comparison): Promise<InferenceScores['probe']> {
  if (real.labelled === undefined || generator.conditional) return null;
  const { values, labels } = real.labelled;
  const { mean: rows } = await generator.encode(values, {});
  const probe = fitLinearProbe({ rows, labels }, generator.latent, generator.classCount);
  return { accuracy: accuracy(real.examples.labels, probe.predict(latents)), labels: labels.length };
}
