import { CallQueue } from '../../compiler/run/call-queue.js';
import { expressionQueueFull } from '../../errors/expressions.errors.js';

/** Runs the calls of each key one after the other, those of different keys side by side. */
export class CallOrder {
  private readonly lines = new Map<string, { readonly queue: CallQueue; length: number }>();

  /** @param limit most calls of one key in line */
  constructor(private readonly limit: number) {}

  /** @throws expression-queue-full, and what `call` throws */
  async add<T>(key: string, call: () => Promise<T>): Promise<T> {
    const line = this.lines.get(key) ?? { queue: new CallQueue(), length: 0 };
    if (line.length > this.limit) throw expressionQueueFull(this.limit);
    this.lines.set(key, line);
    line.length += 1;
    try {
      return await line.queue.add(call);
    } finally {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(key);
    }
  }
}
