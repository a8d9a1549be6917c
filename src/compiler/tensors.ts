/** Element types of programs; `bool` is stored as one byte per element. */
export type DType = 'float32' | 'int32' | 'bool';

/**
 * A dimension: `n >= 0` is a fixed length; `-k` stands for k times the batch size of the call (so -1 is the batch
 * dimension itself, and [-9] is what flattening [-1, 9] gives).
 */
export type Shape = readonly number[];

export interface TensorSpec {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** A tensor in host memory, row-major. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type NamedSpecs = Readonly<Record<string, TensorSpec>>;
export type NamedHostTensors = Record<string, HostTensor>;
