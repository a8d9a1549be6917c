import type { SignatureDescription } from '../bundles/manifest.js';
import type { Model } from '../bundles/model.js';
import { checkSignatureInputs, signatureOf } from '../bundles/signature-inputs.js';
import type { NamedHostTensors } from '../compiler/tensors.js';
import { servingQueueFull, servingTimeout } from '../errors/serving.errors.js';
import { allocateRows, copyRows, isSplittable, joinRows } from './batch-plan.js';

export interface BatchingOptions {
  /** Most rows of one execution; longer requests are executed in pieces. */
  readonly maxRows: number;
  /** Longest time in ms that a request waits for company while the model is idle. */
  readonly maxDelayMs: number;
  /** Most rows that may wait; a request that would pass it is refused, unless nothing waits. */
  readonly maxWaitingRows: number;
}

export interface CallOptions {
  /** Gives the call up: rejects with the signal's reason; work that has not begun is dropped. */
  readonly signal?: AbortSignal;
  /** Gives the call up after this long, with serving-timeout. */
  readonly timeoutMs?: number;
}

/** Counts that only grow, shared by the batchers of all models; rows / executions is the mean batch size. */
export interface BatchTotals {
  requests: number;
  rows: number;
  executions: number;
  failures: number;
  cancellations: number;
}

export const noBatches = (): BatchTotals => ({ requests: 0, rows: 0, executions: 0, failures: 0, cancellations: 0 });

interface Call {
  readonly inputs: NamedHostTensors;
  readonly rows: number;
  readonly outputs: NamedHostTensors;
  /** Rows handed to executions, and rows whose results are in `outputs`. */
  taken: number;
  done: number;
  settled: boolean;
  readonly answer: Promise<NamedHostTensors>;
  readonly resolve: (outputs: NamedHostTensors) => void;
  readonly reject: (error: unknown) => void;
}

interface Piece {
  readonly call: Call;
  readonly inputs: NamedHostTensors;
  readonly begin: number;
  readonly rows: number;
}

/**
 * Joins concurrent calls of one signature of one model into few executions. An execution starts when `maxRows` rows
 * wait or the oldest has waited `maxDelayMs`; while one runs, the next gathers. Rows of a signature are independent
 * (see `isSplittable`; other signatures are executed call by call), but float results may differ in the last bits
 * with the size of the batch they were computed in.
 */
export class MicroBatcher {
  private readonly description: SignatureDescription;
  private readonly splittable: boolean;
  private waiting: Call[] = [];
  private waitingRows = 0;
  private running = false;
  private timer: NodeJS.Timeout | undefined;

  /** @throws signature-unknown */
  constructor(
    private readonly model: Model,
    private readonly signature: string,
    private readonly options: BatchingOptions,
    private readonly totals: BatchTotals = noBatches(),
  ) {
    this.description = signatureOf(model.manifest, signature);
    this.splittable = isSplittable(this.description);
  }

  /**
   * Runs the signature on `inputs`; resolves with fresh tensors of as many rows.
   * @throws what `Model.run` throws, serving-queue-full, serving-timeout, the reason of `signal`
   */
  async run(inputs: NamedHostTensors, { signal, timeoutMs }: CallOptions = {}): Promise<NamedHostTensors> {
    signal?.throwIfAborted();
    const rows = checkSignatureInputs(this.model.manifest, this.signature, inputs) ?? 1;
    if (this.waitingRows > 0 && this.waitingRows + rows > this.options.maxWaitingRows) {
      throw servingQueueFull(rows, this.waitingRows, this.options.maxWaitingRows);
    }
    this.totals.requests += 1;
    const call = this.createCall(inputs, rows);
    const giveUp = (): void => this.cancel(call, signal?.reason);
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.cancel(call, servingTimeout(timeoutMs / 1000)), timeoutMs);
    signal?.addEventListener('abort', giveUp, { once: true });
    this.enqueue(call);
    try {
      return await call.answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  private createCall(inputs: NamedHostTensors, rows: number): Call {
    let resolve!: (outputs: NamedHostTensors) => void;
    let reject!: (error: unknown) => void;
    const answer = new Promise<NamedHostTensors>((onResolve, onReject) => ([resolve, reject] = [onResolve, onReject]));
    const outputs = this.splittable ? allocateRows(this.description.outputs, rows) : {};
    return { inputs, rows, outputs, taken: 0, done: 0, settled: false, answer, resolve, reject };
  }

  private settle(call: Call, finish: () => void): void {
    if (call.settled) return;
    call.settled = true;
    finish();
  }

  private enqueue(call: Call): void {
    this.waiting.push(call);
    this.waitingRows += call.rows;
    if (this.running) return;
    if (this.waitingRows >= this.options.maxRows || !this.splittable) this.start();
    else this.timer ??= setTimeout(() => this.start(), this.options.maxDelayMs);
  }

  private cancel(call: Call, reason: unknown): void {
    if (call.settled) return;
    this.totals.cancellations += 1;
    this.drop(call);
    this.settle(call, () => call.reject(reason));
  }

  /** Takes what has not begun of a call out of the queue. */
  private drop(call: Call): void {
    const at = this.waiting.indexOf(call);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    this.waitingRows -= call.rows - call.taken;
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.running) void this.drain();
  }

  /** Executes until nothing waits. Never rejects: failures go to their calls. */
  private async drain(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) await this.execute(this.take());
    this.running = false;
  }

  /** The next pieces, at most `maxRows` rows together, in order of arrival. */
  private take(): Piece[] {
    const pieces: Piece[] = [];
    let room = this.splittable ? this.options.maxRows : Infinity;
    while (room > 0 && this.waiting.length > 0 && (this.splittable || pieces.length === 0)) {
      const call = this.waiting[0]!;
      const rows = Math.min(room, call.rows - call.taken);
      pieces.push({ call, inputs: call.inputs, begin: call.taken, rows });
      call.taken += rows;
      room -= rows;
      this.waitingRows -= rows;
      if (call.taken === call.rows) this.waiting.shift();
    }
    return pieces;
  }

  private async execute(pieces: readonly Piece[]): Promise<void> {
    try {
      const inputs = this.splittable ? joinRows(this.description.inputs, pieces) : pieces[0]!.inputs;
      const rows = pieces.reduce((sum, piece) => sum + piece.rows, 0);
      this.totals.executions += 1;
      const results = await this.model.run(this.signature, inputs);
      this.totals.rows += rows;
      this.deliver(pieces, results);
    } catch (error) {
      await this.isolate(pieces, error);
    }
  }

  private deliver(pieces: readonly Piece[], results: NamedHostTensors): void {
    let from = 0;
    for (const { call, begin, rows } of pieces) {
      if (this.splittable) copyRows(results, from, call.outputs, begin, rows);
      from += rows;
      call.done += rows;
      if (call.done === call.rows) this.settle(call, () => call.resolve(this.splittable ? call.outputs : results));
    }
  }

  /** A failed execution of several calls is repeated call by call, so that one bad call fails alone. */
  private async isolate(pieces: readonly Piece[], error: unknown): Promise<void> {
    if (pieces.length > 1) {
      for (const piece of pieces) if (!piece.call.settled) await this.execute([piece]);
      return;
    }
    const { call } = pieces[0]!;
    this.totals.failures += 1;
    this.drop(call);
    this.settle(call, () => call.reject(error));
  }
}
