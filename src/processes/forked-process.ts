import { fork, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Computation gives way to the api and the leases when cores are short. */
const NICENESS = 5;
const LAST_LINES = 20;
const LINE_LENGTH = 500;

/** Only what a computation needs: no credentials of the database or the store. */
const PASSED_VARIABLES = /^(PATH|HOME|TMPDIR|TEMP|TMP|TZ|LANG|LC_.*|SYSTEMROOT|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH|NODE_PATH|CUDA_.*|NVIDIA_.*|VK_.*|TF_.*|OMP_.*)$/;

export interface ProcessEnd {
  /** In words: `exit code 1` or `signal SIGKILL`. */
  readonly cause: string;
  /** Last lines of its standard output and error. */
  readonly lastLines: string;
}

/** A forked process that computes; it gets messages `In` and sends messages `Out`, and dies with this process. */
export class ForkedProcess<In extends object, Out extends object> {
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  /** Resolves when the process is gone and its last messages were handed on. */
  readonly ended: Promise<ProcessEnd>;

  constructor(entry: string, options: { readonly heapMegabytes: number; readonly onMessage: (message: Out) => void }) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_VARIABLES.test(name.toUpperCase())));
    this.child = fork(entry, [], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${options.heapMegabytes}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env,
    });
    this.child.on('message', (message) => options.onMessage(message as Out));
    for (const stream of [this.child.stdout, this.child.stderr]) if (stream !== null) this.keepLastLines(stream);
    this.ended = new Promise((resolve) => {
      const end = (cause: string): void => resolve({ cause, lastLines: this.lines.join('\n') });
      this.child.once('error', (error) => end(`error ${error.message}`));
      this.child.once('close', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    this.lowerPriority();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Sends a message; one to a process that is gone is dropped. */
  send(message: In): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private keepLastLines(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.lines.push(line.slice(0, LINE_LENGTH));
      if (this.lines.length > LAST_LINES) this.lines.shift();
    });
  }

  private lowerPriority(): void {
    try {
      if (this.child.pid !== undefined) setPriority(this.child.pid, NICENESS);
    } catch {
      // A system may refuse; the computation then runs at the usual priority.
    }
  }
}
