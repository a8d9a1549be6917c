import type { Node } from '../../graph/graph.js';
import type { KernelCall, KernelRules } from '../kernel-rule.js';
import { finish } from './fused.js';

/** Products of integers are exact up to 2^24. */
function product(call: KernelCall): Node {
  const { transposeA, transposeB } = call.attributes;
  const result = call.emit('matmul', [call.float('a'), call.float('b')], { transposeA: Boolean(transposeA), transposeB: Boolean(transposeB) });
  const floats = ['a', 'b'].some((name) => call.operand(name).dtype === 'float32');
  return call.cast(result, floats ? 'float32' : 'int32');
}

export const matmulKernels: KernelRules = {
  BatchMatMul: product,
  _FusedMatMul: (call) => finish(call, product(call)),
};
