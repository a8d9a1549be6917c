import { DEBIAN, LIMIT, OURS, WASM } from '../peers/peer-list.js';
import { GEMM_WORKLOADS, GENERATOR_WORKLOADS, MAIN_WORKLOADS } from '../workloads/index.js';
import { COMPILED_WORKLOADS } from './compile-time.js';
import { bestThreads, median, medianRatio } from './statistics.js';
import { COMPILE_TARGETS, TARGETS, WASM_TARGET } from './targets.js';
import type { CompileTime, Comparison, ContenderResult, ResultFile } from './results.js';

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

const milliseconds = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const seconds = (value: number): string => (value / 1000).toFixed(2);
const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
/** A ratio, as printed, beside the number that it should not exceed. */
const judged = (ratio: number | undefined, target: number): string =>
  ratio === undefined ? '-' : `${ratio.toFixed(2)} (${Number(ratio.toFixed(2)) <= target ? 'met' : 'not met'}: <= ${target.toFixed(1)})`;

/** Peers of a comparison by the better number of threads; ours apart. */
function ranked({ contenders }: Comparison): { ours: ContenderResult; others: ContenderResult[] } {
  const best = bestThreads(contenders);
  const ours = best.find(({ peer }) => peer === OURS);
  if (ours === undefined) throw new Error('internal: no result of ours');
  const others = best.filter(({ peer }) => peer !== OURS && peer !== LIMIT);
  return { ours, others: others.sort((a, b) => median(a.milliseconds) - median(b.milliseconds)) };
}

const ratioTo = (ours: ContenderResult, other: ContenderResult | undefined): number | undefined =>
  other && medianRatio(ours.milliseconds, other.milliseconds);

/** Operations per nanosecond are GFLOP/s. */
const rate = (flops: number, time: number): number => flops / (time * 1e6);

/** Share of the rate of OpenBLAS with as many threads, in the same rounds. */
function shareOfLimit({ flops, limit, limitFlops }: Comparison, { threads, milliseconds: times }: ContenderResult): number | undefined {
  const same = limit.find((entry) => entry.threads === threads);
  if (same === undefined || flops === 0) return undefined;
  return (flops / limitFlops) / medianRatio(times, same.milliseconds);
}

/** Ours, and its ratios to Debian's PyTorch and to the best peer. */
function ratioCells(comparison: Comparison): string[] {
  const { ours, others } = ranked(comparison);
  const target = TARGETS[comparison.workload]!;
  const [best] = others;
  return [
    comparison.title,
    `${milliseconds(median(ours.milliseconds))} (${ours.threads})`,
    judged(ratioTo(ours, others.find(({ peer }) => peer === DEBIAN)), target.debian),
    judged(ratioTo(ours, best), target.best),
    best ? `${best.title} ${best.version}` : '-',
  ];
}

function mainRow(comparison: Comparison): string[] {
  const { ours, others } = ranked(comparison);
  const time = median(ours.milliseconds);
  const wasm = others.find(({ peer }) => peer === WASM);
  const ratio = ratioTo(ours, wasm);
  const share = shareOfLimit(comparison, ours);
  return [
    ...ratioCells(comparison),
    share === undefined ? '-' : `${rate(comparison.flops, time).toFixed(0)}, ${percent(share)}`,
    ratio === undefined ? 'cannot run it' : `${(1 / ratio).toFixed(0)} (${1 / ratio >= WASM_TARGET ? 'met' : 'not met'}: >= ${WASM_TARGET})`,
  ];
}

/** Every contender with every number of threads; its ratio is to the better number of ours. */
function details(comparison: Comparison): string[] {
  const { ours } = ranked(comparison);
  const rows = comparison.contenders.map((entry) => [
    entry.title, entry.version, `${entry.threads}`, milliseconds(median(entry.milliseconds)),
    `${milliseconds(Math.min(...entry.milliseconds))} - ${milliseconds(Math.max(...entry.milliseconds))}`,
    medianRatio(ours.milliseconds, entry.milliseconds).toFixed(2), entry.difference.toExponential(1),
  ]);
  const idle = Math.max(...comparison.contenders.map(({ idleAfter }) => idleAfter));
  return [
    `### ${comparison.title}`, '',
    ...table(['peer', 'version', 'threads', 'ms', 'range over rounds', 'ours / peer', 'difference'], rows), '',
    `${comparison.contenders[0]!.milliseconds.length} rounds. Others used ${(100 * comparison.foreignLoad).toFixed(1)} % of the processors during the turns. Threads were idle at most ${idle.toFixed(0)} ms after a turn.`,
    ...absences(comparison), '',
  ];
}

