import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { findClusters } from '../fuse/index.js';
import type { Graph } from '../graph/graph.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import { lowerForEngine, valueNames } from '../lower/index.js';
import { isDynamic, sizeOf } from '../signature.js';
import type { NamedHostTensors, TensorSpec } from '../tensors.js';
import { blockSize } from './block-size.js';
import { heapArena, SharedArena, type Arena } from './arena.js';
import { FusedUpdates } from './fused-updates.js';
import { createSession, fromOrtTensor, toOrtTensor } from './session.js';
import type { StateStore } from './state-store.js';

/** One program of a family: an ONNX Runtime session, and kernels for the updates that were fused. */
export interface CompiledProgram {
  /** Runs once on the store's state; returns fresh host tensors. Calls must not overlap. */
  run(inputs: NamedHostTensors): Promise<NamedHostTensors>;
  release(): Promise<void>;
}

/** Compiles an optimised graph. Updates are fused when the state is in a shared arena; the others swap buffers. */
export async function compileProgram(portable: Graph, store: StateStore, arena: Arena, threads: number): Promise<CompiledProgram> {
  const graph = blockedLayout(portable, await blockSize());
  const clusters = arena instanceof SharedArena ? findClusters(graph) : [];
  const fusedNames = new Set(clusters.flatMap(({ updates }) => updates.map(([name]) => name)));
  const swapped = Object.fromEntries(Object.entries(graph.updates).filter(([name]) => !fusedNames.has(name)));
  const fused = arena instanceof SharedArena && clusters.length > 0 ? new FusedUpdates(clusters, arena, store) : undefined;
  const taps = fused?.taps ?? [];
  // Where all results come from kernels, there is no model: ONNX Runtime refuses one without outputs.
  const needed = Object.keys(graph.outputs).length + Object.keys(swapped).length + taps.length > 0;
  const session = needed ? await createSession(lowerForEngine({ ...graph, updates: swapped }, taps), { threads, spinning: true }) : undefined;
  return new SessionProgram(session, graph, Object.keys(swapped), fused, store);
}

class SessionProgram implements CompiledProgram {
  /** State tensors that the model reads. */
  private readonly read: readonly string[];
  private readonly outputs: readonly (readonly [name: string, spec: TensorSpec])[];

  constructor(
    private readonly session: InferenceSession | undefined,
    private readonly graph: Graph,
    private readonly swapped: readonly string[],
    private readonly fused: FusedUpdates | undefined,
    private readonly store: StateStore,
  ) {
    const fed = new Set(session?.inputNames);
    this.read = graph.state.map(({ attributes }) => attributes.name).filter((name) => fed.has(valueNames.state(name)));
    for (const name of swapped) store.next(name); // allocates now: growing the arena during a call would detach its feeds
    this.outputs = Object.entries(graph.outputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
  }

  async run(inputs: NamedHostTensors): Promise<NamedHostTensors> {
    const results = (await this.session?.run(this.feeds(inputs), this.fetches())) ?? {};
    this.fused?.run(inputs);
    this.store.swap(this.swapped);
    return Object.fromEntries(this.outputs.map(([name]) => [name, fromOrtTensor(results[valueNames.output(name)]!)]));
  }

  async release(): Promise<void> {
    await this.session?.release();
  }

  private feeds(inputs: NamedHostTensors): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const { attributes } of this.graph.inputs) feeds[valueNames.input(attributes.name)] = toOrtTensor(inputs[attributes.name]!);
    for (const name of this.read) feeds[valueNames.state(name)] = this.store.current(name).tensor;
    return feeds;
  }

  /** Memory for every result; ONNX Runtime allocates the ones whose shape depends on the call. */
  private fetches(): Record<string, Tensor | null> {
    const fetches: Record<string, Tensor | null> = {};
    for (const [name, spec] of this.outputs) {
      fetches[valueNames.output(name)] = isDynamic(spec.shape) || sizeOf(spec.shape) === 0 ? null : heapArena.allocate(spec).tensor;
    }
    for (const name of this.swapped) fetches[valueNames.update(name)] = this.store.next(name).tensor;
    this.fused?.tapBuffers.forEach((buffer, i) => (fetches[valueNames.tap(i)] = buffer.tensor));
    return fetches;
  }
}
