import { describe, expect, it } from 'vitest';
import { difference } from '../contract/compare.js';
import { contractProgram, contractPrograms, contractRows, contractSignature } from '../contract/index.js';
import { convolutionalStep, inputGradient } from '../contract/programs.js';
import { evaluate } from '../evaluate/index.js';
import { topologicalOrder } from '../graph/graph.js';
import { countOperations } from '../graph/print.js';
import { trace } from '../trace/index.js';
import { runEagerly } from '../run/eager-engine.js';
import { onBackend } from '../tfjs-backend.js';
import { optimise, pipeline } from './index.js';

describe('the pipeline keeps the numbers', () => {
  it.each(contractRows)('of $name', (row) => {
    const before = trace(contractProgram(row), contractSignature(row));
    const expected = evaluate(before, {}, row.inputs).outputs;
    expect(difference(evaluate(optimise(before), {}, row.inputs).outputs, expected, 1e-5)).toBeUndefined();
  });

  it.each(contractPrograms)('of $program.name', ({ program, signature, state, inputs }) => {
    const before = trace(program, signature);
    const after = optimise(before);
    const eager = onBackend('cpu', () => runEagerly(program, signature.state, state, inputs));
    for (const graph of [before, after]) {
      const result = evaluate(graph, state, inputs);
      expect(difference(result.outputs, eager.outputs, 1e-4, 1e-6)).toBeUndefined();
      expect(difference(result.state, eager.state, 1e-4, 1e-6)).toBeUndefined();
    }
  });
});

describe('the pipeline leaves little to do', () => {
  it('finds nothing more in its own result', () => {
    for (const { program, signature } of contractPrograms) {
      const once = optimise(trace(program, signature));
      expect(countOperations(optimise(once))).toEqual(countOperations(once));
    }
  });

  it('keeps transposes only at the borders of a convolutional training step', () => {
    const { program, signature } = convolutionalStep;
    const before = trace(program, signature);
    const after = optimise(before);
    const filters = 4;
    // x once, the dropout mask once, and each filter on its way in and its gradient on its way out
    expect(countOperations(after).transpose).toBe(2 + 2 * filters);
    expect(countOperations(before).transpose).toBe(39);
    const images = topologicalOrder(after).filter((node) => node.op === 'transpose' && node.shape.length === 4 && node.shape[0] === 5);
    expect(images.every((node) => node.inputs[0]!.op === 'input' || node.inputs[0]!.inputs.some((input) => input.op === 'input' || input.op === 'constant'))).toBe(true);
  });

  it('keeps one transpose in and one out for the gradient of an image', () => {
    const { program, signature } = inputGradient;
    const transposes = topologicalOrder(optimise(trace(program, signature))).filter((node) => node.op === 'transpose');
    expect(transposes.filter((node) => node.shape[0] === -1)).toHaveLength(2);
  });

  it('runs each pass by its own name', () => {
    expect(new Set(pipeline.map((pass) => pass.name))).toEqual(new Set([
      'simplification', 'constant-folding', 'common-subexpressions', 'transpose-sinking', 'matmul-transposes', 'dead-code',
    ]));
  });
});
