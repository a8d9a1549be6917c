import { constant } from '../../graph/build.js';
import { sizeOf } from '../../signature.js';
import type { DType } from '../../tensors.js';
import { constantNode } from '../recorder.js';
import { axesOf, type KernelRule, type KernelRules } from '../kernel-rule.js';

const gather: KernelRule = (call) => {
  const x = call.operand('x');
  const { axis, batchDims } = call.attributes;
  if (batchDims) call.refuse('gather has a rule for batchDims 0 only');
  return call.emit('gather', [x, call.cast(call.operand('indices'), 'int32')], { axis: axesOf(axis, x.shape.length)[0]! });
};

/** Indices [..., k] into the first k axes: a gather of rows at sum(index * stride). */
const gatherNd: KernelRule = (call) => {
  const [x, indices] = [call.operand('params'), call.cast(call.operand('indices'), 'int32')];
  const depth = indices.shape.at(-1)!;
  const leading = x.shape.slice(0, depth);
  const strides = constant(Int32Array.from(leading.map((_, i) => sizeOf(leading.slice(i + 1)))), [depth], 'int32');
  const places = call.emit('mul', [indices, strides], {});
  const flat = call.emit('reduceSum', [places], { axes: [indices.shape.length - 1], keepDims: false });
  return call.emit('gather', [call.reshape(x, [sizeOf(leading), ...x.shape.slice(depth)]), flat], { axis: 0 });
};

/** start, start + step, ... before stop; the numbers are part of the program. */
const range: KernelRule = (call) => {
  const { start, stop, step, dtype } = call.attributes as { start: number; stop: number; step?: number; dtype?: DType };
  const stride = step === undefined || step === 1 ? Math.sign(stop - start) || 1 : step;
  const values = Array.from({ length: Math.max(0, Math.ceil((stop - start) / stride)) }, (_, i) => start + i * stride);
  return constantNode(values, [values.length], dtype ?? 'float32');
};

const linSpace: KernelRule = (call) => {
  const { start, stop, num } = call.attributes as { start: number; stop: number; num: number };
  return constantNode(Array.from({ length: num }, (_, i) => start + (i * (stop - start)) / Math.max(num - 1, 1)), [num], 'float32');
};

export const indexingKernels: KernelRules = {
  GatherV2: gather,
  GatherNd: gatherNd,
  UnsortedSegmentSum: (call) => {
    const ids = call.cast(call.operand('segmentIds'), 'int32');
    if (ids.shape.length !== 1) call.refuse('unsortedSegmentSum has a rule for one-dimensional ids only');
    return call.emit('segmentSum', [call.operand('x'), ids], { size: call.attributes.numSegments as number });
  },
  OneHot: (call) => {
    const { depth, onValue, offValue, dtype } = call.attributes;
    const indices = call.cast(call.operand('indices'), 'int32');
    const hot = call.emit('oneHot', [indices], { depth: depth as number, on: onValue as number, off: offValue as number });
    return call.cast(hot, (dtype ?? 'int32') as DType);
  },
  Range: range,
  LinSpace: linSpace,
};
