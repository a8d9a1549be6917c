import { describe, expect, it } from 'vitest';
import { engineFor } from '../../compiler/engines.js';
import type { HostTensor } from '../../compiler/tensors.js';
import { compileExpression } from '../compile/compile-expression.js';
import { parseExpression } from '../parse-expression.js';
import { languageFunctions } from './index.js';

/** Nested lists of numbers with four digits, as the documentation prints values. */
function shown({ data, shape, dtype }: HostTensor): string {
  const values = Array.from(data, (value) => (dtype === 'bool' ? String(value === 1) : String(Number(value.toPrecision(4)))));
  const nest = (depth: number, start: number): string => {
    if (depth === shape.length) return values[start]!;
    const size = shape.slice(depth + 1).reduce((a, b) => a * b, 1);
    return `[${Array.from({ length: shape[depth]! }, (_, i) => nest(depth + 1, start + i * size)).join(', ')}]`;
  };
  return nest(0, 0);
}

async function valueOf(expression: string, engine: 'cpu' | 'onnx'): Promise<HostTensor> {
  const compiled = await compileExpression(parseExpression(`output y = ${expression}`), engineFor(engine), { threads: 1 });
  const { outputs } = await compiled.evaluate({});
  await compiled.dispose();
  return outputs['y']!;
}

describe.each([...languageFunctions.values()])('$name', ({ example: [expression, value] }) => {
  it.each(['cpu', 'onnx'] as const)('gives the value of its example on %s', async (engine) => {
    expect(shown(await valueOf(expression, engine))).toBe(value);
  });
});

const points = 'let x = [[0.3, 1.2, 0.7], [0.9, 0.4, 1.6]]';
const image = 'let x = reshape(linspace(0.1, 1.7, 16), [1, 4, 4, 1]) ^ 2';

/** An expression for each function with a gradient, and what it needs before; the value is derived by x. */
const derivable: Readonly<Record<string, readonly [setup: string, expression: string]>> = {
  ...Object.fromEntries([
    'exp', 'expm1', 'log', 'log1p', 'sqrt', 'rsqrt', 'square', 'reciprocal', 'abs', 'sigmoid', 'tanh', 'relu', 'relu6', 'elu', 'selu', 'softplus',
    'leakyRelu', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'erf', 'sum', 'mean', 'variance', 'norm', 'logSumExp', 'max', 'min', 'softmax', 'logSoftmax', 'cumsum',
    'transpose', 'expandDims', 'squeeze', 'reverse',
  ].map((name) => [name, [points, `${name}(x)`] as const])),
  where: [points, 'where(x > 0.5, x ^ 2, 3 * x)'], clip: [points, 'clip(x, 0.5, 1)'],
  maximum: [points, 'maximum(x, 0.5)'], minimum: [points, 'minimum(x, 0.5)'],
  crossEntropy: [points, 'crossEntropy(x, [2, 0])'], binaryCrossEntropy: [points, 'binaryCrossEntropy(x, ones([2, 3]) * 0.3)'],
  reshape: [points, 'reshape(x, [-1])'], concat: [points, 'concat([x, x ^ 2], axis: 1)'], stack: [points, 'stack([x, x ^ 2])'],
  broadcastTo: [points, 'broadcastTo(x, [4, 2, 3])'], tile: [points, 'tile(x, [2, 1])'], pad: [points, 'pad(x, [[0, 1], [2, 0]])'],
  gather: [points, 'gather(x, [2, 0, 2], axis: 1)'], segmentSum: [points, 'segmentSum(x, [1, 1], 2)'],
  conv2d: [image, 'conv2d(x, reshape(linspace(-1, 1, 8), [2, 2, 1, 2]), same: true)'], maxPool: [image, 'maxPool(x, 2)'], avgPool: [image, 'avgPool(x, 2)'],
  scan: [points, 'scan((s, row) => tanh(s * row) + row, ones([3]), over: x)'],
  grad: [points, 'grad(sum(x ^ 3), x)'], jacobian: [points, 'jacobian(x[0] ^ 3, x)'], hessian: [points, 'hessian(sum(x ^ 4), x)'],
  hvp: [points, 'hvp(sum(x ^ 4), x, ones([2, 3]))'], vjp: [points, 'vjp(x ^ 3, x, x)'], jvp: [points, 'jvp(x ^ 3, x, x)'],
};

/** Second derivatives that are not made yet: pooling of images. */
const ONCE: ReadonlySet<string> = new Set(['maxPool', 'avgPool']);

describe('functions with a gradient', () => {
  it('have a row here', () => {
    const names = [...languageFunctions.values()].filter(({ gradient }) => gradient).map(({ name }) => name);
    expect(Object.keys(derivable).sort()).toEqual(names.sort());
  });

  it.each(Object.entries(derivable))('%s agrees with central differences, and so does its second derivative', async (name, [setup, expression]) => {
    const source = [
      setup.replace('let x =', 'let given ='), 'shared moved: float32 = 0', 'let x = given + moved * given',
      `let y = ${expression}`, 'let cost = sum(y ^ 2)', 'let slope = grad(cost, moved)', 'output cost', ...(ONCE.has(name) ? [] : ['output slope']),
    ].join('\n');
    const compiled = await compileExpression(parseExpression(source), engineFor('cpu'));
    const wanted = ONCE.has(name) ? ['cost'] : ['cost', 'slope'];
    for (const of of wanted) {
      const report = await compiled.verifyGradient(of, ['moved'], {});
      expect(report, `${of}: ${JSON.stringify(report.variables)}`).toMatchObject({ passed: true });
    }
  });
});
