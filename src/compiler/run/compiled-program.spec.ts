import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractPrograms, contractRows, contractSignature, eagerProgram } from '../contract/index.js';
import { floats } from '../contract/row.js';
import { engineFor } from '../engines.js';
import type { LoopPolicy } from '../fuse/index.js';
import { blockedLayout } from '../layout/blocked-layout.js';
import type { LoweredModel } from '../lower/index.js';
import { optimise } from '../passes/index.js';
import type { Program, ProgramSignature } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';
import { trace } from '../trace/index.js';
import { SharedArena } from './arena.js';
import { blockSize } from './block-size.js';
import { compileProgram } from './compiled-program.js';
import { NativeModel } from './native-model.js';
import type { OpenModel } from './open-model.js';
import { StateStore } from './state-store.js';

/** All that kernels can compute, however small: so that cutting, levels and buffers are tried on every program. */
const everything: LoopPolicy = { fewestElements: 2, pays: () => true };

interface Case { readonly program: Program; readonly signature: ProgramSignature; readonly state: NamedHostTensors; readonly inputs: NamedHostTensors }

/** Outputs of three calls and the state after them. */
async function withLoops({ program, signature, state, inputs }: Case, policy: LoopPolicy): Promise<NamedHostTensors[]> {
  const arena = new SharedArena();
  const store = new StateStore(program.name, signature.state, state, arena);
  const graph = blockedLayout(optimise(trace(program, signature)).graph, await blockSize(1));
  const open = (_: number, lower: () => LoweredModel): Promise<OpenModel> => NativeModel.open(lower().bytes, { threads: 1 });
  const compiled = await compileProgram(graph, { state: store, kernels: { arena, store } }, open, policy);
  try {
    return [await compiled.run(inputs), await compiled.run(inputs), await compiled.run(inputs), store.read()];
  } finally {
    await compiled.release();
  }
}

async function eagerly({ program, signature, state, inputs }: Case): Promise<NamedHostTensors[]> {
  const executable = await engineFor('cpu').compile(program, signature, { state });
  const outputs = [await executable.run(inputs), await executable.run(inputs), await executable.run(inputs)];
  return [...outputs, await executable.readState()];
}

async function expectAgreement(tried: Case, reference = tried.program, tolerance = 1e-4): Promise<void> {
  const [actual, expected] = [await withLoops(tried, everything), await eagerly({ ...tried, program: reference })];
  actual.forEach((values, i) => expect(difference(values, expected[i]!, tolerance, 1e-5), `call ${i}`).toBeUndefined());
}

describe('a program cut into models and loops equals eager cpu', () => {
  it.each(contractRows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const tried = { program: contractProgram(row), signature: contractSignature(row), state: {}, inputs: row.inputs };
    await expectAgreement(tried, eagerProgram(row), Math.max(row.tolerance, 1e-4));
  });

  it.each(contractPrograms.map((contract) => [contract.program.name, contract] as const))('%s, with its state', async (_, contract) => {
    await expectAgreement(contract);
  });

  const state = { a: floats([6, 8]), b: floats([6, 8], -1, 1), c: floats([8]) };
  const inputs = { x: floats([6, 8], 0, 1), m: floats([8, 8], -1, 1) };
  const signature: ProgramSignature = { state, inputs };
  const programOf = (apply: Program['apply']): Case => ({ program: { name: 'cut', apply }, signature, state, inputs });

  it('values that cross several segments, are returned, and become state', async () => {
    await expectAgreement(programOf(({ a, b, c }, { x, m }) => {
      const first = tf.mul(tf.add(a!, x!), 0.5); // a loop
      const product = tf.matMul(first, m as tf.Tensor2D); // a model
      const second = tf.add(tf.relu(product), tf.mul(first, c!)); // a loop over both
      const column = tf.sum(second, 0);
      return { outputs: { first, second, column, total: tf.sum(second) }, state: { a: second, b: tf.sub(b!, tf.mul(column, 0.01)), c: column } };
    }));
  });

  it('reshapes between segments, and results that are reshapes or leaves', async () => {
    await expectAgreement(programOf(({ a, b }, { x }) => {
      const flat = tf.reshape(tf.mul(tf.add(a!, b!), x!), [48]);
      const turned = tf.mul(tf.reshape(tf.square(flat), [8, 6]), 2);
      return { outputs: { flat, turned, copy: x!, folded: tf.reshape(turned, [2, 24]) } };
    }));
  });

  it('nothing pays: all is one model', async () => {
    const tried = programOf(({ a, c }, { x }) => ({ outputs: { y: tf.add(a!, x!) }, state: { c: tf.add(c!, 1) } }));
    const [expected] = await eagerly(tried);
    expect(difference((await withLoops(tried, { fewestElements: Infinity, pays: () => false }))[0]!, expected!, 1e-6)).toBeUndefined();
  });
});
