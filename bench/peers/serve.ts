import { createInterface } from 'node:readline';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { workloadNamed, type CallResult, type RunEntry, type Workload } from '../workloads/index.js';
import { requestSchema, writeTensors, type Answer, type Greeting, type RunRequest } from './protocol.js';

/** Programs of a workload with their state, ready to run. */
export interface Runner {
  readonly run: RunEntry;
  /** Gives outputs of a call back that nobody reads any more, as a peer whose memory is counted by references does. */
  readonly recycle?: (outputs: NamedHostTensors) => void;
  /** Back to the starting state. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** The workload in hand; it is opened - compiled - by its first call. */
class Session {
  private runner: Runner | undefined;
  private count = 0;

  constructor(private readonly workload: Workload, private readonly open: (workload: Workload) => Promise<Runner>) {}

  async answer({ restart, warmUp, calls, outputFile }: RunRequest): Promise<Answer> {
    if (restart) {
      await this.runner?.restart();
      this.count = 0;
    }
    for (let i = 0; i < warmUp; i++) await this.call();
    const milliseconds: number[] = [];
    const losses: number[] = [];
    let last: CallResult = {};
    for (let i = 0; i < calls; i++) {
      if (last.outputs) this.runner?.recycle?.(last.outputs);
      const start = performance.now();
      last = await this.call();
      milliseconds.push(performance.now() - start);
      if (last.loss !== undefined) losses.push(last.loss);
    }
    if (outputFile === undefined) return { milliseconds, losses };
    return { milliseconds, losses, outputs: await writeTensors(outputFile, await this.outputs(last)) };
  }

  async dispose(): Promise<void> {
    await this.runner?.dispose();
  }

  private async call(): Promise<CallResult> {
    this.runner ??= await this.open(this.workload);
    return this.workload.call(this.runner.run, ++this.count);
  }

  private async outputs(last: CallResult): Promise<NamedHostTensors> {
    return this.workload.inspect && this.runner ? this.workload.inspect(this.runner.run) : last.outputs ?? {};
  }
}

/** Answers requests until the input ends. A workload that `open` or a call cannot do is answered as unsupported. */
export async function serve(greeting: Greeting, open: (workload: Workload) => Promise<Runner>): Promise<void> {
  const send = (message: Greeting | Answer): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);
  send(greeting);
  let session: Session | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = requestSchema.parse(JSON.parse(line));
    try {
      if ('load' in request) {
        await session?.dispose();
        session = new Session(workloadNamed(request.load.name), open);
        send({ loaded: true });
      } else {
        send(await session!.answer(request.run));
      }
    } catch (error) {
      send({ unsupported: error instanceof Error ? error.message : String(error) });
    }
  }
  await session?.dispose();
}
