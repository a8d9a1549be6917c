import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { AttackSettings } from '../attacks/attack.options.js';
import { attackLabel } from '../attacks/objective.js';
import type { ExampleColumns } from './model-pass.js';

/** Rows that are joined before one write. */
const ROWS_PER_WRITE = 256;

/** Column names: clean columns, then prediction and loss of each attack at each radius, e.g. `fgsm@0.03 prediction`. */
export function examplesHeader(attacks: readonly AttackSettings[], epsilons: readonly number[]): string[] {
  const attacked = attacks.map(attackLabel).flatMap((name) =>
    epsilons.flatMap((epsilon) => [`${name}@${epsilon} prediction`, `${name}@${epsilon} loss`]),
  );
  return ['index', 'label', 'prediction', 'confidence', 'correct', 'loss', 'has gradient', ...attacked];
}

function row(columns: ExampleColumns, i: number): string {
  const attacked = columns.attacked.flatMap((perRadius) =>
    perRadius.flatMap(({ predictions, losses, dropped }) => [dropped[i] ? '' : predictions[i]!, dropped[i] ? '' : losses[i]!.toPrecision(6)]),
  );
  const correct = columns.labels[i] === columns.predictions[i] ? 1 : 0;
  const clean = [columns.predictions[i], columns.confidences[i]!.toPrecision(6), correct, columns.losses[i]!.toPrecision(6)];
  return [columns.indices[i], columns.labels[i], ...clean, columns.withoutGradient[i] ? 0 : 1, ...attacked].join(',');
}

/**
 * Writes the per-example results as CSV: one row for each example, classes as indices, losses in nats; cells of dropped
 * candidates are empty.
 *
 * @returns SHA-256 of the file
 */
export async function writeExamples(
  file: string,
  columns: ExampleColumns,
  attacks: readonly AttackSettings[],
  epsilons: readonly number[],
): Promise<string> {
  const hash = createHash('sha256');
  const stream = createWriteStream(file);
  const write = async (text: string): Promise<void> => {
    hash.update(text);
    if (!stream.write(text)) await once(stream, 'drain');
  };
  await write(`${examplesHeader(attacks, epsilons).join(',')}\n`);
  for (let start = 0; start < columns.labels.length; start += ROWS_PER_WRITE) {
    const count = Math.min(ROWS_PER_WRITE, columns.labels.length - start);
    await write(Array.from({ length: count }, (_, i) => `${row(columns, start + i)}\n`).join(''));
  }
  stream.end();
  await finished(stream);
  return hash.digest('hex');
}
