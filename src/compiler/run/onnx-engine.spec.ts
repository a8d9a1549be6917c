import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { batchSignature, contractProgram, contractPrograms, contractRows, contractSignature, eagerProgram } from '../contract/index.js';
import { engineFor } from '../engines.js';
import type { Engine, Program, ProgramSignature } from '../program.js';
import type { NamedHostTensors } from '../tensors.js';

const cpu = engineFor('cpu');
const onnx = engineFor('onnx');

async function runOnce(engine: Engine, program: Program, signature: ProgramSignature, inputs: NamedHostTensors): Promise<NamedHostTensors> {
  const executable = await engine.compile(program, signature, { state: {}, threads: 1 });
  return executable.run(inputs).finally(() => executable.dispose());
}

describe('onnx agrees with eager cpu on every kernel', () => {
  it.each(contractRows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const expected = await runOnce(cpu, eagerProgram(row), contractSignature(row), row.inputs);
    const actual = await runOnce(onnx, contractProgram(row), contractSignature(row), row.inputs);
    expect(difference(actual, expected, row.tolerance)).toBeUndefined();
  });
});

describe('onnx agrees with eager cpu on kernels compiled for every batch size', () => {
  it.each(contractRows.filter(({ batched }) => batched).map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const expected = await runOnce(cpu, eagerProgram(row), contractSignature(row), row.inputs);
    const actual = await runOnce(onnx, contractProgram(row), batchSignature(row), row.inputs);
    expect(difference(actual, expected, row.tolerance)).toBeUndefined();
  });
});

describe('onnx agrees with eager cpu on whole programs, three calls in a row', () => {
  it.each(contractPrograms.map((contract) => [contract.program.name, contract] as const))('%s', async (_, { program, signature, state, inputs }) => {
    const executables = await Promise.all([cpu, onnx].map((engine) => engine.compile(program, signature, { state, threads: 2 })));
    for (let call = 0; call < 3; call++) {
      const [expected, actual] = await Promise.all(executables.map((executable) => executable.run(inputs)));
      expect(difference(actual!, expected!, 1e-4)).toBeUndefined();
    }
    const [expected, actual] = await Promise.all(executables.map((executable) => executable.readState()));
    expect(difference(actual!, expected!, 1e-4)).toBeUndefined();
    await Promise.all(executables.map((executable) => executable.dispose()));
  });
});
