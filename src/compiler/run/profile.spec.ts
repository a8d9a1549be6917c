import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { contractPrograms } from '../contract/index.js';
import { engineFor } from '../engines.js';
import { isLeaf } from '../graph/build.js';
import { topologicalOrder } from '../graph/graph.js';
import { nodeNames } from '../graph/print.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import type { LoweredModel } from '../lower/index.js';
import { optimise } from '../passes/index.js';
import type { Program, ProgramProfile } from '../program.js';
import type { HostTensor } from '../tensors.js';
import { trace } from '../trace/index.js';
import { heapArena } from './arena.js';
import { blockSize } from './block-size.js';
import { compileProgram } from './compiled-program.js';
import type { OpenModel } from './open-model.js';
import { openModel } from './prepared-program.js';
import { ProfiledModel } from './profiled-model.js';
import { ProfiledProgram } from './profiled-program.js';
import { StateStore } from './state-store.js';

const onnx = engineFor('onnx');

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const kernelTime = ({ rows, kernels, added }: ProgramProfile): number => sum([...rows, ...kernels, ...added].map(({ milliseconds }) => milliseconds));

describe('profiles', () => {
  it.each(contractPrograms)('attribute every node of $program.name once, and every kernel to a node', async ({ program, signature, state, inputs }) => {
    const graph = blockedLayout(optimise(trace(program, signature)).graph, await blockSize(1));
    const models: LoweredModel[] = [];
    const open = (_: number, lower: () => LoweredModel): Promise<OpenModel> => {
      models.push(lower());
      return ProfiledModel.open(models[0]!, (profilePrefix) => openModel(models[0]!.bytes, { device: 'cpu', threads: 1, profilePrefix }));
    };
    const profiled = new ProfiledProgram(await compileProgram(graph, { state: new StateStore('profiled', signature.state, state, heapArena) }, open));
    for (let call = 0; call < 4; call++) await profiled.run(inputs);
    const { calls, rows, added } = await profiled.profile();
    await profiled.release();
    const [lowered] = models;
    const names = nodeNames(lowered!.graph);
    const computed = topologicalOrder(lowered!.graph).filter((node) => !isLeaf(node)).map((node) => names.get(node));
    expect(rows.flatMap(({ name, includes }) => [name, ...includes]).sort()).toEqual(computed.sort());
    expect(added).toEqual([]);
    expect(calls).toBe(4);
    for (const { name, print, calls: times } of rows) expect([times % 4, print.startsWith(`${name}:`)]).toEqual([0, true]);
  });

  it.each(contractPrograms)('of $program.name lie within the wall time', async ({ program, signature, state, inputs }) => {
    const executable = await onnx.compile(program, signature, { state, threads: 1, profile: true });
    for (let call = 0; call < 4; call++) await executable.run(inputs);
    const profile = await executable.profile();
    await executable.dispose();
    expect(kernelTime(profile)).toBeGreaterThan(0);
    expect(kernelTime(profile)).toBeLessThanOrEqual(profile.milliseconds);
  });

  it('name site and bytes of a node, and the kernels of fused updates', async () => {
    const step: Program = {
      name: 'step',
      apply: ({ w, m }, { x }) => ({ outputs: { y: tf.softmax(tf.matMul(x!, w!)) }, state: { w: tf.sub(w!, tf.mul(m!, 0.1)), m: tf.mul(m!, 0.9) } }),
    };
    const float = (...shape: number[]): HostTensor => ({ dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) });
    const state = { w: float(6, 5), m: float(6, 5) };
    const inputs = { x: float(3, 6) };
    const executable = await onnx.compile(step, { state, inputs }, { state, profile: true });
    await executable.run(inputs);
    const profile = await executable.profile();
    const product = profile.rows.find(({ op }) => op === 'matmul')!;
    expect(product).toMatchObject({ calls: 1, bytes: 3 * 5 * 4, includes: [] });
    expect(product.site).toMatch(/^profile\.spec\.ts:\d+$/);
    expect(profile.kernels).toMatchObject([{ updates: ['w', 'm'], operations: ['mul', 'sub', 'mul'], calls: 1 }]);
    await executable.run(inputs);
    await executable.run(inputs);
    const second = await executable.profile();
    expect([second.calls, second.kernels[0]!.calls, second.rows.find(({ op }) => op === 'matmul')!.calls]).toEqual([2, 2, 2]);
    expect((await executable.profile()).calls).toBe(0);
    await executable.dispose();
  });

  it('are there for the asking only, and leave no file', async () => {
    const { program, signature, state } = contractPrograms[0]!;
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('rampart-profile-')).length;
    const plain = await onnx.compile(program, signature, { state });
    await expect(plain.profile()).rejects.toMatchObject({ code: 'profile-not-available', status: 409 });
    await plain.dispose();
    const eager = await engineFor('cpu').compile(program, signature, { state, profile: true });
    await expect(eager.profile()).rejects.toThrow(/the engine 'cpu' runs kernel by kernel/);
    await eager.dispose();
    const timed = await onnx.compile(program, signature, { state, profile: true });
    await timed.dispose();
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('rampart-profile-')).length).toBe(before);
  });
});
