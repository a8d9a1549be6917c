import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AttackGoal } from '../attacks/attack.js';
import type { AttackSettings } from '../attacks/attack.options.js';
import { attackLabel } from '../attacks/objective.js';
import type { NormBall } from '../attacks/norm-balls.js';
import { encodePng, perturbationBytes, perturbationGain, pictureShape, toBytes, type PictureShape } from '../attacks/picture.js';
import { inputWidth, predict, type Predictions } from '../attacks/predictions.js';
import { startAttack, type Attacked } from '../attacks/run-attack.js';
import type { Model } from '../bundles/model.js';
import type { Key } from '../compiler/random/index.js';
import type { DatasetSplit } from '../datasets/dataset.js';
import type { ExampleColumns } from './model-pass.js';
import type { Gallery, ModelResult } from './report.schema.js';

export interface GalleryPlan {
  readonly split: DatasetSplit;
  readonly size: number;
  readonly ball: NormBall;
  readonly attack: AttackSettings;
  readonly objective: AttackGoal['objective'];
  readonly key: Key;
  readonly folder: string;
}

/** One model with what its pass found. */
export interface GalleryModel {
  readonly id: string;
  readonly model: Model;
  readonly columns: ExampleColumns;
  readonly result: ModelResult;
}

/** The smallest radius that halves the accuracy of the first model, else the largest; undefined if only 0 was tried. */
export function galleryEpsilon({ clean, robustness }: ModelResult): number | undefined {
  const positive = robustness.filter((point) => point.epsilon > 0);
  const halved = positive.find((point) => point.worstCase.value <= clean.accuracy.value / 2);
  return (halved ?? positive.at(-1))?.epsilon;
}

/**
 * Positions of up to `size` examples: those that all models get right come first, in rounds of one example for each
 * class, so that the pictures differ.
 */
export function chooseExamples(all: readonly ExampleColumns[], size: number): number[] {
  const { labels } = all[0]!;
  const rounds = new Map<number, number>();
  const ranked = Array.from(labels, (label, i) => {
    const right = all.every(({ predictions }) => predictions[i] === label);
    const round = right ? (rounds.get(label) ?? 0) : Infinity;
    if (right) rounds.set(label, round + 1);
    return { i, label, round };
  });
  ranked.sort((a, b) => (a.round === b.round ? 0 : a.round - b.round) || a.label - b.label || a.i - b.i);
  return ranked.slice(0, size).map(({ i }) => i);
}

interface Shot {
  readonly id: string;
  readonly attacked: Attacked;
  readonly before: Predictions;
}

type GalleryEntry = Gallery['examples'][number];

const said = (predictions: Predictions, row: number): { label: number; confidence: number } => ({
  label: predictions.labels[row]!,
  confidence: predictions.confidences[row]!,
});

/**
 * Attacks a few examples once more and draws them: `gallery/<row>-clean.png`, and for each model
 * `gallery/<row>-<model number>-perturbation.png` and `-adversarial.png`, in the folder of the plan.
 *
 * @returns null where there is nothing to draw: no pictures, no examples wanted, no radius above 0
 */
export async function drawGallery(models: readonly GalleryModel[], plan: GalleryPlan): Promise<Gallery | null> {
  const first = models[0]!;
  const { bounds, shape: inputShape } = first.model.manifest.input;
  const shape = pictureShape(inputShape);
  const epsilon = galleryEpsilon(first.result);
  if (!shape || epsilon === undefined || plan.size === 0) return null;
  const positions = chooseExamples(models.map(({ columns }) => columns), plan.size);
  const indices = positions.map((position) => first.columns.indices[position]!);
  const batch = plan.split.batch(indices);
  const shots: Shot[] = [];
  for (const { id, model } of models) {
    const before = await predict(model, batch.examples);
    const started = await startAttack(model, batch, { ball: plan.ball, objective: plan.objective }, plan.attack, plan.key);
    shots.push({ id, before, attacked: await started.at(epsilon) });
  }
  const gain = Math.min(...shots.map(({ attacked }) => perturbationGain(batch.examples, attacked.adversarial, bounds)));
  await mkdir(path.join(plan.folder, 'gallery'), { recursive: true });
  const save = async (name: string, bytes: Uint8Array, of: PictureShape): Promise<string> => {
    await writeFile(path.join(plan.folder, 'gallery', name), await encodePng(bytes, of));
    return `gallery/${name}`;
  };
  const width = inputWidth(first.model);
  const examples: GalleryEntry[] = [];
  for (const [row, index] of indices.entries()) {
    const rowOf = (values: Float32Array): Float32Array => values.subarray(row * width, (row + 1) * width);
    const clean = rowOf(batch.examples);
    const entry: GalleryEntry = {
      index,
      label: batch.labels[row]!,
      clean: await save(`${row + 1}-clean.png`, toBytes(clean, bounds), shape),
      models: [],
    };
    for (const [m, { id, attacked, before }] of shots.entries()) {
      const adversarial = rowOf(attacked.adversarial);
      entry.models.push({
        model: id,
        perturbation: await save(`${row + 1}-${m + 1}-perturbation.png`, perturbationBytes(clean, adversarial, gain, bounds), shape),
        adversarial: await save(`${row + 1}-${m + 1}-adversarial.png`, toBytes(adversarial, bounds), shape),
        before: said(before, row),
        after: said(attacked.predictions, row),
      });
    }
    examples.push(entry);
  }
  return { epsilon, attack: attackLabel(plan.attack), gain, examples };
}
