import { expressionQueueFull } from '../../errors/expressions.errors.js';
import { servingStopped } from '../../errors/serving.errors.js';
import { ExpressionProcess, type ExpressionProcessOptions } from './expression-process.js';
import type { RequestOf, ResultOf, WorkKind } from './protocol.js';

export interface ExpressionPoolOptions extends ExpressionProcessOptions {
  /** Most processes. */
  readonly processes: number;
  /** Most requests that wait for one. */
  readonly waiting: number;
  /** Time without a request after which a process ends. */
  readonly idleSeconds: number;
}

/** A process, and the expressions that it has compiled, those used last at the end. */
interface Member {
  readonly process: ExpressionProcess;
  readonly expressions: Set<string>;
  busy: boolean;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Processes for expressions: started when they are needed, ended when nobody calls. A request goes to a free process that has its
 * expression compiled, else to any free one, else it waits.
 */
export class ExpressionPool {
  private readonly members = new Set<Member>();
  private readonly queue: (() => void)[] = [];
  private stopped = false;

  constructor(private readonly options: ExpressionPoolOptions) {}

  /** @throws expression-queue-full, serving-stopped, and what `ExpressionProcess.run` throws */
  async run<K extends WorkKind>(kind: K, request: RequestOf<K>, expression?: string): Promise<ResultOf<K>> {
    const member = await this.take(expression);
    try {
      return await member.process.run(kind, request);
    } finally {
      this.release(member);
    }
  }

  /** Ends every process; requests that wait are refused. */
  async close(): Promise<void> {
    this.stopped = true;
    for (const wake of this.queue.splice(0)) wake();
    const members = [...this.members];
    this.members.clear();
    for (const { idle } of members) clearTimeout(idle);
    await Promise.all(members.map(({ process }) => process.kill()));
  }

  private async take(expression: string | undefined): Promise<Member> {
    let member = this.free(expression);
    if (member === undefined && this.queue.length >= this.options.waiting) throw expressionQueueFull(this.options.waiting);
    while (member === undefined) {
      await new Promise<void>((resolve) => this.queue.push(resolve));
      member = this.free(expression);
    }
    clearTimeout(member.idle);
    member.busy = true;
    if (expression !== undefined) this.remember(member, expression);
    return member;
  }

  /** @throws serving-stopped */
  private free(expression: string | undefined): Member | undefined {
    if (this.stopped) throw servingStopped();
    for (const member of this.members) if (member.process.gone) this.members.delete(member);
    const idle = [...this.members].filter(({ busy }) => !busy);
    const found = idle.find(({ expressions }) => expression !== undefined && expressions.has(expression)) ?? idle[0];
    if (found !== undefined || this.members.size >= this.options.processes) return found;
    const started: Member = { process: new ExpressionProcess(this.options), expressions: new Set(), busy: false, idle: undefined };
    this.members.add(started);
    return started;
  }

  private remember({ expressions }: Member, expression: string): void {
    expressions.delete(expression);
    expressions.add(expression);
    if (expressions.size > this.options.settings.cacheSize) expressions.delete(expressions.values().next().value!);
  }

  private release(member: Member): void {
    member.busy = false;
    if (!this.stopped && !member.process.gone) {
      member.idle = setTimeout(() => {
        this.members.delete(member);
        void member.process.kill();
      }, this.options.idleSeconds * 1000).unref();
    }
    this.queue.shift()?.();
  }
}
