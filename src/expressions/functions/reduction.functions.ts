import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../compiler/tensors.js';
import { toTerm } from '../check/conversion.js';
import type { Call } from '../check/call.js';
import type { Term } from '../check/term.js';
import type { Value } from '../check/value.js';
import { ONE, showType, type SymbolicShape } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';
import { stopGradient } from './stop-gradient.js';

const axis = optional('axis', 'whole number or list', 'all');
const keepDims = optional('keepDims', 'true or false', 'false');

/** The shape without the reduced axes, or with length 1 there. */
const reduced = (shape: SymbolicShape, axes: readonly number[], keep: boolean): SymbolicShape =>
  keep ? shape.map((length, i) => (axes.includes(i) ? ONE : length)) : shape.filter((_, i) => !axes.includes(i));

type Reduce = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

function reduction(call: Call, x: Term, dtype: DType, reduce: Reduce, differentiable: boolean): Value {
  const axes = call.axes('axis', x.type.shape.length);
  const keep = call.flag('keepDims');
  return call.operation([x], { dtype, shape: reduced(x.type.shape, axes, keep) }, ([value]) => (axes.length === 0 ? tf.clone(value!) : reduce(value!, axes, keep)), differentiable);
}

/** bool counts as 0 and 1. */
function counted(call: Call, dtype?: 'float32'): Term {
  const x = toTerm(call.factory, call.value('x'), call.place('x'), dtype);
  if (x.type.dtype !== 'bool') return x;
  const to = dtype ?? 'int32';
  return call.factory.make({ kind: 'operation', name: to, emit: ([value]) => tf.cast(value!, to), differentiable: false }, [x], { dtype: to, shape: x.type.shape }, call.at);
}

const sums: readonly FunctionDefinition[] = [
  {
    name: 'sum', doc: 'sum along axes; of bool, how many are true', example: ['sum([[1, 2], [3, 4]], axis: 0)', '[4, 6]'], gradient: true,
    parameters: [required('x', 'any'), axis, keepDims],
    apply: (call) => {
      const x = counted(call);
      return reduction(call, x, x.type.dtype, tf.sum, x.type.dtype === 'float32');
    },
  },
  {
    name: 'mean', doc: 'mean along axes; of bool, the share that is true', example: ['mean([true, false, true, true])', '0.75'], gradient: true,
    parameters: [required('x', 'any'), axis, keepDims],
    apply: (call) => reduction(call, counted(call, 'float32'), 'float32', tf.mean, true),
  },
  {
    name: 'variance', doc: 'mean squared distance from the mean, along axes', example: ['variance([1, 2, 3, 6])', '3.5'], gradient: true,
    parameters: [required('x', 'float32'), axis, keepDims],
    apply: (call) => reduction(call, call.float('x'), 'float32', (x, axes, keep) => tf.mean(tf.square(tf.sub(x, tf.mean(x, axes, true))), axes, keep), true),
  },
  {
    name: 'norm', doc: 'square root of the sum of squares, along axes', example: ['norm([3, 4])', '5'], gradient: true,
    parameters: [required('x', 'float32'), axis, keepDims],
    apply: (call) => reduction(call, call.float('x'), 'float32', (x, axes, keep) => tf.sqrt(tf.sum(tf.square(x), axes, keep)), true),
  },
  {
    name: 'logSumExp', doc: 'log(sum(exp(x))) along axes, without overflow', example: ['logSumExp([1000, 1000])', '1001'], gradient: true,
    parameters: [required('x', 'float32'), axis, keepDims],
    apply: (call) => reduction(call, call.float('x'), 'float32', logSumExp, true),
  },
  {
    name: 'prod', doc: 'product along axes', example: ['prod([2, 3, 4])', '24'], gradient: false,
    parameters: [required('x', 'number'), axis, keepDims],
    apply: (call) => {
      const x = call.number('x');
      return reduction(call, x, x.type.dtype, tf.prod, false);
    },
  },
];

const extremum = (name: 'max' | 'min', doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: true, parameters: [required('x', 'number'), axis, keepDims],
  apply: (call) => {
    const x = call.number('x');
    return reduction(call, x, x.type.dtype, tf[name], x.type.dtype === 'float32');
  },
});

const logical = (name: 'all' | 'any', doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: false, parameters: [required('x', 'bool'), axis, keepDims],
  apply: (call) => reduction(call, call.truth('x'), 'bool', tf[name], false),
});

const position = (name: 'argmax' | 'argmin', f: (x: tf.Tensor, axis: number) => tf.Tensor, doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: false, parameters: [required('x', 'number'), optional('axis', 'whole number', '-1')],
  apply: (call) => {
    const x = call.number('x');
    const along = call.axis('axis', x.type.shape.length, -1);
    return call.operation([x], { dtype: 'int32', shape: reduced(x.type.shape, [along], false) }, ([value]) => f(value!, along), false);
  },
});

/** Functions that keep the shape and work along one axis. */
const along = (name: string, f: (x: tf.Tensor, axis: number) => tf.Tensor, doc: string, example: readonly [string, string]): FunctionDefinition => ({
  name, doc, example, gradient: true, parameters: [required('x', 'float32'), optional('axis', 'whole number', '-1')],
  apply: (call) => {
    const x = call.float('x');
    const at = call.axis('axis', x.type.shape.length, -1);
    return call.operation([x], x.type, ([value]) => f(value!, at), true);
  },
});

