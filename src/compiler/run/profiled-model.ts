import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Node } from '../graph/graph.js';
import type { LoweredModel } from '../lower/index.js';
import type { HostMemory, ModelResult, ModelTensor, OpenModel } from './open-model.js';

/** Sums over calls. */
export interface Times {
  calls: number;
  milliseconds: number;
}

export interface NodeTimes extends Times {
  /** Of the results of one call. */
  bytes: number;
}

export interface ModelTimes {
  readonly nodes: ReadonlyMap<Node, NodeTimes>;
  /** Operators that ONNX Runtime added on its own, by kind: copies and changes of layout. */
  readonly added: ReadonlyMap<string, Times>;
}

/** The part of an entry of ONNX Runtime's profile that is read; `dur` in microseconds. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name: string; readonly output_size?: string };
}

const PREFIX = 'times';
const KERNEL_SUFFIX = '_kernel_time';

/** A model whose kernels are timed by ONNX Runtime. */
export class ProfiledModel implements OpenModel {
  private constructor(
    private readonly folder: string, readonly lowered: LoweredModel, private readonly open: (prefix: string) => Promise<OpenModel>, private model: OpenModel,
  ) {}

  /** @param open opens the model with its profile in files of that prefix */
  static async open(lowered: LoweredModel, open: (prefix: string) => Promise<OpenModel>): Promise<ProfiledModel> {
    const folder = await mkdtemp(join(tmpdir(), 'rampart-profile-'));
    try {
      return new ProfiledModel(folder, lowered, open, await open(join(folder, PREFIX)));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get inputNames(): readonly string[] {
    return this.model.inputNames;
  }

  get outputNames(): readonly string[] {
    return this.model.outputNames;
  }

  run(source: (name: string) => ModelTensor, destination: (name: string) => HostMemory | undefined): Promise<ReadonlyMap<string, ModelResult>> {
    return this.model.run(source, destination);
  }

  endProfile(): void {
    this.model.endProfile();
  }

  /** The times since the model was opened or this was last asked. ONNX Runtime ends a profile only once, so the model is opened again. */
  async takeTimes(): Promise<ModelTimes> {
    this.model.endProfile();
    await this.model.release();
    const events: ProfileEvent[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      for (const event of JSON.parse(await readFile(path, 'utf8')) as ProfileEvent[]) events.push(event);
      await rm(path);
    }
    this.model = await this.open(join(this.folder, PREFIX));
    return this.sum(events);
  }

  async release(): Promise<void> {
    await this.model.release();
    await rm(this.folder, { recursive: true, force: true });
  }

  private sum(events: readonly ProfileEvent[]): ModelTimes {
    const nodes = new Map<Node, NodeTimes>();
    const added = new Map<string, Times>();
    const perNode = new Map<Node, Map<string, Times & { bytes: number }>>();
    for (const { cat, name, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith(KERNEL_SUFFIX)) continue;
      const kernel = name.slice(0, -KERNEL_SUFFIX.length);
      const operator = this.operator(kernel);
      if (operator !== undefined && this.lowered.inner.has(operator)) continue; // part of the time of its loop
      const node = operator === undefined ? undefined : this.lowered.origins.get(operator);
      if (!node) {
        const sum = added.get(args.op_name) ?? { calls: 0, milliseconds: 0 };
        added.set(args.op_name, { calls: sum.calls + 1, milliseconds: sum.milliseconds + dur / 1000 });
        continue;
      }
      const kernels = perNode.get(node) ?? new Map<string, Times & { bytes: number }>();
      const sum = kernels.get(kernel) ?? { calls: 0, milliseconds: 0, bytes: 0 };
      kernels.set(kernel, { calls: sum.calls + 1, milliseconds: sum.milliseconds + dur / 1000, bytes: Number(args.output_size ?? 0) });
      perNode.set(node, kernels);
    }
    // A node may be several operators: each call runs all of them.
    for (const [node, kernels] of perNode) {
      const sums = [...kernels.values()];
      nodes.set(node, {
        calls: Math.max(...sums.map(({ calls }) => calls)),
        milliseconds: sums.reduce((total, { milliseconds }) => total + milliseconds, 0),
        bytes: sums.reduce((total, { bytes }) => total + bytes, 0),
      });
    }
    return { nodes, added };
  }

  /** The operator of ours behind a kernel; those that ONNX Runtime made of ours are called after them: `MatMul_12/MatmulTransposeFusion/`, `fused Gemm_3`. */
  private operator(kernel: string): string | undefined {
    for (let name = kernel.replace(/^fused /, ''); name !== ''; name = name.slice(0, Math.max(name.lastIndexOf('/'), name.lastIndexOf('_'), 0))) {
      if (this.lowered.origins.has(name)) return name;
    }
    return undefined;
  }
}
