import type { Pooling } from '../graph/primitives.js';
import { castTo } from './elementwise.js';
import type { OnnxAttributes } from './onnx-proto.js';
import type { LoweringRule, LoweringRules } from './rule.js';

const poolingAttributes = ({ window, strides, pads }: Pooling): OnnxAttributes => ({
  kernel_shape: { ints: window },
  strides: { ints: strides },
  pads: { ints: pads },
});

/**
 * The second output of `MaxPool` says where in the flattened x each maximum stands (the first one where several are
 * equal); dy is added to zeros at these places.
 */
const maxPoolGradient: LoweringRule<'maxPoolGradient'> = ({ attributes, inputs: [image, pooled] }, [x, , dy], onnx) => {
  const indices = onnx.opMany('MaxPool', [x!], 2, poolingAttributes(attributes))[1]!;
  const elements = image!.shape.reduce((a, b) => a * b, 1);
  const count = pooled!.shape.reduce((a, b) => a * b, 1);
  const zeros = onnx.op('Expand', [onnx.scalar('float32', 0), onnx.shape([elements])]);
  const places = onnx.reshape(indices, [count]);
  const values = onnx.reshape(dy!, [count]);
  const sum = onnx.op('ScatterElements', [zeros, places, values], { axis: { i: 0 }, reduction: { s: 'add' } });
  return onnx.reshape(sum, image!.shape);
};

/** ONNX counts the places through the whole of x; planes are H W long. */
const maxPoolIndices: LoweringRule<'maxPoolIndices'> = ({ attributes, inputs: [image] }, [x], onnx) => {
  const [height, width] = image!.shape.slice(2) as [number, number];
  const places = onnx.opMany('MaxPool', [x!], 2, poolingAttributes(attributes))[1]!;
  return castTo(onnx, onnx.op('Mod', [places, onnx.int64([height * width])]), 'int32');
};

/** How many elements of x each window covers, padding excluded: [H' W']. */
function windowCounts({ window, strides, pads }: Pooling, input: readonly number[], output: readonly number[]): Float32Array {
  const covered = (axis: 0 | 1, index: number): number => {
    const start = index * strides[axis] - pads[axis];
    return Math.min(start + window[axis], input[axis]!) - Math.max(start, 0);
  };
  return Float32Array.from({ length: output[0]! * output[1]! }, (_, i) => covered(0, Math.floor(i / output[1]!)) * covered(1, i % output[1]!));
}

/** dx = sum over the windows that cover x of dy / (elements in the window): a transposed convolution with ones. */
const avgPoolGradient: LoweringRule<'avgPoolGradient'> = ({ attributes, inputs: [gradient] }, [dy], onnx) => {
  const { window, strides, pads, inputShape } = attributes;
  const [batch, channels, height, width] = inputShape as [number, number, number, number];
  const output = gradient!.shape.slice(2);
  const counts = windowCounts(attributes, [height, width], output);
  const share = onnx.op('Div', [dy!, onnx.constant('float32', [1, 1, ...output], counts)]);
  const single = output[0] === 1 && output[1] === 1 && counts[0] === height * width;
  if (single) return onnx.op('Expand', [share, onnx.shape(inputShape)]);
  const planes = onnx.reshape(share, [batch * channels, 1, ...output]);
  const ones = onnx.constant('float32', [1, 1, ...window], new Float32Array(window[0] * window[1]).fill(1));
  const missing = [0, 1].map((i) => inputShape[i + 2]! - ((output[i]! - 1) * strides[i]! + window[i]! - pads[i]! - pads[i + 2]!));
  const spread = onnx.op('ConvTranspose', [planes, ones], { strides: { ints: strides }, pads: { ints: pads }, output_padding: { ints: missing } });
  return onnx.reshape(spread, inputShape);
};

export const poolingRules: LoweringRules<'maxPool' | 'avgPool' | 'maxPoolGradient' | 'maxPoolIndices' | 'avgPoolGradient'> = {
  maxPool: ({ attributes }, inputs, onnx) => onnx.op('MaxPool', inputs, poolingAttributes(attributes)),
  avgPool: ({ attributes }, inputs, onnx) => onnx.op('AveragePool', inputs, { ...poolingAttributes(attributes), count_include_pad: { i: 0 } }),
  maxPoolGradient,
  maxPoolIndices,
  avgPoolGradient,
};
