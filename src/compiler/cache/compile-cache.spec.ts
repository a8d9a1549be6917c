import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contractPrograms } from '../contract/index.js';
import { engineFor } from '../engines.js';
import { lowerToOnnx } from '../lower/index.js';
import type { Graph, Node } from '../graph/graph.js';
import { optimise } from '../passes/index.js';
import type { Program, ProgramSignature } from '../program.js';
import type { HostTensor, NamedHostTensors } from '../tensors.js';
import { makeSchedule, valueNames } from '../schedule/schedule.js';
import { trace } from '../trace/index.js';
import { CompileCache } from './compile-cache.js';
import { compileKey, type CompileKey } from './compile-key.js';
import { encodeGraph } from './graph-form.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compile-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (maxBytes = 1e8): CompileCache => new CompileCache({ folder, maxBytes, version: '1' });
const keyOf = (name: string): CompileKey => compileKey(Buffer.from(name), { device: 'cpu', level: 'o4', version: '1' });
const form = (size: number, fill = 1): { graph: Uint8Array; models: Uint8Array[] } =>
  ({ graph: Uint8Array.of(fill, 7), models: [new Uint8Array(size).fill(fill), Uint8Array.of(fill)] });

describe('compiled programs in a folder', () => {
  it('are found again, by other processes too', async () => {
    expect(await open().read(keyOf('a'))).toBeUndefined();
    await open().write(keyOf('a'), form(1000));
    const found = await open().read(keyOf('a'));
    expect([found!.graph, ...found!.models].map((part) => Uint8Array.from(part))).toEqual([form(1000).graph, ...form(1000).models]);
  });

  it.each([0, 20, 33, 40, 700])('are ignored and removed when damaged at byte %i or cut there', async (at) => {
    const cache = open();
    for (const damage of [(file: Buffer) => ((file[at] = file[at]! ^ 1), file), (file: Buffer) => file.subarray(0, at)]) {
      await cache.write(keyOf('a'), form(1000));
      const [name] = await readdir(folder);
      await writeFile(join(folder, name!), damage(await readFile(join(folder, name!))));
      expect(await cache.read(keyOf('a'))).toBeUndefined();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('stay within the bound; those used least recently go first', async () => {
    const cache = open(3500);
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      await cache.write(keyOf(name), form(1000));
      await utimes(join(folder, `${keyOf(name)}.compiled`), i, i);
    }
    await cache.read(keyOf('a')); // used now
    await cache.write(keyOf('d'), form(1000));
    expect((await Promise.all(['a', 'b', 'c', 'd'].map((name) => cache.read(keyOf(name))))).map(Boolean)).toEqual([true, false, true, true]);
    await cache.write(keyOf('e'), form(4000));
    expect(await cache.read(keyOf('e'))).toBeUndefined();
  });

  it('leave no partial file, and remove those of dead processes', async () => {
    await writeFile(join(folder, 'x.partial'), 'left');
    await utimes(join(folder, 'x.partial'), 1, 1);
    await writeFile(join(folder, 'y.partial'), 'being written');
    await open().write(keyOf('a'), form(10));
    expect((await readdir(folder)).sort()).toEqual([`${keyOf('a')}.compiled`, 'y.partial'].sort());
  });

  it('are whole while many write, read and evict at once', async () => {
    const caches = Array.from({ length: 4 }, () => open(12_000));
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    let hits = 0;
    await Promise.all(caches.map(async (cache, process) => {
      for (let turn = 0; turn < 60; turn++) {
        const name = (turn * 5 + process) % names.length;
        if ((turn + process) % 3 === 0) await cache.write(keyOf(names[name]!), form(3000, name));
        const found = await cache.read(keyOf(names[name]!));
        if (!found) continue;
        hits += 1;
        expect(found.models.map((model) => Uint8Array.from(model))).toEqual(form(3000, name).models);
      }
    }));
    expect(hits).toBeGreaterThan(0);
    const sizes = await Promise.all((await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size));
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(12_000);
  });

  it('do not fail a compilation when the folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const cache = new CompileCache({ folder: join(folder, 'file', 'inside'), maxBytes: 1e6, version: '1' });
    await cache.write(keyOf('a'), form(10));
    expect(await cache.read(keyOf('a'))).toBeUndefined();
    const executable = await engineFor('onnx', { cache }).compile(scaled(3), signature, { state: {} });
    expect((await executable.run({ x })).y!.data).toEqual(Float32Array.of(3, 6));
    await executable.dispose();
  });
});

const x: HostTensor = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) };
const signature: ProgramSignature = { state: {}, inputs: { x: { dtype: 'float32', shape: [2] } } };
/** With the names that models of an engine carry. */
const prefixed = (graph: Graph): Graph => {
  const results = new Map(Object.entries(graph.outputs).map(([name, node]): [string, Node] => [valueNames.output(name), node]));
  const [segment] = makeSchedule(graph, results, { loops: undefined, readAfter: [] }).segments;
  if (segment?.kind !== 'model') throw new Error('not one model');
  return segment.graph;
};

