import * as tf from '@tensorflow/tfjs-core';
import { counted, type Decomposition, type Decompositions } from './decomposition.js';

/** Reads pixels [..., C] of images [N,H,W,C] at whole places; places outside read `fill`. */
type Reader = (row: tf.Tensor, column: tf.Tensor) => tf.Tensor;

/** `image` are the numbers of the images to read from, shaped to broadcast against the places. */
function readerOf(images: tf.Tensor, image: tf.Tensor, fill?: number): Reader {
  const [n, height, width, channels] = images.shape as [number, number, number, number];
  const pixels = tf.reshape(images, [n * height * width, channels]);
  const whole = (place: tf.Tensor, length: number): tf.Tensor => tf.cast(tf.clipByValue(place, 0, length - 1), 'int32');
  return (row, column) => {
    const line = tf.add(tf.mul(image, tf.scalar(height, 'int32')), whole(row, height));
    const read = tf.gather(pixels, tf.add(tf.mul(line, tf.scalar(width, 'int32')), whole(column, width)));
    if (fill === undefined) return read;
    const inside = tf.logicalAnd(within(row, height - 1), within(column, width - 1));
    return tf.where(tf.expandDims(inside, -1), read, tf.fill(Array<number>(read.rank).fill(1), fill));
  };
}

/** 0 <= place <= last */
const within = (place: tf.Tensor, last: number): tf.Tensor => tf.logicalAnd(tf.greaterEqual(place, 0), tf.lessEqual(place, last));

/** Halves round up. */
const rounded = (place: tf.Tensor): tf.Tensor => tf.floor(tf.add(place, 0.5));

/** (1 - share) a + share b, `share` without the channel axis. */
const mixed = (a: tf.Tensor, b: tf.Tensor, share: tf.Tensor): tf.Tensor => tf.add(a, tf.mul(tf.sub(b, a), tf.expandDims(share, -1)));

/** The mean of the four pixels around a place, weighted by nearness. */
function bilinear(read: Reader, row: tf.Tensor, column: tf.Tensor): tf.Tensor {
  const [top, left] = [tf.floor(row), tf.floor(column)];
  const [bottom, right] = [tf.add(top, 1), tf.add(left, 1)];
  const across = tf.sub(column, left);
  return mixed(mixed(read(top, left), read(top, right), across), mixed(read(bottom, left), read(bottom, right), across), tf.sub(row, top));
}

/** Places of a crop along one side of the image: from `start` to `end` (shares of the side), [boxes, count]. */
function cropPlaces(start: tf.Tensor, end: tf.Tensor, length: number, count: number): tf.Tensor {
  const shares = tf.tensor2d(Array.from({ length: count }, (_, i) => (count > 1 ? i / (count - 1) : 0.5)), [1, count]);
  const place = tf.add(tf.mul(start, tf.sub(1, shares)), tf.mul(end, shares));
  return tf.mul(place, length - 1);
}

