import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../../../test/support/test-database.js';
import { engineFor } from '../../compiler/engines.js';
import type { Database } from '../../persistence/data-source.js';
import { ExpressionRepository } from '../../persistence/repositories/expression.repository.js';
import { FileSystemStore } from '../../storage/file-system-store.js';
import { ExpressionHost } from './expression-host.js';
import { ExpressionRuntime } from './expression-runtime.js';
import { ExpressionStates } from './expression-states.js';
import type { RequestOf, ResultOf, WorkItem, WorkKind } from './protocol.js';

const SETTINGS = { limits: { elements: 4000 }, stateBytes: 1024, threads: 1, cacheSize: 2 } as const;
const COUNTER = 'shared k: int32 = 0\nupdate k = k + 1\noutput k';

let folder: string;
let database: Database;
let repository: ExpressionRepository;
let states: ExpressionStates;
const hosts: ExpressionHost[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rampart-expressions-'));
  database = await openTestDatabase();
  repository = new ExpressionRepository(database.dataSource);
  states = new ExpressionStates(await FileSystemStore.open(folder));
});
afterAll(async () => {
  for (const host of hosts) await host.dispose();
  await database.close();
  await rm(folder, { recursive: true });
});

/** A runtime as an api process of its own has it, computing here. */
function runtime(): ExpressionRuntime {
  const host = new ExpressionHost(SETTINGS, engineFor('cpu'));
  hosts.push(host);
  let last: Promise<unknown> = Promise.resolve();
  const run = <K extends WorkKind>(kind: K, request: RequestOf<K>): Promise<ResultOf<K>> => {
    const result = last.then(() => host.perform({ kind, request } as WorkItem) as Promise<ResultOf<K>>); // one at a time, as a process does
    last = result.catch(() => undefined);
    return result;
  };
  return new ExpressionRuntime({ run, close: () => Promise.resolve() }, states, repository, 100);
}

async function stored(name: string, source: string) {
  const { signature } = await runtime().describe(source, {});
  return repository.create({ name, source, signature });
}

const objects = async (id: string): Promise<string[]> => (await readdir(join(folder, 'expressions', id, 'state')).catch(() => []));

describe(ExpressionRuntime.name, () => {
  it('loses no call and counts none twice, with three processes at once', async () => {
    const { id } = await stored('raced', COUNTER);
    const processes = [runtime(), runtime(), runtime()];
    const seen = await Promise.all(processes.flatMap((each) => Array.from({ length: 8 }, async () => (await each.evaluate(id, {}, false)).outputs['k']!.data[0])));
    expect(seen.sort((a, b) => a! - b!)).toEqual(Array.from({ length: 24 }, (_, i) => i));
    expect(await repository.get(id)).toMatchObject({ stateVersion: 24 });
    expect(await objects(id)).toHaveLength(1); // states that were replaced, or that lost, are gone
    for (const each of processes) expect((await each.read('state', id, { swap: {} }))['k']!.data[0]).toBe(24);
  });

  it('needs no state of an expression without updates', async () => {
    const { id } = await stored('pure', 'input x: float32[n]\noutput y = x + 1');
    const { outputs, stateVersion } = await runtime().evaluate(id, { x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } }, false);
    expect([outputs['y']!.data, stateVersion]).toEqual([Float32Array.of(2, 3), 0]);
    expect(await objects(id)).toEqual([]);
  });

  it('goes back to what the row says when a call came to nothing', async () => {
    const { id } = await stored('failing', COUNTER);
    const one = runtime();
    await one.evaluate(id, {}, false);
    await database.dataSource.query(`UPDATE expressions SET "stateVersion" = 0, "stateKey" = NULL WHERE id = '${id}'`);
    expect((await one.evaluate(id, {}, false)).outputs['k']!.data[0]).toBe(0); // the first values once more
  });

  it('keeps no more compiled than it may, and finds each state again', async () => {
    const one = runtime();
    const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => (await stored(`kept-${name}`, COUNTER)).id));
    for (let round = 0; round < 3; round++) for (const id of ids) expect((await one.evaluate(id, {}, false)).outputs['k']!.data[0]).toBe(round);
  });

  it('derives an objective by the logits, within the limits', async () => {
    const one = runtime();
    const call = { classes: 2, pointer: '/objective', logits: Float32Array.of(1, 2, 3, 5), labels: Int32Array.of(0, 1) };
    const source = (factor: string): string => `input logits: float32[n, k]\ninput targets: float32[n, k]\noutput objective = sum(logits ^ 2 * targets, axis: 1)${factor}`;
    expect(await one.objectiveGradient({ ...call, source: source('') })).toEqual(Float32Array.of(2, 0, 0, 10));
    await expect(one.objectiveGradient({ ...call, source: source(' * sum(zeros([4001]))') })).rejects.toMatchObject({ code: 'expression-limit', errors: [{ pointer: '/objective/source' }] });
  });

  it('copies state, deletes with it, refuses too much of it', async () => {
    const { id } = await stored('whole', COUNTER);
    const one = runtime();
    await one.evaluate(id, {}, false);
    const copy = await one.copy(id, 'part', {});
    await expect(one.copy(id, 'part', {})).rejects.toMatchObject({ code: 'name-taken' });
    await one.delete('whole');
    expect(await objects(id)).toEqual([]);
    expect((await one.evaluate('part', {}, false)).outputs['k']!.data[0]).toBe(1);
    await one.delete(copy.id);
    await expect(one.evaluate('part', {}, false)).rejects.toMatchObject({ code: 'expression-not-found' });
    await expect(one.describe('shared w: float32[257] = zeros\noutput w', {})).rejects.toMatchObject({ code: 'expression-state-too-large', message: expect.stringContaining('1028 bytes; at most 1024') as string });
  });
});
