import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';

/** Pictures of one shape to be shown together. */
export interface PictureSheet {
  /** File name of each picture without its ending. */
  readonly names: readonly string[];
  /** [names.length, height, width, channels] values within the bounds. */
  readonly values: Float32Array;
  readonly columns: number;
}

/** What a request gives, before it takes a format. */
export interface GenerationResult {
  /** Numbers for JSON and NPZ. */
  readonly arrays: NamedHostTensors;
  /** Pictures for PNG and zip, made when needed; several sheets are the frames of an animation. */
  sheets(): readonly PictureSheet[];
}

export const float32 = (data: Float32Array, ...shape: readonly number[]): HostTensor => ({ dtype: 'float32', shape, data });
export const int32 = (data: Int32Array, ...shape: readonly number[]): HostTensor => ({ dtype: 'int32', shape, data });

/** `sample-0`, `sample-1`, ... */
export const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);

/** Columns of a grid of `count` pictures that is about as wide as high. */
export const squareColumns = (count: number): number => Math.ceil(Math.sqrt(count));
