/**
 * Time to compile one training step, without and with the compile cache on disk.
 *
 *   npm run bench -- compile-cache [--rounds 5]
 *
 * Every round makes new program objects, so that nothing comes from memory. `first` finds an empty folder and fills it;
 * `again` finds what it left. Without a cache nothing is written.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CompileCache } from '../src/compiler/cache/compile-cache.js';
import { engineFor } from '../src/compiler/engines.js';
import { compilerCases, valuesOf, type Step } from './compiler-cases.js';

async function compileTime(make: () => Step, cache: CompileCache | undefined): Promise<number> {
  const { program, signature } = make();
  const state = valuesOf(signature.state);
  const start = performance.now();
  const executable = await engineFor('onnx', { cache }).compile(program, signature, { state, threads: 2 });
  const time = performance.now() - start;
  await executable.dispose();
  return time;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rows: Record<string, Record<string, string>> = {};
for (const [name, make] of Object.entries(compilerCases)) {
  const times = { none: [] as number[], first: [] as number[], again: [] as number[] };
  await compileTime(make, undefined); // the engine itself loads
  for (let round = 0; round < Number(values.rounds); round++) {
    const folder = await mkdtemp(join(tmpdir(), 'rampart-bench-'));
    const open = (): CompileCache => new CompileCache({ folder, maxBytes: 1e9, version: 'bench' });
    times.none.push(await compileTime(make, undefined));
    times.first.push(await compileTime(make, open()));
    times.again.push(await compileTime(make, open()));
    await rm(folder, { recursive: true });
  }
  rows[name] = Object.fromEntries(Object.entries(times).map(([column, list]) => [`${column} (ms)`, median(list).toFixed(0)]));
}
console.table(rows);
