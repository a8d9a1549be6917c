import { constant } from '../../graph/build.js';
import { broadcastShapes } from '../../graph/dimensions.js';
import type { Node } from '../../graph/graph.js';
import { sizeOf } from '../../signature.js';
import type { DType, Shape } from '../../tensors.js';
import { constantNode } from '../recorder.js';
import { axesOf, type KernelCall, type KernelRule, type KernelRules } from '../kernel-rule.js';

const gather: KernelRule = (call) => {
  const x = call.operand('x');
  const { axis, batchDims } = call.attributes;
  const [along, indices] = [axesOf(axis, x.shape.length)[0]!, call.cast(call.operand('indices'), 'int32')];
  const batch = (batchDims as number | undefined) ?? 0;
  return batch === 0 ? call.emit('gather', [x, indices], { axis: along }) : gatherPerBatch(call, x, indices, along, batch < 0 ? batch + indices.shape.length : batch);
};

/** x [B, outer, D, inner], indices [B, I]: rows of [B D, outer, inner] at b D + index, as [B, outer, I, inner]. */
function gatherPerBatch(call: KernelCall, x: Node, indices: Node, axis: number, batchDims: number): Node {
  const [lead, outer, inner] = [x.shape.slice(0, batchDims), x.shape.slice(batchDims, axis), x.shape.slice(axis + 1)];
  const [batch, length, count] = [sizeOf(lead), x.shape[axis]!, sizeOf(indices.shape.slice(batchDims))];
  const swap = (of: Node): Node => call.transpose(of, [0, 2, 1, 3]);
  const rows = call.reshape(swap(call.reshape(x, [batch, sizeOf(outer), length, sizeOf(inner)])), [batch * length, sizeOf(outer), sizeOf(inner)]);
  const first = call.emit('mul', [call.reshape(call.counted(batch), [batch, 1]), call.scalar(length, 'int32')], {});
  const places = call.emit('add', [call.reshape(indices, [batch, count]), first], {});
  const picked = call.emit('gather', [rows, places], { axis: 0 }); // [B, I, outer, inner]
  return call.reshape(swap(picked), [...lead, ...outer, ...indices.shape.slice(batchDims), ...inner]);
}

/** Indices [..., k] into the first k axes of `shape` as row numbers sum(index * stride). */
function rowNumbers(call: KernelCall, indices: Node, shape: Shape, depth: number): Node {
  const leading = shape.slice(0, depth);
  const strides = constant(Int32Array.from(leading.map((_, i) => sizeOf(leading.slice(i + 1)))), [depth], 'int32');
  return call.emit('reduceSum', [call.emit('mul', [indices, strides], {})], { axes: [indices.shape.length - 1], keepDims: false });
}

const asRows = (call: KernelCall, x: Node, depth: number): Node => call.reshape(x, [sizeOf(x.shape.slice(0, depth)), ...x.shape.slice(depth)]);

const gatherNd: KernelRule = (call) => {
  const [x, indices] = [call.operand('params'), call.cast(call.operand('indices'), 'int32')];
  const depth = indices.shape.at(-1)!;
  return call.emit('gather', [asRows(call, x, depth), rowNumbers(call, indices, x.shape, depth)], { axis: 0 });
};

const scatterUpdate: KernelRule = (call) => {
  const [x, updates] = call.matched(call.operand('tensor'), call.operand('updates'));
  const given = call.cast(call.operand('indices'), 'int32');
  const depth = given.shape.length > 1 ? given.shape.at(-1)! : 1;
  const indices = call.reshape(given, [sizeOf(given.shape) / depth, depth]);
  const rows = call.reshape(updates, [indices.shape[0]!, ...x.shape.slice(depth)]);
  return call.reshape(call.emit('replaceRows', [asRows(call, x, depth), rowNumbers(call, indices, x.shape, depth), rows], {}), x.shape);
};

const topK: KernelRule = (call) => {
  const x = call.number('x');
  const k = call.attributes.k as number;
  return [call.cast(call.emit('topK', [x], { k }), call.operand('x').dtype), call.emit('topKIndices', [x], { k })];
};

/** The shape that two shapes broadcast to; both must be part of the program. */
const broadcastArgs: KernelRule = (call) => {
  const [first, second] = ['s0', 's1'].map((name) => call.knownValues(name));
  return constantNode(broadcastShapes(first!, second!), [Math.max(first!.length, second!.length)], 'int32');
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
  TensorScatterUpdate: scatterUpdate,
  TopK: topK,
  BroadcastArgs: broadcastArgs,
  UnsortedSegmentSum: (call) => {
    const ids = call.cast(call.operand('segmentIds'), 'int32');
    if (ids.shape.length !== 1) call.refuse('unsortedSegmentSum has a rule for one-dimensional ids only');
    return call.emit('segmentSum', [call.number('x'), ids], { size: call.attributes.numSegments as number });
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
