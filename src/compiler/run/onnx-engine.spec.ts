import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractPrograms, contractRows, contractSignature } from '../contract/index.js';
import { engineFor } from '../engines.js';
import type { NamedHostTensors } from '../tensors.js';

const cpu = engineFor('cpu');
const onnx = engineFor('onnx');

describe('onnx agrees with eager cpu on every kernel', () => {
  it.each(contractRows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const program = contractProgram(row);
    const results: NamedHostTensors[] = [];
    for (const engine of [cpu, onnx]) {
      const executable = await engine.compile(program, contractSignature(row), { state: {}, threads: 1 });
      results.push(await executable.run(row.inputs));
      await executable.dispose();
    }
    expect(difference(results[1]!, results[0]!, 1e-4, 1e-5)).toBeUndefined();
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
