import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type Decompositions } from './decomposition.js';

/** Even and odd places of 1, 2, ... 2 n */
const pairs = (n: number): { first: number[]; second: number[] } =>
  ({ first: Array.from({ length: n }, (_, i) => 2 * i + 1), second: Array.from({ length: n }, (_, i) => 2 * i + 2) });

/** [N, s1 b1, ..., sM bM, rest] -> [b1 ... bM N, s1, ..., sM, rest], padded before. */
const spaceToBatch: Decompositions[string] = ({ x }, { blockShape, paddings }) => {
  const blocks = blockShape as number[];
  const spatial = paddings as unknown as [number, number][];
  const padded = tf.pad(x!, [[0, 0], ...spatial, ...x!.shape.slice(1 + blocks.length).map((): [number, number] => [0, 0])]);
  const [n, ...lengths] = padded.shape as [number, ...number[]];
  const small = blocks.map((block, i) => lengths[i]! / block);
  const rest = lengths.slice(blocks.length);
  const { first, second } = pairs(blocks.length);
  const split = tf.reshape(padded, [n, ...blocks.flatMap((block, i) => [small[i]!, block]), ...rest]);
  const moved = tf.transpose(split, [...second, 0, ...first, ...rest.map((_, i) => 2 * blocks.length + 1 + i)]);
  return tf.reshape(moved, [n * sizeOf(blocks), ...small, ...rest]);
};

/** [b1 ... bM N, s1, ..., sM, rest] -> [N, s1 b1, ..., sM bM, rest], cropped behind. */
const batchToSpace: Decompositions[string] = ({ x }, { blockShape, crops }) => {
  const blocks = blockShape as number[];
  const [n, ...lengths] = x!.shape as [number, ...number[]];
  const batch = n / sizeOf(blocks);
  const [small, rest] = [lengths.slice(0, blocks.length), lengths.slice(blocks.length)];
  const split = tf.reshape(x!, [...blocks, batch, ...lengths]); // b1 ... bM N s1 ... sM rest
  const order = [blocks.length, ...blocks.flatMap((_, i) => [blocks.length + 1 + i, i]), ...rest.map((_, i) => 2 * blocks.length + 1 + i)];
  const large = tf.reshape(tf.transpose(split, order), [batch, ...small.map((length, i) => length * blocks[i]!), ...rest]);
  const cut = crops as unknown as [number, number][];
  const begin = [0, ...cut.map(([before]) => before), ...rest.map(() => 0)];
  const size = [batch, ...cut.map(([before, after], i) => small[i]! * blocks[i]! - before - after), ...rest];
  return tf.slice(large, begin, size);
};

/** Channels (row, column, c) of each pixel become a block of pixels with channels c. */
const depthToSpace: Decompositions[string] = ({ x }, { blockSize, dataFormat }) => {
  const block = blockSize as number;
  if (dataFormat === 'NCHW') {
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    const blocks = tf.reshape(x!, [n, block, block, c / block ** 2, h, w]);
    return tf.reshape(tf.transpose(blocks, [0, 3, 4, 1, 5, 2]), [n, c / block ** 2, h * block, w * block]);
  }
  const [n, h, w, c] = x!.shape as [number, number, number, number];
  const blocks = tf.reshape(x!, [n, h, w, block, block, c / block ** 2]);
  return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, c / block ** 2]);
};

/** Mirrored copies around x; 'reflect' leaves out the element at the border, 'symmetric' repeats it. */
const mirrorPad: Decompositions[string] = ({ x }, { paddings, mode }) => {
  const skipped = mode === 'reflect' ? 1 : 0;
  const along = (part: tf.Tensor, axis: number, start: number, count: number): tf.Tensor => {
    const begin = part.shape.map((_, i) => (i === axis ? start : 0));
    return tf.reverse(tf.slice(part, begin, part.shape.map((length, i) => (i === axis ? count : length))), axis);
  };
  return (paddings as unknown as [number, number][]).reduce((part, [before, after], axis) => {
    const length = part.shape[axis]!;
    const parts = [
      ...(before > 0 ? [along(part, axis, skipped, before)] : []), part,
      ...(after > 0 ? [along(part, axis, length - skipped - after, after)] : []),
    ];
    return parts.length === 1 ? part : tf.concat(parts, axis);
  }, x!);
};

export const rearrangingDecompositions: Decompositions = {
  SpaceToBatchND: spaceToBatch,
  BatchToSpaceND: batchToSpace,
  DepthToSpace: depthToSpace,
  MirrorPad: mirrorPad,
  FlipLeftRight: ({ image }) => tf.reverse(image!, 2),
};
