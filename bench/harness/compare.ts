import { join } from 'node:path';
import { LIMIT, OURS } from '../peers/peer-list.js';
import { readTensors, writeTensors, type RunRequest, type TensorFile, type Times } from '../peers/protocol.js';
import { workloadNamed, type Workload } from '../workloads/index.js';
import { checkAgreement, type Computed } from './agreement.js';
import type { Absent, Contender, Field } from './contenders.js';
import { workloadFlops } from './flops.js';
import { foreignShare, machineIdle, settle, withLoad, type Load } from './processor-time.js';
import type { Comparison } from './results.js';
import { median } from './statistics.js';

export interface CompareOptions {
  readonly rounds: number;
  /** Timed milliseconds of a turn, from which the number of calls follows. */
  readonly turn: number;
  /** For tensor files. */
  readonly folder: string;
}

/** The product that OpenBLAS multiplies beside every workload. */
export const LIMIT_WORKLOAD = 'gemm-1024x1024x1024';
/** A peer whose calls take longer gets fewer of them. */
const SLOW_CALL = 1500;

/** Milliseconds to a tenth of a microsecond: more digits are noise in the stored results. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/** A contender that has computed the right results, and what its turns gave. */
interface Entrant {
  readonly contender: Contender;
  readonly difference: number;
  readonly firstCall: number;
  readonly calls: number;
  readonly warmUp: number;
  readonly milliseconds: number[];
  idleAfter: number;
}

class Unsupported extends Error {}

async function run({ process }: Contender, request: RunRequest): Promise<Times> {
  const answer = await process.ask({ run: request });
  if ('unsupported' in answer) throw new Unsupported(answer.unsupported);
  if (!('milliseconds' in answer)) throw new Error('internal: unexpected answer of a peer');
  return answer;
}

async function load({ process }: Contender, { name, model, options }: Workload, tensors: TensorFile): Promise<void> {
  const answer = await process.ask({ load: { name, model, options, tensors } });
  if ('unsupported' in answer) throw new Unsupported(answer.unsupported);
}

/** Loads the workload and runs the calls whose results are compared. */
async function rehearse(contender: Contender, workload: Workload, tensors: TensorFile, folder: string): Promise<Computed & { milliseconds: number[] }> {
  await load(contender, workload, tensors);
  const outputFile = join(folder, 'outputs');
  const first = await run(contender, { restart: true, warmUp: 0, calls: 1, outputFile });
  const more = workload.agreement.calls - 1;
  const slow = first.milliseconds[0]! > SLOW_CALL;
  const rest = more === 0 ? [] : [await run(contender, { restart: false, warmUp: 0, calls: slow ? Math.min(more, 2) : more })];
  const times = [first, ...rest];
  const again = slow || more > 0 ? times : [...times, await run(contender, { restart: false, warmUp: 1, calls: 1 })];
  return {
    losses: times.flatMap(({ losses }) => losses),
    outputs: first.outputs ? await readTensors(first.outputs) : {},
    milliseconds: again.flatMap(({ milliseconds }) => milliseconds),
  };
}

/** Rehearses every contender; those that cannot run the workload are named as absent. */
async function enter(field: Field, workload: Workload, options: CompareOptions): Promise<{ entrants: Entrant[]; absent: Absent[] }> {
  const tensors = await writeTensors(join(options.folder, workload.name), workload.tensors);
  const entrants: Entrant[] = [];
  const absent: Absent[] = [...field.absent];
  let reference: Computed | undefined;
  for (const contender of field.contenders) {
    const { peer: { name, title }, threads } = contender;
    try {
      const { milliseconds, ...computed } = await rehearse(contender, workload, tensors, options.folder);
      reference ??= computed;
      const difference = checkAgreement(`${workload.name}, ${name} with ${threads} threads`, computed, reference, workload.agreement);
      const estimate = Math.min(...milliseconds);
      entrants.push({
        contender, difference, firstCall: rounded(milliseconds[0]!), milliseconds: [], idleAfter: 0,
        calls: Math.min(50, Math.max(1, Math.round(options.turn / estimate))),
        warmUp: estimate > SLOW_CALL ? 0 : 1,
      });
    } catch (error) {
      if (!(error instanceof Unsupported) || name === OURS) throw error;
      if (!absent.some(({ peer }) => peer === name)) absent.push({ peer: name, title, reason: error.message });
    }
    await settle(contender.process.pid);
  }
  return { entrants, absent };
}

/** Above this share of the processors for others, a turn is tried again. */
const DISTURBED_TURN = 0.15;
const ATTEMPTS = 4;

/** One turn; of several attempts on a busy machine, the one with the least load from others. */
async function takeTurn({ contender, calls, warmUp }: Entrant): Promise<{ milliseconds: number; idleAfter: number; load: Load }> {
  const { pid } = contender.process;
  let best: { milliseconds: number; idleAfter: number; load: Load } | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { result, load } = await withLoad(pid, () => run(contender, { restart: true, warmUp, calls }));
    const turn = { milliseconds: rounded(median(result.milliseconds)), idleAfter: Math.round(await settle(pid)), load };
    if (best === undefined || foreignShare([load]) < foreignShare([best.load])) best = turn;
    if (foreignShare([load]) <= DISTURBED_TURN) break;
    await machineIdle(5000);
  }
  return best!;
}

/** Turn by turn, round by round: while one computes, the threads of the others are idle. Returns the share of others. */
async function play(entrants: readonly Entrant[], rounds: number): Promise<number> {
  const loads: Load[] = [];
  await machineIdle();
  for (let round = 0; round < rounds; round++) {
    for (const entrant of entrants) {
      const { milliseconds, idleAfter, load } = await takeTurn(entrant);
      entrant.milliseconds.push(milliseconds);
      entrant.idleAfter = Math.max(entrant.idleAfter, idleAfter);
      loads.push(load);
    }
  }
  return foreignShare(loads);
}

/** Every contender beside OpenBLAS on its product, after a check of what they compute. The first contender is the reference. */
export async function compare(name: string, field: Field, options: CompareOptions): Promise<Comparison> {
  const workload = workloadNamed(name);
  const limit = workloadNamed(LIMIT_WORKLOAD);
  const isLimit = ({ peer }: { peer: { name: string } }): boolean => peer.name === LIMIT;
  const product = 'product' in workload.entries;
  const playing = { contenders: field.contenders.filter((contender) => contender.peer.workloads !== (product ? 'models' : 'products')), absent: field.absent };
  const { entrants, absent } = await enter(playing, workload, options);
  const beside = product ? [] : (await enter({ contenders: field.contenders.filter(isLimit), absent: [] }, limit, options)).entrants;
  const foreignLoad = await play([...entrants, ...beside], options.rounds);
  return {
    workload: name, title: workload.title, flops: workloadFlops(workload), absent,
    contenders: entrants.map(({ contender: { peer, threads, process }, milliseconds, difference, firstCall, idleAfter }) => ({
      peer: peer.name, title: peer.title, version: process.version, threads, milliseconds, difference, firstCall, idleAfter,
    })),
    limit: (product ? entrants.filter(({ contender }) => isLimit(contender)) : beside).map(({ contender: { threads }, milliseconds }) => ({ threads, milliseconds })),
    limitFlops: workloadFlops(product ? workload : limit),
    foreignLoad: rounded(foreignLoad),
  };
}
