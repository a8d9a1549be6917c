import * as tf from '@tensorflow/tfjs-core';
import { kernel } from '../decompositions/decomposition.js';
import { deflated, inflated, inflatedShape } from '../decompositions/dilated-filters.js';
import { TRACE_BACKEND } from '../trace/recorder.js';
import { only, type Attributes, type GradientRule } from './rule.js';

/** The three kernels of one kind of convolution: y = x * filter, and what carries dy back to x and to the filter. */
interface Family { readonly forward: string; readonly input: string; readonly filter: string; readonly rank: 2 | 3 }

const families: readonly Family[] = [
  { forward: 'Conv2D', input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter', rank: 2 },
  {
    forward: 'DepthwiseConv2dNative', input: 'DepthwiseConv2dNativeBackpropInput', filter: 'DepthwiseConv2dNativeBackpropFilter', rank: 2,
  },
  { forward: 'Conv3D', input: 'Conv3DBackpropInputV2', filter: 'Conv3DBackpropFilterV2', rank: 3 },
];

/** The attributes that the three kernels share. */
const geometry = (attributes: Attributes): Attributes => only(attributes, ['strides', 'pad', 'dataFormat', 'dimRoundingMode']);

const dilationsOf = ({ dilations }: Attributes, rank: number): number[] =>
  (Array.isArray(dilations) ? (dilations as number[]) : Array<number>(rank).fill((dilations as number | undefined) ?? 1));

/**
 * The dilations that the backward kernels are given, and those that the filter itself takes: eager kernels know none,
 * so their filter has zeros between its elements; a trace records the dilation.
 */
function split(attributes: Attributes, { rank }: Family): { given: number[]; inFilter: number[] } {
  const [dilations, ones] = [dilationsOf(attributes, rank), Array<number>(rank).fill(1)];
  return tf.getBackend() === TRACE_BACKEND ? { given: dilations, inFilter: ones } : { given: ones, inFilter: dilations };
}

const forward = (family: Family, x: tf.Tensor, filter: tf.Tensor, attributes: Attributes): tf.Tensor =>
  kernel(family.forward, { x, filter }, { ...geometry(attributes), dilations: dilationsOf(attributes, family.rank) });

function inputGradient(family: Family, dy: tf.Tensor, filter: tf.Tensor, inputShape: readonly number[], attributes: Attributes): tf.Tensor {
  const { given, inFilter } = split(attributes, family);
  return kernel(family.input, { dy, filter: inflated(filter, inFilter) }, { ...geometry(attributes), dilations: given, inputShape: [...inputShape] });
}

function filterGradient(family: Family, x: tf.Tensor, dy: tf.Tensor, filterShape: readonly number[], attributes: Attributes): tf.Tensor {
  const { given, inFilter } = split(attributes, family);
  const shape = inflatedShape(filterShape, inFilter);
  return deflated(kernel(family.filter, { x, dy }, { ...geometry(attributes), dilations: given, filterShape: shape }), inFilter);
}

/** Each of the three is linear in both operands, so that their gradients are the other two. */
const rulesOf = (family: Family): readonly GradientRule[] => [
  {
    kernelName: family.forward,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, [x, filter], attributes) => ({
      x: () => inputGradient(family, dy as tf.Tensor, filter!, x!.shape, attributes),
      filter: () => filterGradient(family, x!, dy as tf.Tensor, filter!.shape, attributes),
    }),
  },
  {
    kernelName: family.input,
    inputsToSave: ['dy', 'filter'],
    gradFunc: (ddx, [dy, filter], attributes) => ({
      dy: () => forward(family, ddx as tf.Tensor, filter!, attributes),
      filter: () => filterGradient(family, ddx as tf.Tensor, dy!, filter!.shape, attributes),
    }),
  },
  {
    kernelName: family.filter,
    inputsToSave: ['x', 'dy'],
    gradFunc: (ddw, [x, dy], attributes) => ({
      x: () => inputGradient(family, dy!, ddw as tf.Tensor, x!.shape, attributes),
      dy: () => forward(family, x!, ddw as tf.Tensor, attributes),
    }),
  },
];

export const convolutionGradients: readonly GradientRule[] = families.flatMap(rulesOf);
