import { findClusters, meansAsSums, whatPays, type Cluster, type LoopPolicy } from '../fuse/index.js';
import type { Graph, Node } from '../graph/graph.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import { makeSchedule, valueNames, type Schedule } from '../schedule/schedule.js';
import { NativeTensor } from '../onnxruntime/native-tensor.js';
import { isDynamic } from '../signature.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { heapArena, SharedArena, type Arena, type Buffer } from './arena.js';
import { blockSize } from './block-size.js';
import { allocateCuts } from './cut-buffers.js';
import { Environment } from './environment.js';
import { FusedUpdates, updateOperands } from './fused-updates.js';
import { LoopKernels, LoopStep } from './loop-step.js';
import { ModelStep } from './model-step.js';
import type { StateStore } from './state-store.js';

/** One program of a family: ONNX Runtime sessions and WebAssembly kernels that take turns. */
export interface CompiledProgram {
  /** Runs once on the store's state; returns fresh host tensors. Calls must not overlap. */
  run(inputs: NamedHostTensors): NamedHostTensors;
  release(): void;
}

/** Compiles an optimised graph. Kernels need the state in a shared arena; what they do not replace in place swaps buffers. */
export async function compileProgram(portable: Graph, store: StateStore, arena: Arena, threads: number, loops: LoopPolicy = whatPays): Promise<CompiledProgram> {
  const shared = arena instanceof SharedArena;
  const blocked = blockedLayout(portable, await blockSize(threads));
  const graph = shared ? meansAsSums(blocked) : blocked;
  const clusters = shared ? findClusters(graph) : [];
  const replaced = new Set(clusters.flatMap(({ updates }) => updates.map(([name]) => name)));
  const swapped = Object.keys(graph.updates).filter((name) => !replaced.has(name));
  const results = new Map<string, Node>([
    ...Object.entries(graph.outputs).map(([name, node]): [string, Node] => [valueNames.output(name), node]),
    ...swapped.map((name): [string, Node] => [valueNames.update(name), graph.updates[name]!]),
  ]);
  const schedule = makeSchedule(graph, results, { loops: shared ? loops : undefined, readAfter: updateOperands(clusters) });
  const program = new ScheduledProgram(graph, schedule, clusters, swapped, store, arena);
  await program.open(threads);
  return program;
}

/** Something that runs: a model, or kernels. */
type Step = ModelStep | readonly LoopStep[];

class ScheduledProgram implements CompiledProgram {
  private readonly cutBuffers: ReadonlyMap<Node, Buffer>;
  private readonly cutsByName: ReadonlyMap<string, Buffer>;
  private readonly environment: Environment | undefined;
  private readonly updates: FusedUpdates | undefined;
  private steps: readonly Step[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly schedule: Schedule,
    clusters: readonly Cluster[],
    private readonly swapped: readonly string[],
    private readonly store: StateStore,
    private readonly arena: Arena,
  ) {
    this.cutBuffers = allocateCuts(schedule.cuts.values(), arena);
    this.cutsByName = new Map([...schedule.cuts.values()].map(({ name, node }) => [name, this.cutBuffers.get(node)!]));
    for (const name of swapped) store.next(name); // allocates now: growing the arena during a call would detach its feeds
    if (!(arena instanceof SharedArena)) return;
    this.environment = new Environment(arena, store, this.cutBuffers);
    this.updates = clusters.length > 0 ? new FusedUpdates(clusters, arena, store, this.environment) : undefined;
  }

  async open(threads: number): Promise<void> {
    const steps: Step[] = [];
    this.steps = steps;
    const kernels = this.arena instanceof SharedArena ? new LoopKernels(this.arena) : undefined;
    try {
      for (const segment of this.schedule.segments) {
        if (segment.kind === 'model') steps.push(await ModelStep.open(segment.graph, threads));
        else steps.push(segment.loops.map((loop) => new LoopStep(loop, kernels!, this.arena as SharedArena, this.environment!)));
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  run(inputs: NamedHostTensors): NamedHostTensors {
    const outputs: NamedHostTensors = {};
    this.environment?.enter(inputs);
    for (const step of this.steps) {
      if (!(step instanceof ModelStep)) for (const loop of step) loop.run();
      else step.run((name) => this.source(name, inputs), (name) => this.destination(name, outputs), (name, value) => (outputs[split(name)[1]] = value));
    }
    this.takeFromCuts(outputs);
    this.updates?.run();
    this.store.swap(this.swapped);
    return outputs;
  }

  release(): void {
    for (const step of this.steps) if (step instanceof ModelStep) step.release();
  }

  private source(name: string, inputs: NamedHostTensors): NativeTensor {
    const [kind, rest] = split(name);
    if (kind === 'in') return new NativeTensor(inputs[rest]!);
    return kind === 'state' ? this.store.current(rest).tensor : this.cutsByName.get(name)!.tensor;
  }

  /** Memory for a result; ONNX Runtime allocates the outputs whose shape depends on the call. */
  private destination(name: string, outputs: NamedHostTensors): NativeTensor | undefined {
    const [kind, rest] = split(name);
    if (kind === 'next') return this.store.next(rest).tensor;
    if (kind === 'cut') return this.cutsByName.get(name)!.tensor;
    const { dtype, shape } = this.graph.outputs[rest]!;
    if (isDynamic(shape)) return undefined;
    const { host, tensor } = heapArena.allocate({ dtype, shape });
    outputs[rest] = host;
    return tensor;
  }

  /** Copies results that loops computed. */
  private takeFromCuts(outputs: NamedHostTensors): void {
    for (const [name, cut] of this.schedule.fromCuts) {
      const [kind, rest] = split(name);
      const { data } = this.cutBuffers.get(cut.node)!.host;
      if (kind === 'next') this.store.next(rest).host.data.set(data);
      else outputs[rest] = { ...specOf(this.graph.outputs[rest]!), data: data.slice() };
    }
  }
}

const specOf = ({ dtype, shape }: Node): Pick<HostTensor, 'dtype' | 'shape'> => ({ dtype, shape });

/** `out:y` -> ['out', 'y'] */
function split(name: string): [kind: string, rest: string] {
  const colon = name.indexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
}

