import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { contractProgram, contractRows, contractSignature, eagerProgram } from '../contract/index.js';
import { difference } from '../contract/compare.js';
import { evaluate } from '../evaluate/index.js';
import { runEagerly } from '../run/eager-engine.js';
import { onBackend } from '../tfjs-backend.js';
import { kernelRules } from './kernels/index.js';
import { trace } from './trace.js';

describe('every kernel traces to what eager cpu computes', () => {
  it.each(contractRows)('$name', (row) => {
    const graph = trace(contractProgram(row), contractSignature(row));
    const eager = onBackend('cpu', () => runEagerly(eagerProgram(row), {}, {}, row.inputs));
    expect(difference(evaluate(graph, {}, row.inputs).outputs, eager.outputs, row.tolerance)).toBeUndefined();
  });

  it('has a row for every rule', () => {
    const runKernel = vi.spyOn(tf.engine(), 'runKernel');
    for (const row of contractRows) trace(contractProgram(row), contractSignature(row));
    const used = new Set(runKernel.mock.calls.map(([kernel]) => kernel));
    runKernel.mockRestore();
    // no operation of tfjs-core calls these kernels any more; they remain callable by name
    const unreachable = ['BroadcastTo', 'EluGrad', 'LogSoftmax', 'LogicalXor'];
    expect(Object.keys(kernelRules).filter((kernel) => !used.has(kernel) && !unreachable.includes(kernel))).toEqual([]);
  });
});
