import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rampart-lock-'));
  path = join(folder, 'rampart.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const leave = (pid: number, startTicks: string, host = hostname()): void =>
  writeFileSync(path, JSON.stringify({ token: 'other', pid, host, startTicks, since: '2026-01-01T00:00:00.000Z' }));

describe('the lock of the data folder', () => {
  it('refuses a second holder with the process that has it, and is free after the release', () => {
    const lock = lockFolder(folder);
    expect(lock.takenOver).toBe(false);
    expect(() => lockFolder(folder)).toThrowError(new RegExp(`is held by process ${process.pid}, started 20`));
    lock.release();
    expect(existsSync(path)).toBe(false);
    lockFolder(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a dead process', () => {
    leave(spawnSync('true').pid, '1');
    const lock = lockFolder(folder);
    expect(lock.takenOver).toBe(true);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    lock.release();
  });

  it('tells a later process with the same number from the holder', () => {
    leave(process.ppid, 'not its start');
    expect(lockFolder(folder).takenOver).toBe(true);
  });

  it('respects a live process, and a fresh lock of another host', () => {
    leave(process.ppid, '');
    expect(() => lockFolder(folder)).toThrowError(/held by process/);
    leave(1, '1', 'elsewhere');
    expect(() => lockFolder(folder)).toThrowError(/held by process 1/);
    utimesSync(path, new Date(0), new Date(0));
    expect(lockFolder(folder).takenOver).toBe(true);
  });

  it('takes over an unreadable lock', () => {
    writeFileSync(path, '{');
    expect(lockFolder(folder).takenOver).toBe(true);
  });

  it('does not remove the lock of a successor', () => {
    const lock = lockFolder(folder);
    leave(process.ppid, '');
    lock.release();
    expect(existsSync(path)).toBe(true);
  });
});
