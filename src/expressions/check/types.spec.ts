import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { difference } from '../../compiler/contract/compare.js';
import { engineFor } from '../../compiler/engines.js';
import { toTensor } from '../../compiler/host-tensors.js';
import { Key, uniform } from '../../compiler/random/index.js';
import { sizeOf } from '../../compiler/signature.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import { onBackend } from '../../compiler/tfjs-backend.js';
import { checkBinding } from '../compile/check-binding.js';
import { compileExpression } from '../compile/compile-expression.js';
import { drawNumbers } from '../compile/draw-numbers.js';
import { makeEntry } from '../compile/entry.js';
import { traceAtBinding } from '../compile/traced-entry.js';
import type { ExpressionModule } from '../module.js';
import { diagnose } from '../parse-expression.js';
import type { Term } from './term.js';

const header = ['input x: float32[n, 3]', 'input y: float32[n]', 'input k: int32[n]', 'input z: float32[m, 2, 3]', 'input c: bool[n, 3]', 'let w = [[0.5, -1], [2, 1], [1, 3]]'];
const lengths = { n: 4, m: 3 };

const wrap = ['exp', 'tanh', 'relu', 'abs', 'sign', 'floor', 'softmax', 'logSoftmax', 'cumsum', 'sum', 'mean', 'max', 'min', 'prod', 'argmax', 'argmin', 'variance', 'logSumExp', 'transpose', 'squeeze', 'reverse', 'isNaN', 'zerosLike', 'stopGradient', 'int32', 'float32', 'bool', 'any', 'all'];
const withAxis = ['sum(A, axis: 0)', 'sum(A, axis: -1, keepDims: true)', 'mean(A, axis: [0, 1])', 'max(A, axis: 0, keepDims: true)', 'argmax(A, axis: 0)', 'softmax(A, axis: 0)', 'expandDims(A, 1)', 'reverse(A, axis: 0)'];
const shapes = ['A[0]', 'A[-1]', 'A[1:]', 'A[:-1]', 'A[::2]', 'A[::-1]', 'A[..., 0]', 'A[..., 1:]', 'A[:, 1]', 'A[k]', 'A[:, [0, 2]]', 'reshape(A, [-1])', 'reshape(A, [1, -1])', 'tile(A, [2, 1])', 'pad(A, [[1, 0], [0, 2]])', 'broadcastTo(A, [2, n, 3])', 'stack([A, A], axis: 1)', 'concat([A, A])', 'concat([A, A], axis: -1)', 'oneHot(A, 3)', 'gather(A, k)', 'segmentSum(A, k, 3)', 'A * length(A)'];
const pairs = ['A + B', 'A - B', 'A * B', 'A / (abs(B) + 1)', 'A // B', 'A % B', 'A ^ 2', 'A @ B', 'A @ transpose(B)', 'A == B', 'A != B', 'A < B', 'A >= B', 'A and B', 'A or not B', 'maximum(A, B)', 'minimum(A, 1)', 'where(A, B, 0)', 'where(c, A, B)', 'A + n', 'm * A', 'concat([A, B])', 'crossEntropy(A, B)', 'binaryCrossEntropy(A, B)'];
const derived = ['grad(sum(A), x)', 'grad(mean(A * A), z)', 'jacobian(sum(A, axis: 0), y)', 'hvp(sum(A ^ 3), x, x)', 'vjp(A, x, A)', 'jvp(A, y, y)'];
const templates = [...wrap.map((name) => `${name}(A)`), ...withAxis, ...shapes, ...pairs, ...derived, 'uniform([n, 2], seed: 1) + sum(B)', '{\n  let t = A\n  t + t\n}', 'f(A, B)'];

