import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { OURS, type Peer } from '../peers/peer-list.js';
import { PeerMissing, PeerProcess, type PeerCommand } from '../peers/peer-process.js';
import { writeTensors, type TensorFile } from '../peers/protocol.js';
import { workloadNamed, type Workload } from '../workloads/index.js';
import { lossDifference } from './agreement.js';
import type { Absent } from './contenders.js';
import type { CompileTime } from './results.js';

/** For files that are passed on, and for what the peers print. */
interface Folders {
  readonly folder: string;
  readonly logs: string;
}

/** Workloads whose compile time is measured: many sizes of graph, none with data of its own. */
export const COMPILED_WORKLOADS = ['mlp-256', 'preact-resnet18', 'lstm'] as const;
/** Peers that compile. */
const COMPILERS: readonly string[] = [OURS, 'pytorch-compile', 'jax'];
const THREADS = 2;

interface Sample {
  readonly version: string;
  readonly milliseconds: number;
  readonly loss: number;
}

/** Samples of one compiler, with the loss of the first. */
interface Entrant {
  readonly result: CompileTime['contenders'][number];
  readonly loss: number;
}

/** Milliseconds of the first call in a fresh process, from the program to its first result. Imports are done before. */
async function sample(command: PeerCommand, { name, model, options }: Workload, tensors: TensorFile, { folder, logs }: Folders): Promise<Sample | Absent['reason']> {
  const cold = { ...command, environment: { ...command.environment, TORCHINDUCTOR_CACHE_DIR: await mkdtemp(join(folder, 'inductor-')) } };
  const peer = await PeerProcess.start(cold, join(logs, 'compile-time.log'));
  try {
    const loaded = await peer.ask({ load: { name, model, options, tensors } });
    if ('unsupported' in loaded) return loaded.unsupported;
    const answer = await peer.ask({ run: { restart: false, warmUp: 0, calls: 1 } });
    if ('unsupported' in answer) return answer.unsupported;
    if (!('milliseconds' in answer)) throw new Error('internal: unexpected answer of a peer');
    return { version: peer.version, milliseconds: Math.round(answer.milliseconds[0]!), loss: answer.losses[0]! };
  } finally {
    await peer.stop();
  }
}

/** One sample of each compiler after the other, `rounds` times. */
export async function compileTime(name: string, peers: readonly Peer[], rounds: number, folders: Folders): Promise<CompileTime> {
  const workload = workloadNamed(name);
  const tensors = await writeTensors(join(folders.folder, workload.name), workload.tensors);
  const absent: Absent[] = [];
  const entrants: Entrant[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers.filter(({ name: of }) => COMPILERS.includes(of) && !absent.some((missing) => missing.peer === of))) {
      const command = peer.command(THREADS);
      const result = command ? await sample(command, workload, tensors, folders).catch(reasonOf) : 'not configured';
      if (typeof result === 'string') {
        absent.push({ peer: peer.name, title: peer.title, reason: `${result}; ${peer.advice}` });
        continue;
      }
      const known = entrants.find((entrant) => entrant.result.peer === peer.name);
      if (known) known.result.milliseconds.push(result.milliseconds);
      else {
        const { version, milliseconds, loss } = result;
        entrants.push({ loss, result: { peer: peer.name, title: peer.title, version, threads: THREADS, milliseconds: [milliseconds] } });
      }
    }
  }
  const difference = lossDifference(entrants.map(({ loss }) => loss), entrants.map(() => entrants[0]!.loss));
  if (!(difference <= workload.agreement.loss)) throw new Error(`${name}: first losses differ by ${difference}`);
  return { workload: name, title: workload.title, contenders: entrants.map(({ result }) => result), absent };
}

function reasonOf(error: unknown): string {
  if (error instanceof PeerMissing) return error.message;
  throw error;
}