/** Softmax kernels work along the last axis. */
const last = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor, at: number): tf.Tensor => {
  if (at === x.rank - 1) return f(x);
  const swapped = Array.from({ length: x.rank }, (_, i) => (i === at ? x.rank - 1 : i === x.rank - 1 ? at : i));
  return tf.transpose(f(tf.transpose(x, swapped)), swapped);
};

/**
 * log(softmax(x)) along the last axis. The one of TensorFlow.js has a gradient of its own that cannot be derived again: in
 * a derivative of a derivative the parts are spelled out.
 */
function logSoftmax(x: tf.Tensor): tf.Tensor {
  return tf.engine().state.gradientDepth > 1 ? tf.sub(x, logSumExp(x, [x.rank - 1], true)) : tf.logSoftmax(x);
}

/** m + log(sum(exp(x - m))), m the maximum, which counts as a constant: its share of the gradient is 0. */
function logSumExp(x: tf.Tensor, axes: number[], keepDims: boolean): tf.Tensor {
  const largest = stopGradient(() => tf.max(x, axes, true));
  const rest = tf.log(tf.sum(tf.exp(tf.sub(x, largest)), axes, keepDims));
  return tf.add(tf.reshape(largest, rest.shape), rest);
}

/** float32 [...] and labels int32 [...] or a distribution of the shape of the logits. */
function crossEntropy(call: Call): Value {
  const logits = call.float('logits');
  const shape = logits.type.shape;
  if (shape.length === 0) call.fail('shape', `logits are ${showType(logits.type)}`, 'at least one axis; the last one holds the classes');
  const labels = toTerm(call.factory, call.value('labels'), call.place('labels'));
  const whole = labels.type.dtype === 'int32';
  const wanted = whole ? shape.slice(0, -1) : shape;
  const fits = labels.type.dtype !== 'bool' && labels.type.shape.length === wanted.length && wanted.every((length, i) => length.equals(labels.type.shape[i]!));
  if (!fits) {
    const classes = showType({ dtype: 'int32', shape: shape.slice(0, -1) });
    call.fail('shape', `labels are ${showType(labels.type)} for logits ${showType(logits.type)}`, `${classes} (class numbers) or ${showType(logits.type)} (probabilities)`, call.place('labels'));
  }
  const emit = ([z, y]: readonly tf.Tensor[]): tf.Tensor => {
    const target = whole ? tf.oneHot(y!, z!.shape.at(-1)!, 1, 0, 'float32') : y!;
    return tf.neg(tf.sum(tf.mul(target, logSoftmax(z!)), -1));
  };
  return call.operation([logits, labels], { dtype: 'float32', shape: shape.slice(0, -1) }, emit, true);
}

const losses: readonly FunctionDefinition[] = [
  {
    name: 'crossEntropy', doc: '-log softmax(logits)[label] for each example; labels are class numbers or probabilities', example: ['crossEntropy([[2.0, 0, 0]], [0])', '[0.2395]'], gradient: true,
    parameters: [required('logits', 'float32'), required('labels', 'int32 or float32')], apply: crossEntropy,
  },
  {
    name: 'binaryCrossEntropy', doc: '-y log p - (1 - y) log(1 - p) with p = sigmoid(logits), without overflow', example: ['binaryCrossEntropy([2.0, -2.0], [1, 1])', '[0.1269, 2.127]'], gradient: true,
    parameters: [required('logits', 'float32'), required('targets', 'float32')],
    apply: (call) => {
      const [z, y] = [call.float('logits'), call.float('targets')];
      const fits = z.type.shape.length === y.type.shape.length && z.type.shape.every((length, i) => length.equals(y.type.shape[i]!));
      if (!fits) call.fail('shape', `targets are ${showType(y.type)} for logits ${showType(z.type)}`, 'equal shapes');
      return call.operation([z, y], z.type, ([a, b]) => tf.sub(tf.softplus(a!), tf.mul(a!, b!)), true); // softplus(z) - z y
    },
  },
];

export const reductionFunctions: readonly FunctionDefinition[] = [
  ...sums,
  extremum('max', 'largest along axes', ['max([[1, 5], [3, 4]], axis: 1)', '[5, 4]']),
  extremum('min', 'smallest along axes', ['min([[1, 5], [3, 4]])', '1']),
  logical('all', 'whether all are true, along axes', ['all([[true, false], [true, true]], axis: 1)', '[false, true]']),
  logical('any', 'whether one is true, along axes', ['any([true, false])', 'true']),
  position('argmax', (x, at) => tf.argMax(x, at), 'place of the first largest element along an axis', ['argmax([[1, 5], [4, 3]])', '[1, 0]']),
  position('argmin', (x, at) => tf.argMin(x, at), 'place of the first smallest element along an axis', ['argmin([[1, 5], [4, 3]], axis: 0)', '[0, 1]']),
  along('softmax', last(tf.softmax), 'exp(x) / sum(exp(x)) along an axis', ['softmax([0, 0, 1])', '[0.2119, 0.2119, 0.5761]']),
  along('logSoftmax', last(logSoftmax), 'log(softmax(x)) along an axis, without overflow', ['logSoftmax([1000, 0])', '[0, -1000]']),
  along('cumsum', (x, at) => tf.cumsum(x, at), 'sum of the elements up to here, along an axis', ['cumsum([1, 2, 3])', '[1, 3, 6]']),
  ...losses,
];
