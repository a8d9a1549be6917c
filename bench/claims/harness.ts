import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** One trained arm with one seed and what was measured on it. */
const resultSchema = z.object({ arm: z.string(), seed: z.int(), values: z.record(z.string(), z.number()), seconds: z.number() });
const fileSchema = z.object({ settings: z.record(z.string(), z.unknown()), results: z.array(resultSchema) });
export type ClaimResult = z.infer<typeof resultSchema>;

export interface Experiment {
  /** File that collects the raw results; a run that was cut off goes on where it stopped. */
  readonly file: string;
  /** Everything that the results depend on; results of other settings are thrown away. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly arms: readonly string[];
  readonly seeds: readonly number[];
  run(arm: string, seed: number): Promise<Record<string, number>>;
}

/** Runs what is missing of arms x seeds, seed by seed so that an early stop leaves whole pairs. */
export async function runExperiment(experiment: Experiment): Promise<ClaimResult[]> {
  const results = await readResults(experiment);
  for (const seed of experiment.seeds) {
    for (const arm of experiment.arms) {
      if (results.some((result) => result.arm === arm && result.seed === seed)) continue;
      const start = performance.now();
      const values = await experiment.run(arm, seed);
      const seconds = (performance.now() - start) / 1000;
      results.push({ arm, seed, values, seconds });
      console.log(`seed ${seed} ${arm} ${seconds.toFixed(1)} s ${JSON.stringify(values)}`);
      await mkdir(dirname(experiment.file), { recursive: true });
      await writeFile(experiment.file, `${JSON.stringify({ settings: experiment.settings, results }, null, 1)}\n`);
    }
  }
  return results.filter(({ arm, seed }) => experiment.arms.includes(arm) && experiment.seeds.includes(seed));
}

async function readResults({ file, settings }: Experiment): Promise<ClaimResult[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  const stored = fileSchema.parse(JSON.parse(text));
  return JSON.stringify(stored.settings) === JSON.stringify(settings) ? stored.results : [];
}

/**
 * `better` - `worse` on one metric, paired by seed; a claim holds when the sign is right in at least 4 of 5 seeds and in the
 * mean. With `limit` it is `better` - limit(`worse`).
 */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly metric: string;
  readonly direction: 'lower' | 'higher';
  readonly better: string;
  readonly worse: string;
  limit?(worse: number): number;
}

export interface Verdict {
  readonly claim: Claim;
  readonly differences: readonly number[];
  readonly mean: number;
  readonly inDirection: number;
  readonly holds: boolean;
}

export function judge(claim: Claim, results: readonly ClaimResult[]): Verdict {
  const differences = results
    .filter((result) => result.arm === claim.better)
    .flatMap((result) => {
      const partner = results.find(({ arm, seed }) => arm === claim.worse && seed === result.seed);
      if (partner === undefined) return [];
      const worse = partner.values[claim.metric]!;
      return [result.values[claim.metric]! - (claim.limit ? claim.limit(worse) : worse)];
    });
  const sign = claim.direction === 'lower' ? -1 : 1;
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
  const inDirection = differences.filter((difference) => sign * difference > 0).length;
  return { claim, differences, mean, inDirection, holds: sign * mean > 0 && inDirection >= Math.ceil(0.8 * differences.length) };
}

/** Mean and sample standard deviation of every metric by arm, as a Markdown table. */
export function armTable(arms: readonly string[], metrics: readonly string[], results: readonly ClaimResult[]): string {
  const rows = arms.map((arm) => {
    const own = results.filter((result) => result.arm === arm);
    const cells = metrics.map((metric) => {
      const values = own.map((result) => result.values[metric]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
      return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
    });
    return `| ${[arm, ...cells].join(' | ')} |`;
  });
  return [`| arm | ${metrics.join(' | ')} |`, `|${' --- |'.repeat(metrics.length + 1)}`, ...rows].join('\n');
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ claim, mean, inDirection, differences, holds }) =>
    `| ${claim.id} | ${claim.text} | ${mean.toFixed(4)} | ${inDirection}/${differences.length} | ${holds ? 'holds' : 'does not hold'} |`);
  return ['| claim | statement | mean difference | seeds in direction | verdict |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
