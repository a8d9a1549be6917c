import { expressionProcessEnded, expressionTimeout } from '../../errors/expressions.errors.js';
import { RampartError } from '../../errors/index.js';
import { ForkedProcess } from '../../processes/forked-process.js';
import type { HostSettings, MessageFromHost, MessageToHost, RequestOf, ResultOf, WorkItem, WorkKind } from './protocol.js';
import { StateNeeded } from './state-needed.js';

export interface ExpressionProcessOptions {
  /** Path of the compiled module that the process runs. */
  readonly entry: string;
  readonly heapMegabytes: number;
  /** Longest computation of one request. */
  readonly seconds: number;
  readonly settings: HostSettings;
}

interface Pending {
  readonly resolve: (message: MessageFromHost) => void;
  readonly reject: (error: RampartError) => void;
}

/** One process that computes expressions, one request at a time. A request over its time ends the process. */
export class ExpressionProcess {
  private readonly child: ForkedProcess<MessageToHost, MessageFromHost>;
  private readonly ready: Promise<void>;
  private pending: Pending | undefined;
  private overtime = false;
  private isGone = false;

  constructor(private readonly options: ExpressionProcessOptions) {
    let isReady = (): void => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.child = new ForkedProcess(options.entry, {
      heapMegabytes: options.heapMegabytes,
      onMessage: (message) => (message.type === 'ready' ? isReady() : this.pending?.resolve(message)),
    });
    this.child.send({ type: 'settings', settings: options.settings });
    void this.child.ended.then(({ cause, lastLines }) => {
      this.isGone = true;
      this.pending?.reject(this.overtime ? expressionTimeout(options.seconds) : expressionProcessEnded(`${cause}${lastLines === '' ? '' : `: ${lastLines.slice(-300)}`}`));
    });
  }

  /** Whether it can take no more requests. */
  get gone(): boolean {
    return this.isGone;
  }

  /** @throws StateNeeded, expression-timeout, expression-process-ended, and the errors of the registry that the work throws */
  async run<K extends WorkKind>(kind: K, request: RequestOf<K>): Promise<ResultOf<K>> {
    const answer = new Promise<MessageFromHost>((resolve, reject) => (this.pending = { resolve, reject }));
    let timer: NodeJS.Timeout | undefined;
    void this.ready.then(() => {
      this.child.send({ type: 'work', item: { kind, request } as WorkItem });
      timer = setTimeout(() => this.endOvertime(), this.options.seconds * 1000);
    });
    try {
      return resultOf<K>(await answer);
    } finally {
      clearTimeout(timer);
      this.pending = undefined;
    }
  }

  async kill(): Promise<void> {
    this.isGone = true;
    this.child.kill();
    await this.child.ended;
  }

  private endOvertime(): void {
    this.overtime = true;
    this.isGone = true;
    this.child.kill();
  }
}

function resultOf<K extends WorkKind>(message: MessageFromHost): ResultOf<K> {
  switch (message.type) {
    case 'done': return message.result;
    case 'state-needed': throw new StateNeeded();
    case 'refused': throw new RampartError(message.code, message.status, message.title, message.detail, message.errors);
    case 'failed': throw new Error(`internal: an expression process failed: ${message.stack}`);
    case 'ready': throw new Error('internal: an expression process is ready twice');
  }
}
