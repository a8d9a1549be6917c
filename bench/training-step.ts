/**
 * Time of one training step (forward, backward, update) against PyTorch and eager TensorFlow.js on the same cores.
 *
 *   npm run bench -- training-step [--rounds 9] [--cases mlp-256,mlp-1024,convnet] [--note TEXT] [--write]
 *
 * RAMPART_BENCH_PYTHON names the Python that has PyTorch (default python3). Every peer starts from the same weights and
 * sees the same batch; the first losses must agree. Then the peers take turns, round by round, and each is judged by its
 * better thread count. --write replaces docs/benchmarks.md; --note adds what else was going on to it.
 */
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { engineFor } from '../src/compiler/engines.js';
import type { EngineName, ExecutableFamily } from '../src/compiler/program.js';
import { PyTorchPeer, type StepTimes } from './pytorch-peer.js';
import { trainingCases, type TrainingCase } from './training-cases.js';

interface Contender {
  readonly name: string;
  readonly threads: number;
  run(steps: number): Promise<StepTimes>;
}

interface CaseResult {
  readonly title: string;
  /** Median milliseconds of the better thread count, by peer. */
  readonly rows: readonly { readonly name: string; readonly threads: number; readonly milliseconds: number; readonly ratio: number }[];
  readonly worstLossDifference: number;
}

const threadCounts = [1, 2];
const checkedSteps = 20;
const losses = (times: readonly StepTimes[]): number[] => times.flatMap((time) => time.losses);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** A program of the product as a contender; the state goes on from round to round, as in a training. */
async function ours(engine: EngineName, name: string, threads: number, step: TrainingCase): Promise<Contender & { family: ExecutableFamily }> {
  const family = await engineFor(engine).compileFamily({ step: step.entry }, step.stateSpecs, { state: step.state, threads });
  let count = 0;
  const run = async (steps: number): Promise<StepTimes> => {
    const times: StepTimes = { milliseconds: [], losses: [] };
    for (let i = 0; i < steps; i++) {
      const inputs = step.inputs(++count);
      const start = performance.now();
      const { loss } = await family.run('step', inputs);
      times.milliseconds.push(performance.now() - start);
      times.losses.push(loss!.data[0]!);
    }
    return times;
  };
  return { name, threads, run, family };
}

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Largest relative difference of two loss sequences, as far as both go; a loss near 0 counts as 0.05. */
function lossDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.slice(0, b.length).map((loss, i) => Math.abs(loss - b[i]!) / Math.max(Math.abs(b[i]!), 0.05)));
}

async function compare(step: TrainingCase, python: string, rounds: number): Promise<CaseResult & { pytorch: string }> {
  const peers = await Promise.all(threadCounts.map(() => PyTorchPeer.start(python, step)));
  const rampart = await Promise.all(threadCounts.map((threads) => ours('onnx', 'Rampart (onnx)', threads, step)));
  const wasm = step.network.architecture === 'mlp' ? [await ours('wasm', 'TensorFlow.js eager (wasm)', 1, step)] : [];
  const torch = peers.map((peer, i): Contender => ({ name: 'PyTorch eager', threads: threadCounts[i]!, run: (steps) => peer.run(steps, threadCounts[i]!) }));
  try {
    const reference = losses([await rampart[0]!.run(checkedSteps)]);
    const worst = [await rampart[1]!.run(checkedSteps), await torch[0]!.run(checkedSteps), await torch[1]!.run(checkedSteps), ...(await Promise.all(wasm.map((peer) => peer.run(3))))]
      .map((times) => lossDifference(reference, times.losses));
    const worstLossDifference = Math.max(...worst);
    if (!(worstLossDifference < 0.01)) throw new Error(`${step.name}: the peers do not compute the same losses: ${worst.join(', ')}`);
    const contenders: readonly Contender[] = [...rampart, ...torch, ...wasm];
    const samples = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contender of contenders) {
        const steps = contender.name.startsWith('TensorFlow') ? 1 : 15;
        await pause(50); // the threads of the contender before stop spinning
        const { milliseconds } = await contender.run(steps);
        samples.get(contender)!.push(median(milliseconds));
      }
    }
    return { title: step.title, rows: tabulate(contenders, samples), worstLossDifference, pytorch: peers[0]!.version };
  } finally {
    await Promise.all([...peers.map((peer) => peer.stop()), ...[...rampart, ...wasm].map(({ family }) => family.dispose())]);
  }
}

/** The better thread count of each peer, and the median over the rounds of its time divided by Rampart's in that round. */
function tabulate(contenders: readonly Contender[], samples: ReadonlyMap<Contender, readonly number[]>): CaseResult['rows'] {
  const names = [...new Set(contenders.map(({ name }) => name))];
  const best = names.map((name) => contenders.filter((contender) => contender.name === name).toSorted((a, b) => median(samples.get(a)!) - median(samples.get(b)!))[0]!);
  const base = samples.get(best[0]!)!;
  return best.map((contender) => ({
    name: contender.name,
    threads: contender.threads,
    milliseconds: median(samples.get(contender)!),
    ratio: median(samples.get(contender)!.map((time, round) => time / base[round]!)),
  }));
}

function report(results: readonly CaseResult[], pytorch: string, rounds: number, note = ''): string {
  const lines = [
    '# Benchmarks',
    '',
    '## One training step',
    '',
    'Forward, backward and update on a fixed batch, through the same `trainingEntries` that a training job runs. The peers start from the',
    'same weights, their first losses are compared, then they take turns (A B A B); a peer is judged by the better of 1 and 2 threads.',
    '`ratio` is the median over the rounds of the peer\'s time divided by Rampart\'s: above 1, Rampart is faster. Peers use their fused optimisers.',
    '',
    '```',
    'RAMPART_BENCH_PYTHON=python3 npm run bench -- training-step --write',
    '```',
    '',
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0]!.model.trim()}, Node.js ${process.version}, PyTorch ${pytorch}, ${rounds} rounds of 15 steps.${note && ` ${note}`}`,
    '',
    '| step | peer | threads | ms (median) | ratio |',
    '|---|---|---|---|---|',
    ...results.flatMap(({ title, rows }) => rows.map((row) => `| ${title} | ${row.name} | ${row.threads} | ${row.milliseconds.toFixed(1)} | ${row.ratio.toFixed(2)} |`)),
    '',
    `Largest relative difference of the first ${checkedSteps} losses between peers: ${Math.max(...results.map(({ worstLossDifference }) => worstLossDifference)).toExponential(1)}.`,
    'TensorFlow.js has no gradient of a convolution on `wasm`, so the convolutional step has no such row.',
    '',
  ];
  return lines.join('\n');
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, cases: { type: 'string' }, note: { type: 'string' }, write: { type: 'boolean', default: false } } });
const chosen = trainingCases.map((make) => make()).filter(({ name }) => !values.cases || values.cases.split(',').includes(name));
const results: CaseResult[] = [];
let version = '';
for (const step of chosen) {
  const result = await compare(step, process.env['RAMPART_BENCH_PYTHON'] ?? 'python3', Number(values.rounds));
  version = result.pytorch;
  results.push(result);
  console.log(result.title);
  console.table(result.rows);
}
const text = report(results, version, Number(values.rounds), values.note);
if (values.write) await writeFile('docs/benchmarks.md', text);
else console.log(text);
