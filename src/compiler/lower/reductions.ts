import type { NodeOf } from '../graph/graph.js';
import { castTo } from './elementwise.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';

type AxesReduction = 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd';

/** ONNX reduces numbers only: bool operands go through int32 (max = any, min = all). */
const reduction = <P extends AxesReduction>(opType: string): LoweringRule<P> => (node, [x], onnx) => {
  const { axes, keepDims } = (node as NodeOf<AxesReduction>).attributes;
  if (axes.length === 0) return x!;
  const operandType = node.inputs[0]!.dtype;
  const numbers = operandType === 'bool' ? castTo(onnx, x!, 'int32') : x!;
  const result = onnx.op(opType, [numbers, onnx.int64(axes)], { keepdims: { i: keepDims ? 1 : 0 } });
  return operandType === 'bool' && node.dtype !== 'int32' ? castTo(onnx, result, node.dtype) : result;
};

/** Index of the first extreme value; ONNX answers in int64. */
const argExtreme = <P extends 'argMax' | 'argMin'>(opType: string): LoweringRule<P> => (node, [x], onnx) => {
  const { axis } = (node as NodeOf<'argMax' | 'argMin'>).attributes;
  return castTo(onnx, onnx.op(opType, [x!], { axis: { i: axis }, keepdims: { i: 0 } }), 'int32');
};

const cumsum = ({ attributes }: NodeOf<'cumsum'>, [x]: readonly string[], onnx: OnnxBuilder): string =>
  onnx.op('CumSum', [x!, onnx.scalar('int32', attributes.axis)], {
    exclusive: { i: attributes.exclusive ? 1 : 0 },
    reverse: { i: attributes.reverse ? 1 : 0 },
  });

export const reductionRules: LoweringRules<AxesReduction | 'argMax' | 'argMin' | 'softmax' | 'logSoftmax' | 'cumsum'> = {
  reduceSum: reduction('ReduceSum'),
  reduceMean: reduction('ReduceMean'),
  reduceMax: reduction('ReduceMax'),
  reduceMin: reduction('ReduceMin'),
  reduceProd: reduction('ReduceProd'),
  argMax: argExtreme('ArgMax'),
  argMin: argExtreme('ArgMin'),
  softmax: ({ attributes }, inputs, onnx) => onnx.op('Softmax', inputs, { axis: { i: attributes.axis } }),
  logSoftmax: ({ attributes }, inputs, onnx) => onnx.op('LogSoftmax', inputs, { axis: { i: attributes.axis } }),
  cumsum,
};
