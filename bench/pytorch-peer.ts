import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { z } from 'zod';
import type { HostTensor } from '../src/compiler/tensors.js';
import type { TrainingCase } from './training-cases.js';

export interface StepTimes {
  readonly milliseconds: number[];
  readonly losses: number[];
}

const answerSchema = z.union([
  z.object({ ready: z.literal(true), version: z.string() }),
  z.object({ milliseconds: z.array(z.number()), losses: z.array(z.number()) }),
  z.object({ missing: z.string() }),
]);

/** Starting weights and the batch as one file of raw little-endian numbers. */
function tensorFile(tensors: Readonly<Record<string, HostTensor>>): { bytes: Buffer; index: Record<string, object> } {
  const index: Record<string, object> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const part = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    index[name] = { dtype, shape, count: data.length, offset };
    parts.push(part);
    offset += part.length;
  }
  return { bytes: Buffer.concat(parts), index };
}

function setupOf({ network, optimiser, parameters, inputs }: TrainingCase, file: string, index: object): object {
  const { x } = inputs(1);
  const strides = network.architecture === 'convnet' ? network.strides! : [];
  return {
    file, tensors: index, strides,
    lastSide: strides.reduce((side, stride) => Math.ceil(side / stride), x!.shape[1]!),
    lastChannels: network.architecture === 'convnet' ? network.channels.at(-1) : 0,
    dense: Object.keys(parameters).filter((name) => /^(hidden|dense)\d+\/kernel$/.test(name)).map((name) => name.split('/')[0]),
    optimiser: optimiser.name,
    rate: optimiser.learningRate,
    momentum: optimiser.name === 'sgd' ? optimiser.momentum : 0,
  };
}

/** A training step in a Python child process. */
export class PyTorchPeer {
  private constructor(private readonly child: ChildProcessWithoutNullStreams, private readonly lines: AsyncIterator<string>, private readonly reader: Interface, readonly version: string) {}

  /** Starts the peer; fails with a sentence that says what to install if PyTorch is missing. */
  static async start(python: string, step: TrainingCase): Promise<PyTorchPeer> {
    const folder = await mkdtemp(join(tmpdir(), 'rampart-bench-'));
    try {
      const { x, y } = step.inputs(1);
      const { bytes, index } = tensorFile({ ...step.parameters, x: x!, y: y! });
      const file = join(folder, 'tensors');
      await writeFile(file, bytes);
      const child = spawn(python, [resolve('bench/pytorch/training_step.py')], { stdio: 'pipe' });
      child.stderr.pipe(process.stderr);
      const failed = new Promise<never>((_, reject) => child.once('error', (error) => reject(new Error(`${python} did not start (${error.message}); set RAMPART_BENCH_PYTHON to a Python with PyTorch`))));
      const reader = createInterface(child.stdout);
      const lines = reader[Symbol.asyncIterator]();
      const ready = await Promise.race([failed, ask(child, lines, { setup: setupOf(step, file, index) })]);
      if ('missing' in ready) throw new Error(`${python} has no PyTorch (${ready.missing}); set RAMPART_BENCH_PYTHON to a Python that has it, e.g. after pip install torch`);
      if (!('ready' in ready)) throw new Error('internal: unexpected answer of the PyTorch peer');
      return new PyTorchPeer(child, lines, reader, ready.version);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async run(steps: number, threads: number): Promise<StepTimes> {
    const answer = await ask(this.child, this.lines, { steps, threads });
    if (!('losses' in answer)) throw new Error('internal: unexpected answer of the PyTorch peer');
    return answer;
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.stdin.end();
    await ended;
    this.reader.close();
  }
}

async function ask(child: ChildProcessWithoutNullStreams, lines: AsyncIterator<string>, request: object): Promise<z.infer<typeof answerSchema>> {
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const line = await lines.next();
  if (line.done) throw new Error('the PyTorch peer ended without an answer');
  return answerSchema.parse(JSON.parse(line.value));
}
