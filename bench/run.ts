/**
 * Rampart against its peers; docs/benchmarks.md shows the committed results.
 *
 *   npm run bench -- [WORKLOAD ... | gemm | compile-time | page] [--rounds 3] [--turn 200] [--peers rampart,jax] [--write]
 *
 * Without a name everything runs, in about a quarter of an hour. A turn is at least one call and about 200 ms of calls.
 * RAMPART_BENCH_PYTHON names a Python with current PyTorch, RAMPART_BENCH_JAX_PYTHON one with JAX (default: the same),
 * RAMPART_BENCH_DEBIAN_PYTHON the one with Debian's PyTorch (default /usr/bin/python3). A peer that is missing is left out
 * and named. --write stores the results in bench/results and writes the page again; single products are only printed.
 * `page` writes the page from the stored results.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { compare } from './harness/compare.js';
import { COMPILED_WORKLOADS, compileTime } from './harness/compile-time.js';
import { startField, stopField } from './harness/contenders.js';
import { page, resultTables } from './harness/page.js';
import { readResults, writeResult, type Origin, type ResultFile } from './harness/results.js';
import { allPeers } from './peers/peer-list.js';
import { GEMM_WORKLOADS, GENERATOR_WORKLOADS, MAIN_WORKLOADS } from './workloads/index.js';

const COMPILE_TIME = 'compile-time';
const GEMM = 'gemm';
const PAGE = 'page';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' }, turn: { type: 'string', default: '200' },
    peers: { type: 'string' }, write: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const groups = [...Object.keys(MAIN_WORKLOADS), ...Object.keys(GENERATOR_WORKLOADS), GEMM, COMPILE_TIME];
const names = positionals.length > 0 ? positionals : groups;
for (const name of names) {
  if (groups.includes(name) || name in GEMM_WORKLOADS || name === PAGE) continue;
  throw new Error(`no benchmark '${name}'; there are ${[...groups, ...PAGE, ...Object.keys(GEMM_WORKLOADS)].join(', ')}`);
}
const wanted = values.peers?.split(',');
const peers = allPeers(process.env).filter(({ name }) => wanted?.includes(name) ?? true);

function origin(): Origin {
  const { dependencies } = z.object({ dependencies: z.record(z.string(), z.string()) }).parse(createRequire(import.meta.url)('../../../package.json'));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpus()[0]!.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`,
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`,
    software: { 'Node.js': process.version, 'onnxruntime-node': dependencies['onnxruntime-node']!, 'TensorFlow.js': dependencies['@tensorflow/tfjs-core']! },
  };
}

async function store(name: string, result: Omit<ResultFile, 'origin'>): Promise<void> {
  const file: ResultFile = { origin: origin(), ...result };
  console.log(resultTables([file]));
  if (values.write && groups.includes(name)) await writeResult(name, file);
}

const folder = await mkdtemp(join(tmpdir(), 'rampart-bench-'));
const logs = '.cache/bench/logs';
await mkdir(logs, { recursive: true });
try {
  const compared = names.filter((name) => name !== COMPILE_TIME && name !== PAGE);
  if (compared.length > 0) {
    const field = await startField(peers, logs);
    try {
      for (const name of compared) {
        const options = { rounds, turn: Number(values.turn), folder };
        const comparisons = [];
        for (const workload of name === GEMM ? Object.keys(GEMM_WORKLOADS) : [name]) comparisons.push(await compare(workload, field, options));
        await store(name, { comparisons, compileTimes: [] });
      }
    } finally {
      await stopField(field);
    }
  }
  if (names.includes(COMPILE_TIME)) {
    const compileTimes = [];
    for (const name of COMPILED_WORKLOADS) compileTimes.push(await compileTime(name, peers, rounds, { folder, logs }));
    await store(COMPILE_TIME, { comparisons: [], compileTimes });
  }
  if (values.write || names.includes(PAGE)) await writeFile('docs/benchmarks.md', page(await readResults()));
} finally {
  await rm(folder, { recursive: true, force: true });
}
