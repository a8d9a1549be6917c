const COMPLEX = 'programs have no complex dtype; keep real and imaginary parts as two float32 tensors';
const TEXT = 'programs have no string dtype; encode text as int32 outside';
const SELECTION = 'how many boxes it keeps depends on values; rank the scores with tf.topk and keep a fixed number';
const RAGGED = 'ragged tensors have shapes that depend on values; pad to a fixed length and mask';
const COUNTED = 'the shape of its result depends on values; use tf.unsortedSegmentSum with a fixed number of segments';

/** Why each kernel without a rule has none: what a graph of fixed shapes and dtypes cannot say. */
export const refusedKernels: Readonly<Record<string, string>> = {
  Complex: COMPLEX, ComplexAbs: COMPLEX, FFT: COMPLEX, IFFT: COMPLEX, Imag: COMPLEX, Real: COMPLEX,
  StaticRegexReplace: TEXT, StringNGrams: TEXT, StringSplit: TEXT, StringToHashBucketFast: TEXT,
  NonMaxSuppressionV3: SELECTION, NonMaxSuppressionV4: SELECTION, NonMaxSuppressionV5: SELECTION,
  RaggedGather: RAGGED, RaggedRange: RAGGED, RaggedTensorToTensor: RAGGED,
  SparseSegmentMean: COUNTED, SparseSegmentSum: COUNTED,
  SparseFillEmptyRows: 'how many rows it adds depends on values; fill a dense tensor with tf.sparseToDense and a default',
  SparseReshape: 'the new shape is a tensor; reshape the dense tensor',
  Unique: 'how many values are distinct depends on values; count known values with tf.bincount',
  Multinomial: 'it draws random numbers; draw them outside from a key and pass them as an input tensor',
  Draw: 'it draws on a canvas; make the image an output of the program',
  FromPixels: 'it reads a canvas or picture; pass the pixels as an input tensor',
  Pool: 'no backend of TensorFlow.js has this kernel; tf.pool calls MaxPool and AvgPool',
};
