import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { answerSchema, greetingSchema, type Answer, type Request } from './protocol.js';

export interface PeerCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Settings of thread pools and BLAS libraries: a peer starts without those of the shell. */
const TUNING = /^(OPENBLAS|GOTO|OMP|GOMP|KMP|MKL|BLIS|VECLIB|NUMEXPR|XLA|JAX|TORCH|NVPL|TF)_/;

export const cleanEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !TUNING.test(name)));

/** A peer that cannot take part, and why. */
export class PeerMissing extends Error {}

/** A peer in a child process that answers one JSON line for each request. */
export class PeerProcess {
  private constructor(
    private readonly command: PeerCommand,
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly reader: Interface,
    private readonly lines: AsyncIterator<string>,
    readonly version: string,
    readonly details: string,
  ) {}

  get pid(): number {
    return this.child.pid!;
  }

  /**
   * Starts a peer. What it prints beside its answers goes to `logFile`.
   * @throws PeerMissing when it does not start, or lacks what it needs
   */
  static async start(command: PeerCommand, logFile: string): Promise<PeerProcess> {
    const child = spawn(command.file, [...command.arguments], { stdio: 'pipe', env: { ...cleanEnvironment(process.env), ...command.environment } });
    child.stderr.pipe(createWriteStream(logFile, { flags: 'a' }));
    const failed = new Promise<never>((_, reject) => child.once('error', (error) => reject(new PeerMissing(`did not start: ${error.message}`))));
    const reader = createInterface(child.stdout);
    const lines = reader[Symbol.asyncIterator]();
    const first = await Promise.race([failed, lines.next()]);
    if (first.done) throw new PeerMissing(`ended at once; see ${logFile}`);
    const greeting = greetingSchema.parse(JSON.parse(first.value));
    if ('missing' in greeting) {
      child.stdin.end();
      throw new PeerMissing(greeting.missing);
    }
    return new PeerProcess(command, child, reader, lines, greeting.version, greeting.details);
  }

  async ask(request: Request): Promise<Answer> {
    this.child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.lines.next();
    if (line.done) throw new Error(`${this.command.file} ${this.command.arguments.join(' ')} ended without an answer`);
    return answerSchema.parse(JSON.parse(line.value));
  }

  async stop(): Promise<void> {
    const ended = this.child.exitCode ?? new Promise((done) => this.child.once('exit', done));
    this.child.stdin.end();
    await ended;
    this.reader.close();
  }
}
