import * as onnxruntime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { engineFor } from '../../compiler/engines.js';
import { parseExpression } from '../parse-expression.js';
import { compileExpression } from './compile-expression.js';
import { sampleInputs } from './sample-inputs.js';

describe('an expression as ONNX', () => {
  it('has every name once: outputs beside leaves of the same name, new values, lengths that differ by call', async () => {
    const module = parseExpression('input x: float32[n]\nshared k: float32 = 2\nupdate k = k + sum(x)\noutput k\noutput x\noutput y = x * k');
    const expression = await compileExpression(module, engineFor('cpu'));
    const session = await onnxruntime.InferenceSession.create(expression.onnx());
    await expression.dispose();
    expect([...session.inputNames].sort()).toEqual(['k', 'x']);
    expect([...session.outputNames].sort()).toEqual(['next:k', 'output:k', 'output:x', 'y']);
    for (const x of [[1, 2], [3, 4, 5]]) {
      const results = await session.run({ x: new onnxruntime.Tensor('float32', Float32Array.from(x), [x.length]), k: new onnxruntime.Tensor('float32', Float32Array.of(2), []) });
      expect(results['y']!.data).toEqual(Float32Array.from(x, (value) => value * 2));
      expect(results['next:k']!.data).toEqual(Float32Array.of(2 + x.reduce((a, b) => a + b, 0)));
    }
    await session.release();
  });
});

describe(sampleInputs.name, () => {
  const module = parseExpression('input x: float32[n, 2]\ninput i: int32[n]\ninput c: bool\noutput y = where(c, sum(x), 0.0) + float32(sum(i))', { elements: 100 });

  it('fits the types for the lengths that are asked for, and repeats', () => {
    const { x, i, c } = sampleInputs(module, { n: 3 });
    expect([x!.shape, i!.shape, c!.shape]).toEqual([[3, 2], [3], []]);
    expect([i!.data, c!.data]).toEqual([new Int32Array(3), new Uint8Array(1)]);
    expect(new Set(x!.data).size).toBe(6);
    expect(sampleInputs(module, { n: 3 })['x']!.data).toEqual(x!.data);
  });

  it('needs every length, none of them too large', () => {
    expect(() => sampleInputs(module, {})).toThrowError('Lengths of at least 1 for n are needed.');
    expect(() => sampleInputs(module, { n: 0 })).toThrowError(/Lengths/);
    expect(() => sampleInputs(module, { n: 51 })).toThrowError("'x' would have 102 elements; at most 100 are accepted.");
  });
});
