import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** One contender's turns. */
export const contenderResultSchema = z.object({
  peer: z.string(),
  title: z.string(),
  version: z.string(),
  threads: z.int(),
  /** Median milliseconds of a call, by round. */
  milliseconds: z.array(z.number()),
  /** Largest difference of its results from those of Rampart with 1 thread. */
  difference: z.number(),
  /** Milliseconds of the first call, which compiles where a peer does so. */
  firstCall: z.number(),
  /** Longest time after a turn until its threads were idle, in milliseconds. */
  idleAfter: z.number(),
});
export type ContenderResult = z.infer<typeof contenderResultSchema>;

const absentSchema = z.object({ peer: z.string(), title: z.string(), reason: z.string() });

/** Where, when and how a result was measured. */
export const originSchema = z.object({
  date: z.string(),
  machine: z.string(),
  command: z.string(),
  software: z.record(z.string(), z.string()),
});
export type Origin = z.infer<typeof originSchema>;

export const comparisonSchema = z.object({
  workload: z.string(),
  title: z.string(),
  /** Floating-point operations of a call in matrix products and convolutions. */
  flops: z.number(),
  contenders: z.array(contenderResultSchema),
  absent: z.array(absentSchema),
  /** OpenBLAS on `limitFlops` operations, in the same rounds. */
  limit: z.array(contenderResultSchema.pick({ threads: true, milliseconds: true })),
  limitFlops: z.number(),
  /** Share of the processors that others used during the turns, 0 to 1; 0 where the system does not say. */
  foreignLoad: z.number(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

/** Time to the first result in a fresh process, in milliseconds, sample by sample. */
export const compileTimeSchema = z.object({
  workload: z.string(),
  title: z.string(),
  contenders: z.array(contenderResultSchema.pick({ peer: true, title: true, version: true, threads: true, milliseconds: true })),
  absent: z.array(absentSchema),
});
export type CompileTime = z.infer<typeof compileTimeSchema>;

const fileSchema = z.object({ origin: originSchema, comparisons: z.array(comparisonSchema), compileTimes: z.array(compileTimeSchema) });
/** One run of the harness: a file of bench/results. */
export type ResultFile = z.infer<typeof fileSchema>;

const FOLDER = 'bench/results';

export async function writeResult(name: string, result: ResultFile): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, `${name}.json`), `${JSON.stringify(result, null, 1)}\n`);
}

/** All committed results, in alphabetical order of their files. */
export async function readResults(): Promise<ResultFile[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(names.map(async (name) => fileSchema.parse(JSON.parse(await readFile(join(FOLDER, name), 'utf8')))));
}
