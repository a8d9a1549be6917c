import type { TensorSpec } from '../../tensors.js';
import { expect, sameShape } from '../dimensions.js';
import { roleOf, type Loop } from '../loop.js';
import { expectInputs, type ShapeRules } from './rule.js';

const show = ({ dtype, shape }: TensorSpec): string => `${dtype}[${shape.join(',')}]`;

/** Every operand fits the leaf that stands for it in the body. */
function expectOperands(operands: readonly TensorSpec[], loop: Loop): void {
  const { inputs } = loop.body;
  expectInputs(operands, inputs.length);
  for (const [i, leaf] of inputs.entries()) {
    const role = roleOf(loop, i);
    const needed = role === 'sequence' ? { dtype: leaf.dtype, shape: [loop.steps, ...leaf.shape] } : leaf;
    expect(operands[i]!.dtype === needed.dtype && sameShape(operands[i]!.shape, needed.shape), () => `${role} ${i} is ${show(operands[i]!)} instead of ${show(needed)}`);
  }
}

export const controlRules: ShapeRules<'scan'> = {
  scan: (inputs, { loop, result, stacked }) => {
    expectOperands(inputs, loop);
    const value = loop.body.outputs[result];
    if (value === undefined) throw new Error(`internal: the body of a loop has no output '${result}'`);
    expect(stacked || loop.carried.includes(result), () => `'${result}' is not a state`);
    return { dtype: value.dtype, shape: stacked ? [loop.steps, ...value.shape] : value.shape };
  },
};
