import { readFile, rm } from 'node:fs/promises';
import type { CompileCache } from '../cache/compile-cache.js';
import { compileKey, type CompileKey } from '../cache/compile-key.js';
import { decodeGraph, encodeGraph } from '../cache/graph-form.js';
import type { Device } from '../engine.options.js';
import type { Graph } from '../graph/graph.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import type { LoweredModel } from '../lower/index.js';
import { optimise, type OptimisationLevel } from '../passes/index.js';
import type { FamilyEntry, Program } from '../program.js';
import { describeSpec } from '../signature.js';
import type { NamedSpecs } from '../tensors.js';
import { trace } from '../trace/index.js';
import { blockSize } from './block-size.js';
import type { OpenModel } from './open-model.js';
import { openLowered, openModel, type OpenOptions, type PreparedProgram, type ProgramSource } from './prepared-program.js';

/** Prepared in this process; later openings use the models of the first. */
class TracedProgram implements PreparedProgram {
  private readonly lowered = new Map<number, LoweredModel>();

  constructor(readonly graph: Graph) {}

  open(place: number, lower: () => LoweredModel, options: OpenOptions): Promise<OpenModel> {
    const model = this.lowered.get(place) ?? lower();
    this.lowered.set(place, model);
    return openLowered(model, options);
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }
}

/** A program whose models ONNX Runtime has optimised for this host. */
class StoredProgram implements PreparedProgram {
  constructor(readonly graph: Graph, private readonly models: readonly Uint8Array[]) {}

  open(place: number, _: () => LoweredModel, options: OpenOptions): Promise<OpenModel> {
    return openModel(this.models[place]!, { ...options, optimised: true });
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }
}

/** As `TracedProgram`; the first opening of all models leaves the graph and ONNX Runtime's optimised models in the cache. */
class CachedProgram implements PreparedProgram {
  private readonly models: (Uint8Array | undefined)[] = [];
  private stored: StoredProgram | undefined;

  constructor(readonly graph: Graph, private readonly cache: CompileCache, private readonly key: CompileKey) {}

  async open(place: number, lower: () => LoweredModel, options: OpenOptions): Promise<OpenModel> {
    if (this.stored) return this.stored.open(place, lower, options);
    const path = await this.cache.scratchPath();
    const session = await openLowered(lower(), path === undefined ? options : { ...options, saveOptimised: path });
    this.models[place] = path === undefined ? undefined : await readFile(path).catch(() => undefined);
    if (path !== undefined) await rm(path, { force: true }).catch(() => undefined);
    return session;
  }

  async complete(): Promise<void> {
    if (this.stored) return;
    const models = this.models.filter((model) => model !== undefined);
    if (models.length < this.models.length) return;
    this.stored = new StoredProgram(this.graph, models);
    await this.cache.write(this.key, { graph: encodeGraph(this.graph), models });
  }
}

export interface SourceOptions {
  readonly device: Device;
  readonly level: OptimisationLevel;
  readonly threads: number;
  readonly cache: CompileCache | undefined;
}

/** The graph as it runs: optimised, and on the CPU in the layout of its convolution kernels. */
async function graphFor(traced: Graph, { device, level, threads }: SourceOptions): Promise<Graph> {
  const { graph } = optimise(traced, { level });
  return device === 'cpu' ? blockedLayout(graph, await blockSize(threads)) : graph;
}

/** Traces a program, and takes the rest from the cache where it is there. */
async function prepare({ program, inputs }: FamilyEntry, state: NamedSpecs, options: SourceOptions): Promise<PreparedProgram> {
  const { device, level, cache } = options;
  const traced = trace(program, { state, inputs });
  // Models for other devices are not kept: ONNX Runtime cannot write those of all.
  if (!cache || device !== 'cpu') return new TracedProgram(await graphFor(traced, options));
  const key = compileKey(encodeGraph(traced), { device, level, version: cache.version });
  const stored = await cache.read(key);
  if (!stored) return new CachedProgram(await graphFor(traced, options), cache, key);
  return new StoredProgram(decodeGraph(stored.graph), stored.models);
}

const prepared = new WeakMap<Program, Map<string, Promise<PreparedProgram>>>();

const describeSpecs = (specs: NamedSpecs): string[] => Object.entries(specs).map(([name, spec]) => `${name} ${describeSpec(spec)}`);

/**
 * Prepares the programs of families on a device. The same `Program` object with the same signature is prepared once in a
 * process; other objects of the same program find each other in the cache.
 */
export const programSource = (options: SourceOptions): ProgramSource => (entry, state) => {
  const { device, level, cache } = options;
  const key = JSON.stringify([device, level, cache !== undefined, describeSpecs(state), describeSpecs(entry.inputs)]);
  const known = prepared.get(entry.program) ?? new Map<string, Promise<PreparedProgram>>();
  prepared.set(entry.program, known);
  const found = known.get(key);
  if (found) return found;
  const made = prepare(entry, state, options);
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
};
