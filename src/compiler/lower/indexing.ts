import { castTo } from './elementwise.js';
import type { LoweringRule, LoweringRules } from './rule.js';

/** Equality with 0..depth-1, so that an index outside the range gives a row of `off` (ONNX `OneHot` would wrap it). */
const oneHot: LoweringRule<'oneHot'> = ({ attributes: { depth, on, off }, inputs: [indices] }, [x], onnx) => {
  const column = onnx.reshape(x!, [...indices!.shape, 1]);
  const classes = onnx.constant('int32', [depth], Int32Array.from({ length: depth }, (_, i) => i));
  const hit = onnx.op('Equal', [column, classes]);
  if (on === 1 && off === 0) return castTo(onnx, hit, 'float32');
  return onnx.op('Where', [hit, onnx.scalar('float32', on), onnx.scalar('float32', off)]);
};

/** Adds row i of the updates to row indices[i] of zeros. `ScatterElements` adds in order on one thread: repeatable. */
const segmentSum: LoweringRule<'segmentSum'> = ({ attributes: { size }, inputs: [updates], shape, dtype }, [rows, indices], onnx) => {
  const zeros = onnx.op('Expand', [onnx.scalar(dtype, 0), onnx.shape(shape)]);
  if (size === 0) return zeros;
  const column = onnx.reshape(castTo(onnx, indices!, 'int64'), [updates!.shape[0]!, ...updates!.shape.slice(1).map(() => 1)]);
  const index = onnx.op('Expand', [column, onnx.shape(updates!.shape)]);
  return onnx.op('ScatterElements', [zeros, index, rows!], { axis: { i: 0 }, reduction: { s: 'add' } });
};

export const indexingRules: LoweringRules<'gather' | 'segmentSum' | 'oneHot'> = {
  gather: ({ attributes }, inputs, onnx) => onnx.op('Gather', inputs, { axis: { i: attributes.axis } }),
  segmentSum,
  oneHot,
};