/** A program of `count` definitions that the checker accepts; those that it refuses are left out. */
function randomModule(pick: (count: number) => number): ExpressionModule {
  const source = [...header, 'fn f(a, b) = a * 2 + b'];
  const names = ['x', 'y', 'k', 'z', 'c', 'w'];
  for (let i = 0; i < 14; i++) {
    const [a, b] = [names[pick(names.length)]!, names[pick(names.length)]!];
    const definition = `let v${i} = ${templates[pick(templates.length)]!.replaceAll('A', a).replaceAll('B', b)}`;
    if (diagnose([...source, definition, `output v${i}`].join('\n')).module === undefined) continue;
    source.push(definition, `output v${i}`);
    names.push(`v${i}`);
  }
  return diagnose([...source, 'output w'].join('\n')).module!;
}

const inputs: NamedHostTensors = Object.fromEntries([['x', 'float32', [4, 3]], ['y', 'float32', [4]], ['k', 'int32', [4]], ['z', 'float32', [3, 2, 3]], ['c', 'bool', [4, 3]]].map((each) => {
  const [name, dtype, shape] = each as [string, HostTensor['dtype'], number[]];
  const numbers = uniform(Key.from(name), sizeOf(shape));
  const data = dtype === 'float32' ? numbers : dtype === 'int32' ? Int32Array.from(numbers, (u) => Math.floor(3 * u)) : Uint8Array.from(numbers, (u) => (u < 0.5 ? 1 : 0));
  return [name, { dtype, shape, data }];
}));

const fits = (module: ExpressionModule, results: readonly Term[]): boolean => {
  try {
    checkBinding(module, results, lengths);
    return true;
  } catch {
    return false; // a range that is empty for these lengths
  }
};

const spec = (dtype: string, shape: readonly number[]): string => `${dtype}[${shape.join(',')}]`;

it('types are those of the traced and of the computed tensors, in random programs', () => {
  const seen = new Map<string, number>();
  fc.assert(fc.property(fc.gen(), (g) => {
    const module = randomModule((count) => g(fc.nat, { max: count - 1 }));
    const entry = makeEntry(module, { outputs: module.outputs, updates: new Map(), sharedAsInputs: false });
    if (!fits(module, entry.results)) return;
    const expected = Object.fromEntries(Array.from(module.outputs, ([name, { type }]) => [name, spec(type.dtype, type.shape.map((length) => length.evaluate(lengths)))]));
    const { graph } = traceAtBinding(module, entry, lengths);
    expect(Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, spec(node.dtype, node.shape)]))).toEqual(expected);
    const computed = onBackend('cpu', () => tf.tidy(() => {
      const fed = Object.entries({ ...inputs, ...drawNumbers(entry.draws, module.streams, {}, lengths) }).map(([name, value]) => [name, toTensor(value)] as const);
      return Object.fromEntries(Object.entries(entry.program.apply({}, Object.fromEntries(fed)).outputs).map(([name, { dtype, shape }]) => [name, spec(dtype, shape)]));
    }));
    expect(computed).toEqual(expected);
    for (const name of module.source.match(/(?<=let v\d+ = )\w+\(|(?<= )(\/\/|[-+*/@%^]|and|or)(?= )/g) ?? []) seen.set(name, (seen.get(name) ?? 0) + 1);
  }), { numRuns: 150, seed: 1 });
  expect(seen.size).toBeGreaterThan(45); // functions and operators that took part
});

it('values on onnx are those of eager cpu, in random programs', async () => {
  let compared = 0;
  for (let seed = 1; seed <= 25; seed++) {
    let draw = 0;
    const module = randomModule((count) => Key.from(seed).words(draw++)[0] % count);
    if (!fits(module, [...module.outputs.values()])) continue;
    const [eager, onnx] = await Promise.all((['cpu', 'onnx'] as const).map(async (name) => {
      const compiled = await compileExpression(module, engineFor(name), { threads: 1 });
      const { outputs } = await compiled.evaluate(inputs);
      await compiled.dispose();
      return outputs;
    }));
    expect(difference(onnx!, eager!, 1e-3), module.source).toBeUndefined();
    compared += module.outputs.size;
  }
  expect(compared).toBeGreaterThan(150);
});
