import * as tf from '@tensorflow/tfjs-core';
import { arrayOf } from './graph/build.js';
import type { DType, HostTensor } from './tensors.js';

/** A fresh tensor of the current TensorFlow.js backend that shares no memory with `tensor`. */
export const toTensor = (tensor: HostTensor): tf.Tensor => tf.tensor(tensor.data.slice(), [...tensor.shape], tensor.dtype);

/** Reads a tensor of an eager backend into fresh memory; a cast may have left the values in an array of another kind. */
export function toHost(tensor: tf.Tensor): HostTensor {
  const dtype = tensor.dtype as DType;
  return { dtype, shape: tensor.shape.slice(), data: arrayOf(dtype).from(tensor.dataSync()) };
}
