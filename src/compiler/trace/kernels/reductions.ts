import type { Node } from '../../graph/graph.js';
import { axesOf, type KernelCall, type KernelRule, type KernelRules } from '../kernel-rule.js';

type Reducing = 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin' | 'reduceProd';

function reduce(call: KernelCall, op: Reducing, x: Node): Node {
  const { axis, reductionIndices, keepDims } = call.attributes;
  const axes = axesOf(axis ?? reductionIndices, x.shape.length);
  return axes.length === 0 ? x : call.emit(op, [x], { axes, keepDims: Boolean(keepDims) });
}

const reduction = (op: Reducing): KernelRule => (call) => reduce(call, op, call.number('x'));

/** The largest and the smallest of bool are bool. */
const extremum = (op: 'reduceMax' | 'reduceMin'): KernelRule => (call) => call.cast(reduce(call, op, call.number('x')), call.operand('x').dtype);

/** Any = max and all = min of 0 and 1. */
const logical = (op: 'reduceMax' | 'reduceMin'): KernelRule => (call) =>
  call.cast(reduce(call, op, call.cast(call.operand('x'), 'int32')), 'bool');

const extremumIndex = (op: 'argMax' | 'argMin'): KernelRule => (call) => {
  const x = call.number('x');
  return call.emit(op, [x], { axis: axesOf(call.attributes.axis, x.shape.length)[0]! });
};

export const reductionKernels: KernelRules = {
  Sum: reduction('reduceSum'), Prod: reduction('reduceProd'), Max: extremum('reduceMax'), Min: extremum('reduceMin'),
  Mean: (call) => reduce(call, 'reduceMean', call.float('x')),
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
    const x = call.number('x');
    const { axis, exclusive, reverse } = call.attributes;
    return call.emit('cumsum', [x], { axis: axesOf(axis, x.shape.length)[0]!, exclusive: Boolean(exclusive), reverse: Boolean(reverse) });
  },
};
