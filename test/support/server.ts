import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Api } from './api.js';

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
const START_LIMIT_MS = 40_000;

/** The compiled program as a child process on a free loopback port. */
export class Server {
  readonly api: Api;

  private constructor(readonly url: string, readonly data: string, readonly child: ChildProcess, private readonly log: string[]) {
    this.api = new Api(url);
  }

  /** Starts the program; `data` is a new temporary folder unless an earlier server left one. */
  static async start(data?: string, environment: Record<string, string> = {}): Promise<Server> {
    const folder = data ?? (await mkdtemp(join(tmpdir(), 'rampart-test-')));
    const child = spawn(process.execPath, [MAIN, '--port', '0', '--data', folder], {
      env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
    const url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ready line within ${START_LIMIT_MS} ms:\n${log.join('\n')}`)), START_LIMIT_MS);
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.push(line);
        const match = /^ready (http:\/\/\S+)/.exec(line);
        if (match !== null) {
          clearTimeout(timer);
          resolve(match[1]!);
        }
      });
      child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with code ${code}:\n${log.join('\n')}`));
      });
    });
    return new Server(url, folder, child, log);
  }

  get output(): string {
    return this.log.join('\n');
  }

  /** Sends a signal and waits for the end; gives the exit code. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.data, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Process ids of the forked compute processes, from Linux's /proc. */
  async computeProcesses(): Promise<number[]> {
    const found: number[] = [];
    for (const entry of await readdir('/proc')) {
      const status = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '') : '';
      if (new RegExp(`^PPid:\\s+${this.child.pid}$`, 'm').test(status)) found.push(Number(entry));
    }
    return found;
  }
}
