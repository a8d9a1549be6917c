import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, type TestContext } from 'vitest';
import { difference } from '../contract/compare.js';
import { chosenEngines, enginesUnderTest, type EngineUnderTest } from '../contract/engines.js';
import { batchSignature, contractProgram, contractPrograms, contractRows, contractSignature, eagerProgram, type ContractRow } from '../contract/index.js';
import { engineFor } from '../engines.js';
import type { Engine, Executable, Program, ProgramSignature } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';
import { loadBackend } from '../tfjs-backend.js';

const reference = engineFor('cpu');

const noKernel = /Kernel '(\w+)' not registered for backend/;

/** What the engine computes; leaves the test out where it needs a kernel that the engine is known to lack. */
async function orSkip<T>(work: Promise<T>, { missing }: EngineUnderTest, context: TestContext): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const [message, kernel = ''] = (error instanceof Error && noKernel.exec(error.message)) || [];
    if (missing.includes(kernel)) context.skip(message);
    throw error;
  }
}

async function once(engine: Engine, program: Program, signature: ProgramSignature, inputs: NamedHostTensors): Promise<NamedHostTensors> {
  const executable = await engine.compile(program, signature, { state: {}, threads: 1 });
  try {
    return await executable.run(inputs);
  } finally {
    await executable.dispose();
  }
}

async function sameState([expected, actual]: readonly Executable[]): Promise<void> {
  expect(difference(await actual!.readState(), await expected!.readState(), 1e-4)).toBeUndefined();
}

describe.each(chosenEngines(process.env['RAMPART_TEST_ENGINES']))('$name agrees with eager cpu', (under) => {
  const engine = engineFor(under.engine, { device: under.device });

  const agrees = async (row: ContractRow, signature: ProgramSignature, context: TestContext): Promise<void> => {
    const gap = under.gaps.find(({ rows }) => rows.test(row.name));
    if (gap) context.skip(gap.why);
    const tolerance = under.looser[row.name] ?? { relative: Math.max(row.tolerance, under.least), absolute: Math.max(row.tolerance, under.least) };
    const expected = await once(reference, eagerProgram(row), contractSignature(row), row.inputs);
    const program = under.engine === 'cpu' ? eagerProgram(row) : contractProgram(row);
    const actual = await orSkip(once(engine, program, signature, row.inputs), under, context);
    expect(difference(actual, expected, tolerance.relative, tolerance.absolute)).toBeUndefined();
  };

  it('lacks what it is said to lack', async () => {
    if (under.engine !== 'onnx') await loadBackend(under.engine, under.device);
    expect(under.missing.filter((kernel) => tf.getKernel(kernel, under.engine) !== undefined)).toEqual([]);
  });

  it.for(contractRows.map((row) => [row.name, row] as const))('on %s', ([, row], context) => agrees(row, contractSignature(row), context));

  it.for(contractRows.filter(({ batched }) => batched).map((row) => [row.name, row] as const))('for every batch size on %s', ([, row], context) => {
    if (under.engine !== 'onnx') context.skip('eager engines take any shape');
    return agrees(row, batchSignature(row), context);
  });

  it.for(contractPrograms.map((contract) => [contract.program.name, contract] as const))('in three calls in a row: %s', async ([, contract], context) => {
    const { program, signature, state, inputs } = contract;
    const executables = await Promise.all([reference, engine].map((each) => each.compile(program, signature, { state, threads: 2 })));
    try {
      for (let call = 0; call < 3; call++) {
        const [expected, actual] = await Promise.all([executables[0]!.run(inputs), orSkip(executables[1]!.run(inputs), under, context)]);
        expect(difference(actual, expected, 1e-4)).toBeUndefined();
      }
      await sameState(executables);
    } finally {
      await Promise.all(executables.map((executable) => executable.dispose()));
    }
  });
});

describe('what engines may do otherwise', () => {
  it('is said of rows that exist', () => {
    const names = contractRows.map(({ name }) => name);
    const strangers = enginesUnderTest.flatMap(({ gaps, looser }) =>
      [...gaps.map(({ rows }) => rows), ...Object.keys(looser).map((name) => new RegExp(`^${name}$`))].filter((rows) => !names.some((name) => rows.test(name))));
    expect(strangers).toEqual([]);
  });
});

describe('the reference', () => {
  it('is one of the engines under test, and unknown names are refused', () => {
    expect(chosenEngines().map(({ name }) => name)).toEqual(['onnx', 'wasm', 'cpu']);
    expect(chosenEngines('webgpu, cpu').map(({ device }) => device)).toEqual(['webgpu', 'cpu']);
    expect(() => chosenEngines('tpu')).toThrow(/no engine 'tpu' to test; choose among onnx, webgpu/);
  });
});
