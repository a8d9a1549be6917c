import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readSafetensors, writeSafetensors } from '../bundles/safetensors.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import { checkpointDamaged, checkpointWriteFailed } from '../errors/training.errors.js';

const STATE_FILE = 'state.safetensors';
const RECORD_FILE = 'checkpoint.json';

/** Everything besides tensors that a resumed run needs. The random state and the data cursor follow from `step`. */
const recordSchema = z.object({
  formatVersion: z.literal(1),
  /** Completed steps. */
  step: z.int().min(0),
  /** SHA-256 of options, data set and engine: a checkpoint only continues its own training. */
  identity: z.string(),
  /** Sums since the last report of training metrics. */
  running: z.record(z.string(), z.number()),
  earlyStop: z.object({ best: z.number().nullable(), stale: z.int() }),
  metrics: z.record(z.string(), z.number()),
  state: z.object({ sha256: z.string() }),
});

export type CheckpointRecord = Omit<z.infer<typeof recordSchema>, 'formatVersion' | 'state'>;

export interface Checkpoint extends CheckpointRecord {
  readonly tensors: NamedHostTensors;
}

export const checkpointName = (step: number): string => `checkpoint-${step}`;

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes `folder/checkpoint-<step>`: beside it first, then renamed, so that a folder of that name is complete.
 * @returns its path
 * @throws checkpoint-write-failed; older checkpoints stay as they are
 */
export async function writeCheckpoint(folder: string, { tensors, ...record }: Checkpoint): Promise<string> {
  const target = join(folder, checkpointName(record.step));
  const partial = `${target}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const { sha256 } = await writeSafetensors(join(partial, STATE_FILE), tensors);
    await writeDurably(join(partial, RECORD_FILE), JSON.stringify({ formatVersion: 1, ...record, state: { sha256 } }));
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
    return target;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw checkpointWriteFailed(record.step, error instanceof Error ? error.message : String(error));
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * Reads a checkpoint folder and checks its digest.
 * @throws checkpoint-damaged
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  try {
    const { step, identity, running, earlyStop, metrics, state } = recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD_FILE), 'utf8')));
    const path = join(folder, STATE_FILE);
    if ((await sha256Of(path)) !== state.sha256) throw new Error(`the SHA-256 of ${STATE_FILE} is not the recorded one`);
    return { step, identity, running, earlyStop, metrics, tensors: (await readSafetensors(path)).tensors };
  } catch (error) {
    throw checkpointDamaged(folder, error instanceof Error ? error.message : String(error));
  }
}

/** The checkpoint of the highest step in a folder, if there is one. */
export async function latestCheckpoint(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const steps = names.flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return steps.length === 0 ? undefined : join(folder, checkpointName(Math.max(...steps)));
}

/** Removes every checkpoint but that of `step`, and unfinished ones. */
export async function keepOnly(folder: string, step: number): Promise<void> {
  const names = await readdir(folder);
  const others = names.filter((name) => /^checkpoint-\d+(\.partial)?$/.test(name) && name !== checkpointName(step));
  await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
