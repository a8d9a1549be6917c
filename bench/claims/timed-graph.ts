import type { Graph } from '../../src/compiler/graph/graph.js';
import { blockedLayout } from '../../src/compiler/layout/blocked-layout.js';
import { SharedArena, type Arena } from '../../src/compiler/run/arena.js';
import { blockSize } from '../../src/compiler/run/block-size.js';
import { compileProgram } from '../../src/compiler/run/compiled-program.js';
import { NativeModel } from '../../src/compiler/run/native-model.js';
import { StateStore } from '../../src/compiler/run/state-store.js';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { median } from '../harness/statistics.js';

export interface TimedGraph {
  /** Graph and the state that it starts from. */
  readonly graph: Graph;
  readonly state: NamedHostTensors;
  /** Where buffers are: only in a shared arena are elementwise operations fused. */
  readonly arena: Arena;
  /** Inputs of call `count`, from 1. */
  readonly inputs: (count: number) => NamedHostTensors;
  readonly calls: number;
}

/** Milliseconds until the first result of a graph, compilation included, and the median of the calls after it; 1 thread. */
export async function timeGraph({ graph, state, arena, inputs, calls }: TimedGraph): Promise<{ first: number; run: number }> {
  const specs = Object.fromEntries(graph.state.map(({ attributes, dtype, shape }) => [attributes.name, { dtype, shape }]));
  const store = new StateStore(graph.name, specs, state, arena);
  const begin = performance.now();
  const laidOut = blockedLayout(graph, await blockSize(1));
  const kernels = arena instanceof SharedArena ? { arena, store } : undefined;
  const compiled = await compileProgram(laidOut, { state: store, kernels }, (_, lower) => NativeModel.open(lower().bytes, { threads: 1 }));
  try {
    await compiled.run(inputs(1));
    const first = performance.now() - begin;
    const times: number[] = [];
    for (let call = 0; call < calls; call++) {
      const start = performance.now();
      await compiled.run(inputs(call + 2));
      times.push(performance.now() - start);
    }
    return { first, run: median(times) };
  } finally {
    await compiled.release();
  }
}
