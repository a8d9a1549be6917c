import type { Loop } from '../../graph/loop.js';
import type { KernelRules } from '../kernel-rule.js';

/** Kernel by which `control/` records a loop. Its operands are those of the loop, as a list. */
export const LOOP_KERNEL = 'RampartLoop';

export interface LoopCall {
  readonly loop: Loop;
  /** What to hand out, in order. */
  readonly results: readonly { readonly result: string; readonly stacked: boolean }[];
}

/** Kernels that are not of TensorFlow.js. */
export const controlKernels: KernelRules = {
  [LOOP_KERNEL]: (call) => {
    const { loop, results } = call.attributes as unknown as LoopCall;
    return results.map((result) => call.emit('scan', call.list(), { loop, ...result }));
  },
};
