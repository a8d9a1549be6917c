import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DATA_FOLDER_IN_USE } from '../errors/config.errors.js';

const holderSchema = z.object({ token: z.string(), pid: z.int().positive(), host: z.string(), startTicks: z.string(), since: z.string() });
type Holder = z.infer<typeof holderSchema>;

const REFRESH_MS = 5_000;
/** A lock written on another host counts as abandoned after this long without a refresh. */
const FOREIGN_STALE_MS = 20_000;

export interface FolderLock {
  /** True when the lock was left by a process that had died: its work in hand is lost. */
  readonly takenOver: boolean;
  release(): void;
}

/** Start time of a process in clock ticks since boot: tells a holder from a later process that got its number; '' where the system has no /proc. */
function startTicks(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAbandoned(path: string, holder: Holder | undefined): boolean {
  if (holder === undefined) return true;
  if (holder.host !== hostname()) return Date.now() - statSync(path).mtimeMs > FOREIGN_STALE_MS;
  if (!isRunning(holder.pid)) return true;
  return holder.startTicks !== '' && startTicks(holder.pid) !== holder.startTicks;
}

/** Creates `path` with the holder inside, atomically; false when somebody has it. */
function tryCreate(path: string, holder: Holder): boolean {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves an abandoned lock out of the way; puts it back when another process has replaced it in between. */
function evict(path: string, abandoned: Holder | undefined, token: string): boolean {
  const aside = `${path}.${token}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const isSame = readHolder(aside)?.token === abandoned?.token;
  if (!isSame) linkSync(aside, path);
  rmSync(aside, { force: true });
  return isSame;
}

/**
 * Takes the data folder for this process: the embedded database does not lock its files itself. A lock whose process is gone
 * (or whose process number belongs to a later process) is taken over.
 * @throws data-folder-in-use
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'rampart.lock');
  const holder: Holder = { token: randomUUID(), pid: process.pid, host: hostname(), startTicks: startTicks(process.pid), since: new Date().toISOString() };
  let takenOver = false;
  if (!tryCreate(path, holder)) {
    const other = readHolder(path);
    const refused = () => DATA_FOLDER_IN_USE(folder, other?.pid ?? 0, other?.since ?? 'at an unknown time');
    if (!isAbandoned(path, other) || !evict(path, other, holder.token) || !tryCreate(path, holder)) throw refused();
    takenOver = true;
  }
  const refresh = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      clearInterval(refresh);
    }
  }, REFRESH_MS);
  refresh.unref();
  return {
    takenOver,
    release: () => {
      clearInterval(refresh);
      if (readHolder(path)?.token === holder.token) rmSync(path, { force: true });
    },
  };
}
