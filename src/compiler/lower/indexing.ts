import type { Node } from '../graph/graph.js';
import { castTo } from './elementwise.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';

/** Equality with 0..depth-1, so that an index outside the range gives a row of `off` (ONNX `OneHot` would wrap it). */
const oneHot: LoweringRule<'oneHot'> = ({ attributes: { depth, on, off }, inputs: [indices] }, [x], onnx) => {
  const column = onnx.reshape(x!, [...indices!.shape, 1]);
  const classes = onnx.constant('int32', [depth], Int32Array.from({ length: depth }, (_, i) => i));
  const hit = onnx.op('Equal', [column, classes]);
  if (on === 1 && off === 0) return castTo(onnx, hit, 'float32');
  return onnx.op('Where', [hit, onnx.scalar('float32', on), onnx.scalar('float32', off)]);
};

/** The index of each row at every element of the row, as `ScatterElements` takes it. */
function rowIndices(updates: Node, indices: string, onnx: OnnxBuilder): string {
  const column = onnx.reshape(castTo(onnx, indices, 'int64'), [updates.shape[0]!, ...updates.shape.slice(1).map(() => 1)]);
  return onnx.op('Expand', [column, onnx.shape(updates.shape)]);
}

/** Adds row i of the updates to row indices[i] of zeros. `ScatterElements` adds in order on one thread: repeatable. */
const segmentSum: LoweringRule<'segmentSum'> = ({ attributes: { size }, inputs: [updates], shape, dtype }, [rows, indices], onnx) => {
  const zeros = onnx.op('Expand', [onnx.scalar(dtype, 0), onnx.shape(shape)]);
  if (size === 0) return zeros;
  return onnx.op('ScatterElements', [zeros, rowIndices(updates!, indices!, onnx), rows!], { axis: { i: 0 }, reduction: { s: 'add' } });
};

/** Without a reduction, `ScatterElements` writes in order on one thread: the last of several rows stays. */
const replaceRows: LoweringRule<'replaceRows'> = ({ inputs: [, , updates] }, [x, indices, rows], onnx) =>
  onnx.op('ScatterElements', [x!, rowIndices(updates!, indices!, onnx), rows!], { axis: { i: 0 } });

/** Values (output 0) and places (output 1) of the k largest; ONNX Runtime computes two equal nodes once. */
const largest = (k: number, x: string, onnx: OnnxBuilder): string[] =>
  onnx.opMany('TopK', [x, onnx.int64([k])], 2, { axis: { i: -1 }, largest: { i: 1 }, sorted: { i: 1 } });

export const indexingRules: LoweringRules<'gather' | 'segmentSum' | 'replaceRows' | 'topK' | 'topKIndices' | 'oneHot'> = {
  gather: ({ attributes }, inputs, onnx) => onnx.op('Gather', inputs, { axis: { i: attributes.axis } }),
  segmentSum,
  replaceRows,
  topK: ({ attributes }, [x], onnx) => largest(attributes.k, x!, onnx)[0]!,
  topKIndices: ({ attributes }, [x], onnx) => castTo(onnx, largest(attributes.k, x!, onnx)[1]!, 'int32'),
  oneHot,
};
