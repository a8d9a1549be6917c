import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type Decomposition, type Decompositions } from './decomposition.js';

/** row - column of every element of a matrix. */
const offsets = (rows: number, columns: number): tf.Tensor2D =>
  tf.tensor2d(Array.from({ length: rows * columns }, (_, i) => Math.floor(i / columns) - (i % columns)), [rows, columns], 'int32');

const diagonal: Decomposition = ({ x }) => {
  const n = x!.size;
  const square = tf.where(tf.equal(offsets(n, n), tf.scalar(0, 'int32')), tf.reshape(x!, [1, n]), tf.zeros([1, n], x!.dtype));
  return tf.reshape(square, [...x!.shape, ...x!.shape]);
};

/** Keeps `numLower` diagonals below the main one and `numUpper` above; a negative number keeps all. */
const bandPart: Decomposition = ({ input, numLower, numUpper }) => {
  const below = offsets(input!.shape.at(-2)!, input!.shape.at(-1)!);
  const within = (offset: tf.Tensor, most: tf.Tensor): tf.Tensor => tf.logicalOr(tf.less(most, 0), tf.lessEqual(offset, most));
  const inside = tf.logicalAnd(within(below, numLower!), within(tf.neg(below), numUpper!));
  return tf.where(tf.broadcastTo(inside, input!.shape), input!, tf.zerosLike(input!));
};

/** The sum over the axes of `x` whose labels are not kept, and the labels that stay. */
function summed(x: tf.Tensor, labels: readonly number[], keep: (label: number) => boolean): [tf.Tensor, number[]] {
  const axes = labels.flatMap((label, i) => (keep(label) ? [] : [i]));
  return [axes.length === 0 ? x : tf.sum(x, axes), labels.filter(keep)];
}

/** `x` with its axes in the order of `labels`. */
const ordered = (x: tf.Tensor, from: readonly number[], labels: readonly number[]): tf.Tensor =>
  tf.transpose(x, labels.map((label) => from.indexOf(label)));

/** Batched product [batch, free a, contracted] [batch, contracted, free b] of what is left after single sums. */
function contraction(a: tf.Tensor, b: tf.Tensor, [labelsA, labelsB]: [number[], number[]], isKept: (label: number) => boolean): [tf.Tensor, number[]] {
  const inBoth = labelsA.filter((label) => labelsB.includes(label));
  const [batch, contracted] = [inBoth.filter(isKept), inBoth.filter((label) => !isKept(label))];
  const [freeA, freeB] = [labelsA.filter((label) => !inBoth.includes(label)), labelsB.filter((label) => !inBoth.includes(label))];
  const left = ordered(a, labelsA, [...batch, ...freeA, ...contracted]);
  const right = ordered(b, labelsB, [...batch, ...contracted, ...freeB]);
  const lengths = left.shape.slice(0, batch.length);
  const [rows, columns] = [left.shape.slice(batch.length, batch.length + freeA.length), right.shape.slice(batch.length + contracted.length)];
  const inner = sizeOf(left.shape.slice(batch.length + freeA.length));
  const product = tf.matMul(tf.reshape(left, [...lengths, sizeOf(rows), inner]), tf.reshape(right, [...lengths, inner, sizeOf(columns)]));
  return [tf.reshape(product, [...lengths, ...rows, ...columns]), [...batch, ...freeA, ...freeB]];
}

/** Sums over the labels that the result lacks; two operands meet in one matrix product. */
const einsum: Decomposition = (operands, { equation }) => {
  const tensors = Object.values(operands);
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation as string, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors);
  const isKept = (label: number): boolean => !summedDims.includes(label);
  const parts = tensors.map((x, i) => summed(x, idDims[i]!, (label) => isKept(label) || idDims.some((ids, k) => k !== i && ids.includes(label))));
  const [first, second] = parts;
  const [result, labels] = second === undefined ? first! : contraction(first![0], second[0], [first![1], second[1]], isKept);
  const typed = tf.cast(result, tensors.some(({ dtype }) => dtype === 'float32') ? 'float32' : 'int32');
  return ordered(typed, labels, [...labels].sort((a, b) => a - b));
};

export const matrixDecompositions: Decompositions = { Diag: diagonal, MatrixBandPart: bandPart, Einsum: einsum };