const cropAndResize: Decomposition = ({ image, boxes, boxInd }, { cropSize, method, extrapolationValue }) => {
  const [n, height, width] = image!.shape as [number, number, number, number];
  const [count, [rows, columns]] = [boxes!.shape[0], cropSize as [number, number]];
  const [top, left, bottom, right] = tf.split(tf.cast(boxes!, 'float32'), 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const row = tf.reshape(cropPlaces(top, bottom, height, rows), [count, rows, 1]);
  const column = tf.reshape(cropPlaces(left, right, width, columns), [count, 1, columns]);
  const batch = tf.reshape(tf.cast(boxInd!, 'float32'), [count, 1, 1]);
  const last = tf.sub(tf.scalar(n), tf.scalar(1)); // two steps: n may be the batch size
  const read = readerOf(tf.cast(image!, 'float32'), tf.cast(tf.minimum(batch, last), 'int32'));
  const values = method === 'nearest' ? read(rounded(row), rounded(column)) : bilinear(read, row, column);
  const inside = tf.expandDims(tf.logicalAnd(within(row, height - 1), within(column, width - 1)), -1);
  const present = tf.expandDims(tf.lessEqual(batch, last), -1); // boxes of images that do not exist stay 0
  return tf.where(present, tf.where(inside, values, tf.fill([1, 1, 1, 1], extrapolationValue as number)), tf.zeros([1, 1, 1, 1]));
};

/** Distance of `place` below 0 or above the last element, brought back to the line by mirroring: dcba|abcd|dcba. */
function reflected(place: tf.Tensor, length: number): tf.Tensor {
  const period = 2 * length;
  const low = tf.sub(place, tf.mul(tf.floor(tf.div(place, period)), period)); // 0 <= low < 2 length
  return tf.where(tf.less(low, length), low, tf.sub(period - 1, low));
}

/** As TensorFlow wraps: whole lengths are added by how often length - 1 fits. */
function wrapped(place: tf.Tensor, length: number): tf.Tensor {
  const below = tf.add(place, tf.mul(tf.add(tf.floor(tf.div(tf.neg(place), length - 1)), 1), length));
  const above = tf.sub(place, tf.mul(tf.floor(tf.div(place, length - 1)), length));
  return tf.where(tf.less(place, 0), below, tf.where(tf.greater(place, length - 1), above, place));
}

/** Where a place outside of a line of `length` pixels reads from; 'constant' leaves it outside. */
function mapped(place: tf.Tensor, length: number, fillMode: string): tf.Tensor {
  if (fillMode === 'constant') return place;
  if (length <= 1) return tf.zerosLike(place);
  const onto = fillMode === 'reflect' ? reflected(place, length) : fillMode === 'wrap' ? wrapped(place, length) : place;
  return tf.clipByValue(onto, 0, length - 1);
}

/** Output (x, y) reads the input at (a0 x + a1 y + a2, b0 x + b1 y + b2) / (c0 x + c1 y + 1). */
const transform: Decomposition = ({ image, transforms }, { interpolation, fillMode, fillValue, outputShape }) => {
  const [n, height, width] = image!.shape as [number, number, number, number];
  const [rows, columns] = (outputShape ?? [height, width]) as [number, number];
  const [a0, a1, a2, b0, b1, b2, c0, c1] = tf.split(tf.reshape(transforms!, [transforms!.shape[0], 8, 1]), 8, 1) as tf.Tensor[] & { length: 8 };
  const x = tf.reshape(tf.range(0, columns, 1, 'float32'), [1, 1, columns]);
  const y = tf.reshape(tf.range(0, rows, 1, 'float32'), [1, rows, 1]);
  const linear = (ofX: tf.Tensor, ofY: tf.Tensor, plus: tf.Tensor | number): tf.Tensor => tf.add(tf.add(tf.mul(ofX, x), tf.mul(ofY, y)), plus);
  const projection = linear(c0!, c1!, 1);
  const finite = tf.notEqual(projection, 0);
  const divisor = tf.where(finite, projection, tf.onesLike(projection));
  const column = mapped(tf.div(linear(a0!, a1!, a2!), divisor), width, fillMode as string); // [n or 1, rows, columns]
  const row = mapped(tf.div(linear(b0!, b1!, b2!), divisor), height, fillMode as string);
  const read = readerOf(image!, tf.reshape(counted(n), [n, 1, 1]), fillValue as number);
  const values = interpolation === 'nearest' ? read(rounded(row), rounded(column)) : bilinear(read, row, column);
  return tf.where(tf.expandDims(finite, -1), values, tf.fill([1, 1, 1, 1], fillValue as number));
};

/** Each pixel reads the nearest pixel of the image turned about the centre; which one is known beforehand. */
const rotateWithOffset: Decomposition = ({ image }, { radians, fillValue, center }) => {
  const [n, height, width, channels] = image!.shape as [number, number, number, number];
  const [centreX, centreY] = tf.backend_util.getImageCenter(center as number | [number, number], height, width);
  const [sin, cos] = [Math.sin(radians as number), Math.cos(radians as number)];
  const sources = Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [(i % width) - centreX, Math.floor(i / width) - centreY];
    const [column, row] = [Math.round(x * cos - y * sin + centreX), Math.round(x * sin + y * cos + centreY)];
    return column >= 0 && column < width && row >= 0 && row < height ? row * width + column : -1;
  });
  const fills = Array.from({ length: channels }, (_, i) => (typeof fillValue === 'number' ? fillValue : i === 3 ? 255 : (fillValue as number[])[i]!)); // alpha is opaque
  const read = tf.gather(tf.reshape(image!, [n, height * width, channels]), tf.tensor1d(sources.map((source) => Math.max(source, 0)), 'int32'), 1);
  const inside = tf.tensor3d(sources.map((source) => (source < 0 ? 0 : 1)), [1, height * width, 1], 'bool');
  return tf.reshape(tf.where(inside, read, tf.tensor3d(fills, [1, 1, channels])), image!.shape);
};

export const samplingDecompositions: Decompositions = { CropAndResize: cropAndResize, Transform: transform, RotateWithOffset: rotateWithOffset };
