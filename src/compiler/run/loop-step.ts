import { assembleLoop, loopKey, loopTensors, type Loop } from '../fuse/index.js';
import { instantiate } from '../fuse/webassembly.js';
import type { KernelTimes } from '../program.js';
import type { SharedArena } from './arena.js';
import type { Environment } from './environment.js';

type LoopKernel = (table: number) => void;

/** Kernels of one program: loops of equal code share one. */
export class LoopKernels {
  private readonly byKey = new Map<string, LoopKernel>();

  constructor(private readonly arena: SharedArena) {}

  get(loop: Loop): LoopKernel {
    const key = loopKey(loop);
    const kernel = this.byKey.get(key) ?? (instantiate(assembleLoop(loop), this.arena.memory) as LoopKernel);
    this.byKey.set(key, kernel);
    return kernel;
  }
}

/** One loop with its table of addresses, ready to run. */
export class LoopStep {
  private readonly kernel: LoopKernel;
  private readonly table: number;
  private calls = 0;
  private milliseconds = 0;

  constructor(private readonly loop: Loop, kernels: LoopKernels, private readonly arena: SharedArena, private readonly environment: Environment) {
    this.kernel = kernels.get(loop);
    this.table = arena.reserve(4 * loopTensors(loop).length);
    for (const operand of loop.operands) environment.prepare(operand);
  }

  run(): void {
    const start = performance.now();
    const words = new Uint32Array(this.arena.memory.buffer, this.table);
    loopTensors(this.loop).forEach((tensor, i) => (words[i] = this.environment.addressOf(tensor)));
    this.kernel(this.table);
    this.milliseconds += performance.now() - start;
    this.calls += 1;
  }

  /** What the loop computes and the time that it took, since the last time this was asked. */
  takeTimes(): KernelTimes {
    const { calls, milliseconds, loop: { nodes, sums } } = this;
    [this.calls, this.milliseconds] = [0, 0];
    return { updates: [], operations: [...nodes, ...sums].map(({ op }) => op), calls, milliseconds };
  }
}
