import type { Shape } from '../tensors.js';
import { castTo } from './elementwise.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';

/** Before the first element, for slices that run backwards to the start. */
const beforeFirst = -0x7fffffff;

/** Slices `[begin, end)` with strides on the axes where that is not the whole axis. */
export function sliceAxes(value: string, shape: Shape, begin: readonly number[], end: readonly number[], strides: readonly number[], onnx: OnnxBuilder): string {
  const axes = shape.map((_, axis) => axis).filter((axis) => shape[axis]! >= 0 && !(begin[axis] === 0 && end[axis] === shape[axis] && strides[axis] === 1));
  if (axes.length === 0) return value;
  const pick = (values: readonly number[]): string => onnx.int64(axes.map((axis) => values[axis]!));
  const ends = end.map((stop, axis) => (strides[axis]! < 0 && stop < 0 ? beforeFirst : stop));
  return onnx.op('Slice', [value, pick(begin), pick(ends), onnx.int64(axes), pick(strides)]);
}

/** Reverses the order of elements along axes. */
export function reverseAxes(value: string, axes: readonly number[], onnx: OnnxBuilder): string {
  if (axes.length === 0) return value;
  const every = (n: number): string => onnx.int64(axes.map(() => n));
  return onnx.op('Slice', [value, every(-1), every(beforeFirst), onnx.int64(axes), every(-1)]);
}

/** `Expand` as a two-way broadcast gives exactly `shape`, since the operand's dimensions are 1 or equal. */
const broadcastTo: LoweringRule<'broadcastTo'> = ({ attributes, dtype }, [x], onnx) => {
  const target = onnx.shape(attributes.shape);
  return dtype === 'bool' ? castTo(onnx, onnx.op('Expand', [castTo(onnx, x!, 'int32'), target]), 'bool') : onnx.op('Expand', [x!, target]);
};

const pad: LoweringRule<'pad'> = ({ attributes: { before, after, value }, dtype }, [x], onnx) =>
  onnx.op('Pad', [x!, onnx.int64([...before, ...after]), onnx.scalar(dtype, value)]);

export const shapeRules: LoweringRules<'reshape' | 'transpose' | 'broadcastTo' | 'concat' | 'slice' | 'pad' | 'reverse' | 'tile'> = {
  reshape: ({ attributes }, [x], onnx) => onnx.reshape(x!, attributes.shape),
  transpose: ({ attributes }, [x], onnx) => onnx.transpose(x!, attributes.permutation),
  broadcastTo,
  concat: ({ attributes }, inputs, onnx) => onnx.op('Concat', inputs, { axis: { i: attributes.axis } }),
  slice: ({ attributes: { begin, end, strides }, inputs: [operand] }, [x], onnx) => sliceAxes(x!, operand!.shape, begin, end, strides, onnx),
  pad,
  reverse: ({ attributes }, [x], onnx) => reverseAxes(x!, attributes.axes, onnx),
  tile: ({ attributes }, [x], onnx) => onnx.op('Tile', [x!, onnx.int64(attributes.repeats)]),
};
