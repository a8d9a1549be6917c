import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux counts processor time in hundredths of a second, whatever its internal clock. */
const MILLISECONDS_PER_TICK = 10;
/** Where the system does not say what a process uses. */
const BLIND_PAUSE = 200;

const read = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

/** Processor time of a process with all its threads, in milliseconds; undefined outside of Linux. */
export async function processTime(pid: number): Promise<number | undefined> {
  const text = await read(`/proc/${pid}/stat`);
  // Fields 14 and 15 (user and system time), counted after the command name, which may have spaces.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) * MILLISECONDS_PER_TICK;
}

/** Processor time that anything used on this machine, or that was taken from it, in milliseconds; undefined outside of Linux. */
export async function machineTime(): Promise<number | undefined> {
  const line = /^cpu +(.*)$/m.exec((await read('/proc/stat')) ?? '')?.[1];
  if (line === undefined) return undefined;
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = line.split(' ').map(Number);
  return (user! + nice! + system! + interrupts! + softInterrupts! + stolen!) * MILLISECONDS_PER_TICK;
}

/**
 * Waits until a process has stopped using processors: threads of its pools spin for a while after their work.
 * @returns how long that took, in milliseconds
 */
export async function settle(pid: number, limit = 3000): Promise<number> {
  const start = performance.now();
  let before = await processTime(pid);
  if (before === undefined) await sleep(BLIND_PAUSE);
  while (before !== undefined && performance.now() - start < limit) {
    await sleep(3 * MILLISECONDS_PER_TICK);
    const now = await processTime(pid);
    if (now === before) break;
    before = now;
  }
  return performance.now() - start;
}

/**
 * Waits until the whole machine does next to nothing: peers may have started helper processes, such as the compile
 * workers of torch.compile. Gives up after `limit` milliseconds.
 */
export async function machineIdle(limit = 30_000): Promise<void> {
  const window = 500;
  const end = performance.now() + limit;
  let before = await machineTime();
  while (before !== undefined && performance.now() < end) {
    await sleep(window);
    const now = await machineTime();
    if (now === undefined || now - before < 0.03 * window * availableParallelism()) return;
    before = now;
  }
}

/** What was used during a piece of work, in milliseconds. */
export interface Load {
  /** Processor time of others than the process at work. */
  readonly foreign: number;
  /** Processor time that there was. */
  readonly available: number;
}

/** Share of the processors that others used, 0 to 1; 0 where the system does not say. */
export const foreignShare = (loads: readonly Load[]): number => {
  const available = loads.reduce((sum, load) => sum + load.available, 0);
  return available === 0 ? 0 : loads.reduce((sum, load) => sum + load.foreign, 0) / available;
};

/** Runs `work`, which is done by the process `pid`, and measures what others use meanwhile. */
export async function withLoad<T>(pid: number, work: () => Promise<T>): Promise<{ result: T; load: Load }> {
  const [own, all, start] = [await processTime(pid), await machineTime(), performance.now()];
  const result = await work();
  const [ownAfter, allAfter] = [await processTime(pid), await machineTime()];
  if (own === undefined || ownAfter === undefined || all === undefined || allAfter === undefined) return { result, load: { foreign: 0, available: 0 } };
  return { result, load: { foreign: Math.max(0, allAfter - all - (ownAfter - own)), available: (performance.now() - start) * availableParallelism() } };
}