/** Above this share of the processors, others may have changed a result. */
const DISTURBED = 0.1;

function disturbances(comparisons: readonly Comparison[]): string[] {
  const names = comparisons.filter(({ foreignLoad }) => foreignLoad > DISTURBED).map(({ title }) => title);
  return names.length === 0 ? [] : [`Disturbed, others used more than ${percent(DISTURBED)} of the processors: ${names.join('; ')}.`, ''];
}

const absences = ({ absent }: Pick<Comparison, 'absent'>): string[] => absent.map(({ title, reason }) => `Not in the table: ${title} (${reason}).`);

const THREADS = [1, 2];

function contender({ contenders }: Comparison, peer: string, threads: number): ContenderResult | undefined {
  return contenders.find((entry) => entry.peer === peer && entry.threads === threads);
}

/** Rate of our product over that of OpenBLAS, both with `threads`. */
function productShare(product: Comparison, threads: number): number | undefined {
  const [ours, limit] = [contender(product, OURS, threads), contender(product, LIMIT, threads)];
  return ours && limit && 1 / medianRatio(ours.milliseconds, limit.milliseconds);
}

function gemmRows(product: Comparison): string[][] {
  return THREADS.filter((threads) => contender(product, OURS, threads)).map((threads) => {
    const cell = (peer: string): string => {
      const entry = contender(product, peer, threads);
      return entry ? rate(product.flops, median(entry.milliseconds)).toFixed(0) : '-';
    };
    const share = productShare(product, threads);
    return [product.title, `${threads}`, cell(OURS), cell(LIMIT), share === undefined ? '-' : percent(share), cell(DEBIAN), cell('pytorch'), cell('jax')];
  });
}

/** The median over the products of our share of OpenBLAS's rate. */
function gemmSummary(products: readonly Comparison[]): string {
  const shares = THREADS.flatMap((threads) => {
    const known = products.map((product) => productShare(product, threads)).filter((share) => share !== undefined);
    return known.length === 0 ? [] : [`${percent(median(known))} with ${threads} ${threads === 1 ? 'thread' : 'threads'}`];
  });
  return `Ours / OpenBLAS, median over the products: ${shares.join(', ')}.`;
}

function compileRow({ workload, title, contenders }: CompileTime): string[] {
  const of = (peer: string): number[] | undefined => contenders.find((entry) => entry.peer === peer)?.milliseconds;
  const target = COMPILE_TARGETS[workload]!;
  const ours = of(OURS)!;
  const cell = (peer: string): string => {
    const times = of(peer);
    return times ? `${seconds(median(times))}; ${judged(medianRatio(ours, times), target.ratio)}` : '-';
  };
  const time = median(ours);
  return [title, `${seconds(time)} (${time <= 1000 * target.seconds ? 'met' : 'not met'}: <= ${target.seconds})`, cell('pytorch-compile'), cell('jax')];
}

/** Results in the order of `names`; those without a result are left out. */
const inOrder = <T extends { readonly workload: string }>(results: readonly T[], names: readonly string[]): T[] =>
  names.flatMap((name) => results.filter(({ workload }) => workload === name));

function introduction(files: readonly ResultFile[]): string[] {
  const software = [...new Set(files.flatMap(({ origin }) => Object.entries(origin.software).map(([name, version]) => `${name} ${version}`)))];
  return [
    '<!-- written by: npm run bench -- --write, from bench/results/*.json -->',
    '# Benchmarks', '',
    'The same model, batch, numbers (float32) and optimiser for every peer, from the same weights. Before anything is timed, the first losses or the',
    'outputs of all are compared. Then they take turns, round by round (A B A B), each in a process of its own, with 1 and with 2 threads; a turn',
    'begins at the starting weights and counts as the median of its calls. Each peer is judged by the better number of threads.',
    '**Ratios are ours / theirs, the median over the rounds: below 1, Rampart is faster.** Between turns the harness waits until the threads of the',
    'last peer have stopped spinning.', '',
    ...new Set(files.map(({ origin }) => `Machine: ${origin.machine}.`)),
    `Software: ${software.join(', ')}.`, '',
  ];
}

