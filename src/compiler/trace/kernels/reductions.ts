import type { Node } from '../../graph/graph.js';
import type { DType } from '../../tensors.js';
import { axesOf, type KernelCall, type KernelRule, type KernelRules } from '../kernel-rule.js';

type Reducing = 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd';

function reduce(call: KernelCall, op: Reducing, x: Node): Node {
  const { axis, reductionIndices, keepDims } = call.attributes;
  const axes = axesOf(axis ?? reductionIndices, x.shape.length);
  return axes.length === 0 ? x : call.emit(op, [x], { axes, keepDims: Boolean(keepDims) });
}

const reduction = (op: Reducing, least: DType = 'int32'): KernelRule => (call) => {
  const x = call.operand('x');
  return reduce(call, op, x.dtype === 'bool' || least === 'float32' ? call.cast(x, least) : x);
};

/** Any = max and all = min of 0 and 1. */
const logical = (op: 'reduceMax' | 'reduceMin'): KernelRule => (call) =>
  call.cast(reduce(call, op, call.cast(call.operand('x'), 'int32')), 'bool');

const extremumIndex = (op: 'argMax' | 'argMin'): KernelRule => (call) => {
  const x = call.operand('x');
  return call.emit(op, [x.dtype === 'bool' ? call.cast(x, 'int32') : x], { axis: axesOf(call.attributes.axis, x.shape.length)[0]! });
};

export const reductionKernels: KernelRules = {
  Sum: reduction('reduceSum'), Prod: reduction('reduceProd'), Max: reduction('reduceMax'), Min: reduction('reduceMin'),
  Mean: reduction('reduceMean', 'float32'),
  Any: logical('reduceMax'), All: logical('reduceMin'),
  ArgMax: extremumIndex('argMax'), ArgMin: extremumIndex('argMin'),
  Softmax: (call) => {
    const logits = call.float('logits');
    return call.emit('softmax', [logits], { axis: axesOf(call.attributes.dim, logits.shape.length)[0]! });
  },
  LogSoftmax: (call) => {
    const logits = call.float('logits');
    return call.emit('logSoftmax', [logits], { axis: axesOf(call.attributes.axis, logits.shape.length)[0]! });
  },
  Cumsum: (call) => {
    const x = call.operand('x');
    const { axis, exclusive, reverse } = call.attributes;
    return call.emit('cumsum', [x], { axis: axesOf(axis, x.shape.length)[0]!, exclusive: Boolean(exclusive), reverse: Boolean(reverse) });
  },
};
