import type { DType, Shape } from '../tensors.js';
import type { Loop } from './loop.js';

/**
 * The closed set of primitives and their attributes. TensorFlow.js kernels are traced into these (`trace/kernels`),
 * passes rewrite them, `lower/` has one ONNX rule for each. Images inside the graph are NCHW and convolution filters
 * OIHW; the trace rules put transposes around them and a pass cancels what meets.
 * Binary primitives broadcast like NumPy. Axes are non-negative.
 */
export interface PrimitiveAttributes {
  // leaves
  input: { name: string };
  state: { name: string };
  constant: { value: Float32Array | Int32Array | Uint8Array };
  // elementwise, one operand
  neg: None; abs: None; sign: None; exp: None; expm1: None; log: None; log1p: None; sqrt: None; rsqrt: None;
  reciprocal: None; square: None; floor: None; ceil: None; round: None; sigmoid: None; tanh: None; relu: None;
  softplus: None; erf: None; sin: None; cos: None; not: None; isNaN: None;
  asin: None; acos: None; atan: None; asinh: None; acosh: None; atanh: None;
  /** x > 0 ? x : alpha * x */
  leakyRelu: { alpha: number };
  /** x > 0 ? x : alpha * (exp(x) - 1) */
  elu: { alpha: number };
  /** min(max(x, min), max) */
  clip: { min: number; max: number };
  /** 1 where x > 0, `alpha` elsewhere */
  step: { alpha: number };
  cast: { to: DType };
  // elementwise, two operands
  add: None; sub: None; mul: None; div: None; pow: None; maximum: None; minimum: None; mod: None; floorDiv: None;
  equal: None; notEqual: None; less: None; lessEqual: None; greater: None; greaterEqual: None; and: None; or: None;
  /** of the bits of two int32 */
  bitwiseAnd: None;
  /** condition (bool), then, else */
  select: None;
  // reductions
  reduceSum: Reduction; reduceMean: Reduction; reduceMax: Reduction; reduceMin: Reduction; reduceProd: Reduction;
  argMax: { axis: number }; argMin: { axis: number };
  softmax: { axis: number }; logSoftmax: { axis: number };
  cumsum: { axis: number; exclusive: boolean; reverse: boolean };
  // linear algebra
  /** Batched over leading dimensions, which broadcast. */
  matmul: { transposeA: boolean; transposeB: boolean };
  /** x [N,C,H,W], filter [O,C/groups,kh,kw] -> [N,O,H',W'] */
  conv: Convolution;
  /** dy [N,O,H',W'], filter [O,C/groups,kh,kw] -> dx [N,C,H,W] = `inputShape` */
  convInputGradient: Convolution & { inputShape: Shape };
  /** x [N,C,H,W], dy [N,O,H',W'] -> dFilter [O,C/groups,kh,kw] = `filterShape` */
  convFilterGradient: Convolution & { filterShape: Shape };
  /** x [N,C,H,W] -> [N,C/b,H,W,b] with b = `block` channels side by side: the layout of vector instructions. */
  toBlocked: { block: number };
  /** [N,C/b,H,W,b] -> [N,C,H,W] */
  fromBlocked: None;
  /**
   * x [N,C/b,H,W,b] and filter [O/b,C/b,kh,kw,b,b] (inputs before outputs), or x [N,C,H,W] of fewer than b channels and
   * filter [O/b,C,kh,kw,b] -> [N,O/b,H',W',b]. One group.
   */
  blockedConv: Convolution;
  maxPool: Pooling; avgPool: Pooling;
  /** x, y = maxPool(x), dy -> dx; ties go to the first maximum of the window */
  maxPoolGradient: Pooling;
  /** x [N,C,H,W] -> int32 [N,C,H',W']: where in its plane the (first) maximum of each window stands, row * W + column */
  maxPoolIndices: Pooling;
  /** dy -> dx = `inputShape` */
  avgPoolGradient: Pooling & { inputShape: Shape };
  // shape and indexing
  reshape: { shape: Shape };
  transpose: { permutation: readonly number[] };
  broadcastTo: { shape: Shape };
  concat: { axis: number };
  /** Per axis; `end` exclusive, -1 in `size` is not allowed: trace rules resolve it. A batch dimension is only taken whole. */
  slice: { begin: readonly number[]; end: readonly number[]; strides: readonly number[] };
  pad: { before: readonly number[]; after: readonly number[]; value: number };
  reverse: { axes: readonly number[] };
  tile: { repeats: readonly number[] };
  /** x, indices (int32) */
  gather: { axis: number };
  /** updates [n, ...rest], indices [n] int32 -> [size, ...rest], summing rows with equal index */
  segmentSum: { size: number };
  /** x [size, ...rest], indices [n] int32, updates [n, ...rest] -> x with rows replaced; of rows with equal index the last one stays */
  replaceRows: None;
  /** The k largest of the last axis in descending order, equal ones in their own order: values, and places (int32). */
  topK: { k: number }; topKIndices: { k: number };
  /** indices int32 -> float32 [..., depth] */
  oneHot: { depth: number; on: number; off: number };
  // control
  /** One result of a loop: an output of its body at every step [steps, ...] (`stacked`), or the last value of a state. */
  scan: { loop: Loop; result: string; stacked: boolean };
}

export type None = Readonly<Record<never, never>>;
export interface Reduction { readonly axes: readonly number[]; readonly keepDims: boolean }
/** `pads` = [top, left, bottom, right]. */
export interface Convolution {
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
}
export interface Pooling {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

export type Primitive = keyof PrimitiveAttributes;
