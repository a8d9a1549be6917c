import { join } from 'node:path';
import { PeerMissing, PeerProcess } from '../peers/peer-process.js';
import type { Peer } from '../peers/peer-list.js';

/** A peer with a number of threads, running. */
export interface Contender {
  readonly peer: Peer;
  readonly threads: number;
  readonly process: PeerProcess;
}

/** A peer that does not take part, and why. */
export interface Absent {
  readonly peer: string;
  readonly title: string;
  readonly reason: string;
}

export interface Field {
  readonly contenders: readonly Contender[];
  readonly absent: readonly Absent[];
}

async function startPeer(peer: Peer, folder: string): Promise<Contender[] | Absent> {
  const started: Contender[] = [];
  try {
    for (const threads of peer.threads) {
      const command = peer.command(threads);
      if (command === undefined) throw new PeerMissing('not configured');
      started.push({ peer, threads, process: await PeerProcess.start(command, join(folder, `${peer.name}-${threads}.log`)) });
    }
    return started;
  } catch (error) {
    await Promise.all(started.map(({ process }) => process.stop()));
    if (!(error instanceof PeerMissing)) throw error;
    return { peer: peer.name, title: peer.title, reason: `${error.message}; ${peer.advice}` };
  }
}

/** Starts every peer with each of its thread counts. Logs go to `folder`. */
export async function startField(peers: readonly Peer[], folder: string): Promise<Field> {
  const results = await Promise.all(peers.map((peer) => startPeer(peer, folder)));
  return {
    contenders: results.flatMap((result) => (Array.isArray(result) ? result : [])),
    absent: results.flatMap((result) => (Array.isArray(result) ? [] : [result])),
  };
}

export async function stopField({ contenders }: Field): Promise<void> {
  await Promise.all(contenders.map(({ process }) => process.stop()));
}