let applied = 0;
/** y = factor x */
const scaled = (factor: number): Program => ({
  name: 'scaled',
  apply: (_, inputs) => {
    applied += 1;
    return { outputs: { y: tf.mul(inputs['x']!, factor) } };
  },
});

describe('compiling with a cache', () => {
  async function result(program: Program, cache?: CompileCache): Promise<number[]> {
    const executable = await engineFor('onnx', { cache }).compile(program, signature, { state: {} });
    const { y } = await executable.run({ x });
    await executable.dispose();
    return Array.from(y!.data);
  }

  it('traces a program object once for each signature, and again after a failure', async () => {
    const program = scaled(5);
    applied = 0;
    expect([await result(program), await result(program)]).toEqual([[5, 10], [5, 10]]);
    await Promise.all([result(program), result(program)]);
    expect(applied).toBe(1);
    const longer = await engineFor('onnx').compile(program, { state: {}, inputs: { x: { dtype: 'float32', shape: [3] } } }, { state: {} });
    await longer.dispose();
    expect(applied).toBe(2);
    let fails = true;
    const moody: Program = { name: 'moody', apply: (_, inputs) => { if (fails) throw new Error('not yet'); return { outputs: { y: inputs['x']! } }; } };
    await expect(result(moody)).rejects.toMatchObject({ code: 'trace-failed' });
    fails = false;
    expect(await result(moody)).toEqual([1, 2]);
  });

  it('takes graph and model from the folder: another program under the same key answers', async () => {
    const cache = open();
    const traced = trace(scaled(2), signature);
    const { graph: other } = optimise(trace(scaled(9), signature));
    await cache.write(compileKey(encodeGraph(traced), { device: 'cpu', level: 'o4', version: '1' }), { graph: encodeGraph(other), models: [lowerToOnnx(prefixed(other))] });
    expect(await result(scaled(2), cache)).toEqual([9, 18]);
    expect(await result(scaled(2), new CompileCache({ folder, maxBytes: 1e8, version: '2' }))).toEqual([2, 4]);
  });

  it('writes a damaged file again', async () => {
    await result(scaled(2), open());
    const [name] = await readdir(folder);
    const whole = await readFile(join(folder, name!));
    await writeFile(join(folder, name!), whole.subarray(0, whole.length - 5));
    expect(await result(scaled(2), open())).toEqual([2, 4]);
    expect(await readdir(folder)).toEqual([name]);
    expect(await open().read(name!.slice(0, 64) as CompileKey)).toBeDefined();
  });

  it.each(contractPrograms)('gives the same bits as without it: $program.name', async ({ program, signature: of, state, inputs }) => {
    const copy = (): Program => ({ name: program.name, apply: (...tensors) => program.apply(...tensors) });
    const run = async (cache?: CompileCache): Promise<[NamedHostTensors, NamedHostTensors]> => {
      const executable = await engineFor('onnx', { cache }).compile(copy(), of, { state, threads: 1 });
      await executable.run(inputs);
      const outcome: [NamedHostTensors, NamedHostTensors] = [await executable.run(inputs), await executable.readState()];
      await executable.dispose();
      return outcome;
    };
    const fresh = await run();
    expect(await run(open())).toEqual(fresh); // writes
    expect(await readdir(folder)).toHaveLength(1);
    expect(await run(open())).toEqual(fresh); // reads
  });
});