const PEER_NOTES = [
  '## The peers', '',
  '- Rampart: the programs of the product (`trainingEntries`, `startAttack`), compiled by the engine `onnx`. The LSTM is unrolled.',
  '- PyTorch: convolutions in channels-last layout, which is its faster one on 2 threads; fused optimisers, and `foreach` ones in 1.13, which has none for the CPU. Compiled: `torch.compile` of the loss in its default mode.',
  '  `torch.compile` leaves LSTMs to eager mode.',
  '- JAX: one `jit` for the whole step, state donated, LSTM by `lax.scan`. With 1 thread the process is bound to one core.',
  '- TensorFlow.js eager: the same programs operation by operation, state in tensors of the backend; `wasm` has one thread in Node.js, tfjs-node one for each core.',
  `- OpenBLAS: \`numpy.matmul\` of 1024 x 1024 matrices, measured in the same rounds; the share is of its rate with as many threads as ours.`, '',
];

/** The tables of results, without an introduction. */
export function resultTables(files: readonly ResultFile[]): string {
  return [...summaries(files), '', ...allContenders(files)].join('\n');
}

function summaries(files: readonly ResultFile[]): string[] {
  const comparisons = files.flatMap((file) => file.comparisons);
  const main = inOrder(comparisons, Object.keys(MAIN_WORKLOADS));
  const generators = inOrder(comparisons, Object.keys(GENERATOR_WORKLOADS));
  const products = inOrder(comparisons, Object.keys(GEMM_WORKLOADS));
  const compileTimes = inOrder(files.flatMap((file) => file.compileTimes), COMPILED_WORKLOADS);
  return [
    ...(main.length === 0 ? [] : [
      '## Steps and attacks', '',
      ...table(['workload', 'ours, ms (threads)', 'ours / Debian\'s PyTorch', 'ours / best of all peers', 'best peer', 'GFLOP/s, share of OpenBLAS', 'wasm eager / ours'], main.map(mainRow)), '',
      ...disturbances(main),
    ]),
    ...(generators.length === 0 ? [] : [
      '## Generators', '',
      'Training steps as the jobs run them, with the default networks: all players move from the same values, each by its own Adam, and the averages of encoder and decoder follow.',
      'PyTorch computes what the losses share once, and the same outputs. Sampling: the signature `decode` on latents that are fed, finiteness check and joining of the batches included.',
      'Peers are both PyTorch in eager mode: the two losses are not written for `torch.compile`, and nothing of it for JAX; compiled sampling was left out for time.', '',
      ...table(['workload', 'ours, ms (threads)', 'ours / Debian\'s PyTorch', 'ours / best of all peers', 'best peer'], generators.map(ratioCells)), '',
      ...disturbances(generators),
    ]),
    ...(compileTimes.length === 0 ? [] : [
      '## Compile time', '',
      'Seconds of the first training step in a fresh process with 2 threads and empty caches, imports excluded: trace, compilation and one step. Ratios as above.', '',
      ...table(['workload', 'ours', 'torch.compile', 'JAX'], compileTimes.map(compileRow)), '',
      ...new Set(compileTimes.flatMap(absences)),
    ]),
    ...(products.length === 0 ? [] : [
      '## Single matrix products', '',
      'GFLOP/s; ours is one `matMul` whose operands and result stay in the engine, so it is ONNX Runtime\'s product.', '',
      ...table(['product', 'threads', 'ours', 'OpenBLAS', 'ours / OpenBLAS', 'Debian\'s PyTorch', 'PyTorch', 'JAX'], products.flatMap(gemmRows)), '',
      gemmSummary(products), '',
    ]),
  ];
}

const allContenders = (files: readonly ResultFile[]): string[] =>
  inOrder(files.flatMap((file) => file.comparisons), Object.keys({ ...MAIN_WORKLOADS, ...GENERATOR_WORKLOADS })).flatMap(details);

/** docs/benchmarks.md from the results; the same results give the same text. */
export function page(files: readonly ResultFile[]): string {
  const runs = files.map(({ origin }) => [`\`${origin.command}\``, origin.date]);
  return [
    ...introduction(files),
    ...summaries(files),
    ...PEER_NOTES,
    '## All contenders', '',
    ...allContenders(files),
    '## Runs', '',
    ...table(['command', 'date'], runs), '',
    'Claims about single parts of the compiler, with their verdicts: [bench/claims/results/compiler.md](../bench/claims/results/compiler.md).',
    'How to run and extend the benchmarks: [bench/README.md](../bench/README.md).', '',
  ].join('\n');
}
