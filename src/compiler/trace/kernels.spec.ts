import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { contractProgram, contractRows, contractSignature, eagerProgram } from '../contract/index.js';
import { difference } from '../contract/compare.js';
import { coverageOf } from '../contract/observe.js';
import { decompositions } from '../decompositions/index.js';
import { evaluate } from '../evaluate/index.js';
import { gradientRules } from '../gradients/index.js';
import type { Program } from '../program.js';
import { runEagerly } from '../run/eager-engine.js';
import { onBackend } from '../tfjs-backend.js';
import { kernelRules } from './kernels/index.js';
import { refusedKernels } from './kernels/refused.js';
import { trace } from './trace.js';

describe('every kernel traces to what eager cpu computes', () => {
  it.each(contractRows)('$name', (row) => {
    const graph = trace(contractProgram(row), contractSignature(row));
    const eager = onBackend('cpu', () => runEagerly(eagerProgram(row), {}, {}, row.inputs));
    expect(difference(evaluate(graph, {}, row.inputs).outputs, eager.outputs, row.tolerance)).toBeUndefined();
  });
});

const supported = [...Object.keys(kernelRules), ...Object.keys(decompositions)];
const coverage = contractRows.map(coverageOf);

describe('every kernel of TensorFlow.js', () => {
  it('has a rule, a decomposition or a reason to be refused, and one of them only', () => {
    const all = Object.entries(tf as Record<string, unknown>).flatMap(([name, value]) => (name === value ? [name] : []));
    expect(all).toHaveLength(180);
    expect([...supported, ...Object.keys(refusedKernels)].sort()).toEqual(all.sort());
  });

  it('that is supported has a row', () => {
    const used = new Set(coverage.flatMap(({ kernels }) => [...kernels]));
    expect(supported.filter((kernel) => !used.has(kernel))).toEqual([]);
  });

  it('that has a gradient rule has a row that takes it', () => {
    const used = new Set(coverage.flatMap(({ gradients }) => [...gradients]));
    const rules = gradientRules.map(({ kernelName }) => kernelName);
    expect(rules.filter((kernel) => !used.has(kernel))).toEqual([]);
    expect(new Set(rules).size).toBe(rules.length);
  });

  it('for which tfjs-core has a gradient has one here, unless it is refused', () => {
    const folder = join(dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json')), 'dist/gradients');
    const upstream = readdirSync(folder).flatMap((file) => /^(\w+)_grad\.js$/.exec(file)?.[1] ?? []);
    expect(upstream.length).toBeGreaterThan(90);
    const rules = new Set([...gradientRules.map(({ kernelName }) => kernelName), ...Object.keys(refusedKernels)]);
    expect(upstream.filter((kernel) => !rules.has(kernel))).toEqual([]);
  });

  it('that is refused says why, by name and call site', () => {
    for (const [kernel, reason] of Object.entries(refusedKernels)) {
      const program: Program = { name: 'p', apply: (_, inputs) => ({ outputs: { y: tf.engine().runKernel(kernel, inputs) } }) };
      const run = (): unknown => trace(program, { state: {}, inputs: { x: { dtype: 'float32', shape: [1] } } });
      expect(run).toThrow(expect.objectContaining({ code: 'kernel-unsupported', message: expect.stringContaining(reason) as string }));
    }
  });
});
