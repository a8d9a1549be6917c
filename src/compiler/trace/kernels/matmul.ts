import type { Node } from '../../graph/graph.js';
import type { KernelCall, KernelRules } from '../kernel-rule.js';
import { finish } from './fused.js';

const product = (call: KernelCall): Node => call.emit('matmul', [call.float('a'), call.float('b')], {
  transposeA: Boolean(call.attributes.transposeA), transposeB: Boolean(call.attributes.transposeB),
});

export const matmulKernels: KernelRules = {
  BatchMatMul: product,
  _FusedMatMul: (call) => finish(call, product(call)),
};
