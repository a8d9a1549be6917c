import { whatPays, type LoopPolicy } from '../fuse/index.js';
import type { Graph, Node } from '../graph/graph.js';
import type { LoweredModel } from '../lower/index.js';
import type { ProgramProfile } from '../program.js';
import { planProgram, type ProgramPlan } from '../schedule/plan.js';
import type { Schedule } from '../schedule/schedule.js';
import { isDynamic, sizeOf } from '../signature.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { heapArena, type Buffer, type SharedArena } from './arena.js';
import { allocateCuts } from './cut-buffers.js';
import { Environment } from './environment.js';
import { FusedUpdates } from './fused-updates.js';
import { HostView } from './host-view.js';
import { LoopKernels, LoopStep } from './loop-step.js';
import { ModelStep } from './model-step.js';
import { DeviceTensor, type HostMemory, type ModelResult, type ModelTensor, type OpenModel } from './open-model.js';
import { ResultMemory } from './result-memory.js';
import type { StateStore } from './state-store.js';

/** One program of a family: ONNX Runtime sessions and WebAssembly kernels that take turns. */
export interface CompiledProgram {
  /** Runs once on the store's state; returns fresh host tensors. Calls must not overlap. */
  run(inputs: NamedHostTensors): Promise<NamedHostTensors>;
  /** Only of a program that is compiled to be profiled. */
  profile?(): Promise<ProgramProfile>;
  release(): Promise<void>;
}

/** State that models read and replace. */
export interface ProgramState {
  current(name: string): ModelTensor;
  /** Where a run writes the new value; nothing lets the model allocate it. */
  next(name: string): HostMemory | undefined;
  /** Makes new values current; `written` gives what models allocated. */
  replace(names: readonly string[], written: ReadonlyMap<string, ModelResult>): void;
}

export interface ProgramMemory {
  readonly state: ProgramState;
  /** Memory and state that kernels work on; without it everything is one model, and all updates swap buffers. */
  readonly kernels?: { readonly arena: SharedArena; readonly store: StateStore } | undefined;
  /** Memory of results, shared with other programs. */
  readonly results?: ResultMemory;
  /** Whether elementwise models run strip by strip: not where the tensors are copied to a device. */
  readonly strips?: boolean;
}

/** Opens the model in a place among the models of a program. */
export type ModelOpener = (place: number, lower: () => LoweredModel) => Promise<OpenModel>;

/** Compiles a graph that is optimised and laid out for the device. What kernels do not replace in place swaps buffers. */
export async function compileProgram(laidOut: Graph, memory: ProgramMemory, open: ModelOpener, loops: LoopPolicy = whatPays): Promise<ScheduledProgram> {
  const program = new ScheduledProgram(planProgram(laidOut, memory.kernels && loops), memory);
  await program.open(open);
  return program;
}

/** Something that runs: a model, or kernels. */
export type Step = ModelStep | readonly LoopStep[];

/** Models and loops that take turns, and the updates after them. */
export class ScheduledProgram implements CompiledProgram {
  private readonly graph: Graph;
  private readonly schedule: Schedule;
  private readonly swapped: readonly string[];
  private readonly cutBuffers: ReadonlyMap<Node, Buffer>;
  private readonly cutsByName: ReadonlyMap<string, Buffer>;
  private readonly environment: Environment | undefined;
  private readonly results: ResultMemory;
  readonly updates: FusedUpdates | undefined;
  /** In the order in which they run. */
  steps: readonly Step[] = [];

  constructor({ graph, schedule, clusters, swapped }: ProgramPlan, private readonly memory: ProgramMemory) {
    [this.graph, this.schedule, this.swapped] = [graph, schedule, swapped];
    const { state, kernels, results = new ResultMemory() } = memory;
    this.results = results;
    this.cutBuffers = allocateCuts(schedule.cuts.values(), kernels?.arena ?? heapArena);
    this.cutsByName = new Map([...schedule.cuts.values()].map(({ name, node }) => [name, this.cutBuffers.get(node)!]));
    for (const name of swapped) state.next(name); // allocates now: growing the arena during a call would detach its feeds
    if (!kernels) return;
    this.environment = new Environment(kernels.arena, kernels.store, this.cutBuffers);
    this.updates = clusters.length > 0 ? new FusedUpdates(clusters, kernels.arena, kernels.store, this.environment) : undefined;
  }

  async open(open: ModelOpener): Promise<void> {
    const steps: Step[] = [];
    this.steps = steps;
    const arena = this.memory.kernels?.arena;
    const kernels = arena && new LoopKernels(arena);
    let place = 0;
    try {
      for (const segment of this.schedule.segments) {
        if (segment.kind === 'model') {
          const here = place++;
          steps.push(await ModelStep.open(segment.graph, { strips: this.memory.strips ?? false, open: (lower) => open(here, lower) }));
        } else steps.push(segment.loops.map((loop) => new LoopStep(loop, kernels!, arena!, this.environment!)));
      }
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  async run(inputs: NamedHostTensors): Promise<NamedHostTensors> {
    const outputs: NamedHostTensors = {};
    const written = new Map<string, ModelResult>();
    this.environment?.enter(inputs);
    for (const step of this.steps) {
      if (!(step instanceof ModelStep)) for (const loop of step) loop.run();
      else this.take(await step.model.run((name) => this.source(name, inputs), (name) => this.destination(name, outputs)), outputs, written);
    }
    this.takeFromCuts(outputs);
    this.updates?.run();
    this.memory.state.replace(this.swapped, written);
    return outputs;
  }

  async release(): Promise<void> {
    for (const step of this.steps) if (step instanceof ModelStep) await step.model.release();
  }

  private source(name: string, inputs: NamedHostTensors): ModelTensor {
    const [kind, rest] = split(name);
    if (kind === 'in') return new HostView(inputs[rest]!);
    return kind === 'state' ? this.memory.state.current(rest) : this.cutsByName.get(name)!;
  }

  /** Memory for a result; models allocate the outputs whose shape depends on the call. */
  private destination(name: string, outputs: NamedHostTensors): HostMemory | undefined {
    const [kind, rest] = split(name);
    if (kind === 'next') return this.memory.state.next(rest);
    if (kind === 'cut') return this.cutsByName.get(name)!;
    const { dtype, shape } = this.graph.outputs[rest]!;
    if (isDynamic(shape) || sizeOf(shape) === 0) return undefined;
    const buffer = this.results.take({ dtype, shape });
    outputs[rest] = buffer.host;
    return buffer;
  }

  private take(results: ReadonlyMap<string, ModelResult>, outputs: NamedHostTensors, written: Map<string, ModelResult>): void {
    for (const [name, value] of results) {
      const [kind, rest] = split(name);
      if (kind === 'next') written.set(rest, value);
      else if (!(value instanceof DeviceTensor)) outputs[rest] = value;
    }
  }

  /** Copies results that loops computed. */
  private takeFromCuts(outputs: NamedHostTensors): void {
    for (const [name, cut] of this.schedule.fromCuts) {
      const [kind, rest] = split(name);
      const { data } = this.cutBuffers.get(cut.node)!.host;
      if (kind === 'next') this.memory.kernels!.store.next(rest).host.data.set(data);
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

