import type { Device, EngineName } from '../engine.options.js';

/** How far an engine may be from eager `cpu`: |a - e| <= absolute + relative |e|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Rows whose names match are left out. */
export interface Gap {
  readonly rows: RegExp;
  readonly why: string;
}

/** An engine on a device, and where it may differ from the reference. */
export interface EngineUnderTest {
  readonly name: string;
  readonly engine: EngineName;
  readonly device: Device;
  /** Smallest tolerance, relative and absolute: no row is held to more. */
  readonly least: number;
  /** Rows that are less exact, by name. */
  readonly looser: Readonly<Record<string, Tolerance>>;
  /** Rows that the engine refuses or computes otherwise. */
  readonly gaps: readonly Gap[];
  /** Kernels that the eager backend lacks: rows and programs that need one are left out. */
  readonly missing: readonly string[];
}

const tensorflowGaps: readonly Gap[] = [
  { rows: /^conv2d 5x5 padding 1$/, why: "tfjs-node takes the paddings 'same' and 'valid' only" },
  { rows: /^fused conv2d NCHW|^depthToSpace NCHW$/, why: 'channels last only' },
  { rows: /^integers over zero$|^integer division by 0 and -1$/, why: 'a division of integers by 0 ends in an error' },
  {
    rows: /^(diag|max|min|topk|maxPool|spaceToBatchND|einsum|matMul|addN) of bool$|^(exp|cumsum|cumprod|neg|abs|sign|square|relu|relu6|step) of bool$/,
    why: 'TensorFlow has no such kernel for bool',
  },
  {
    rows: /^(isNaN|isInf|isFinite|leakyRelu|prelu) of bool$|^(less|lessEqual|greater|greaterEqual|add|sub|mul) of bool and bool$/,
    why: 'TensorFlow has no such kernel for bool',
  },
  {
    rows: /^(step|isNaN|isInf|isFinite|leakyRelu|expm1|softplus|selu|sinh|atan|asinh|reciprocal|log1p|localResponseNormalization) of int$|^atan2 of (int and int|zeros)/,
    why: 'TensorFlow has no such kernel for int32',
  },
  { rows: /^clipByValue of bool$/, why: 'the result is int32' },
  { rows: /^sparseToDense$|^sparseToDense of one value/, why: 'indices that are not sorted are refused' },
  { rows: /^cropAndResize from an image that does not exist$/, why: 'an image that does not exist ends in an error' },
  { rows: /^conv3d 1x1x1 stride 3 same/, why: 'the first of windows that lie apart starts at the edge; with TensorFlow.js the rest is shared between both ends' },
  { rows: /^conv3d 2x3x2 dilated$/, why: 'dilation of the depth is refused on the CPU' },
  { rows: /^AvgPool(3D)?Grad$/, why: 'dy is shared among the elements under the window; with TensorFlow.js among all its places, padding too. Gradients of programs make up for it' },
];

const tensorflowMissing = [
  'BitwiseAnd', 'BroadcastTo', 'DenseBincount', 'LogSoftmax', 'LogicalXor', 'LowerBound', 'MatrixBandPart', 'MaxPoolWithArgmax', 'RotateWithOffset', 'SearchSorted',
  'Transform', 'UpperBound',
];

const wasmGaps: readonly Gap[] = [
  { rows: /^(exp|leakyRelu|topk|reverse|where|clipByValue) of bool$|^cast to bool( of int)?$|^(clipByValue|isNaN|isFinite) of int$/, why: 'the backend takes the bytes of one dtype for those of another' },
  { rows: /^(neg|abs|sign|square|relu|relu6|step|addN) of bool$|^(add|sub|mul) of bool and bool$/, why: 'the result is bool' },
  { rows: /^(softplus|selu|sinh|atan|asinh|reciprocal|log1p) of int$/, why: 'the result is int32' },
  { rows: /^stridedSlice of (int|bool)$/, why: 'the result is float32' },
  { rows: /^(matMul|maxPool|searchSorted) of (int|bool)$|^localResponseNormalization of int$|^(cumsum|cumprod) of bool$/, why: 'the kernel refuses the dtype' },
  { rows: /^integers over zero$|^integer division by 0 and -1$/, why: 'a division of integers by 0 ends in an error' },
  { rows: /^cropAndResize from an image that does not exist$/, why: 'what lies past the last image is read' },
  { rows: /^conv2d NCHW$|^fused conv2d NCHW/, why: 'channels last only' },
  { rows: /^gather per /, why: 'batches after the first are looked for in the wrong place, past the tensor too' },
  { rows: /^prelu$/, why: 'the slope does not broadcast' },
  { rows: /^oneHot with values$/, why: 'the values of on and off are taken as integers' },
  { rows: /conv3d|Conv3D/, why: 'three-dimensional convolutions are wrong' },
  {
    rows: /^maxPool 2x2 stride 2 valid$|MaxPoolGrad|maxPoolWithArgmax|^maxPool3d 2x3x1|^dilated pool$/,
    why: 'maxima start from the smallest positive number, and gradients miss some',
  },
  { rows: /^(dilation2d|Dilation2DBackprop\w+) 2x2, apart$/, why: 'windows that lie apart start from the smallest positive number' },
  { rows: /^batched fused matMul$/, why: 'only the first matrix of a batch gets its bias' },
];

const wasmMissing = [
  'BroadcastTo', 'Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput', 'Einsum', 'LogSoftmax', 'LowerBound',
  'MatrixBandPart', 'UnsortedSegmentSum', 'UpperBound',
];

/** Shaders are allowed 2^-11 of absolute error in sine and cosine. */
const trigonometric: Tolerance = { relative: 0, absolute: 2 ** -11 };
/** The same over the steps of a recurrence, where the errors of some sines and cosines add up. */
const recurrent: Tolerance = { relative: 0, absolute: 2 ** -9 };

/** By the name that the command `npm run test:engines` takes. */
export const enginesUnderTest: readonly EngineUnderTest[] = [
  { name: 'onnx', engine: 'onnx', device: 'cpu', least: 1e-5, looser: {}, gaps: [], missing: [] },
  {
    name: 'webgpu', engine: 'onnx', device: 'webgpu', least: 1e-4, missing: [],
    looser: { sin: trigonometric, cos: trigonometric, 'scan with integers': recurrent },
    gaps: [{ rows: /^isNaN$/, why: 'shaders may assume that there is no NaN: the logarithm of a negative number can be any number' }],
  },
  { name: 'cuda', engine: 'onnx', device: 'cuda', least: 1e-4, looser: {}, gaps: [], missing: [] },
  { name: 'tensorflow', engine: 'tensorflow', device: 'cpu', least: 1e-4, looser: {}, gaps: tensorflowGaps, missing: tensorflowMissing },
  { name: 'tensorflow-gpu', engine: 'tensorflow', device: 'cuda', least: 1e-4, looser: {}, gaps: tensorflowGaps, missing: tensorflowMissing },
  { name: 'wasm', engine: 'wasm', device: 'cpu', least: 1e-4, looser: {}, gaps: wasmGaps, missing: wasmMissing },
  { name: 'cpu', engine: 'cpu', device: 'cpu', least: 0, looser: {}, gaps: [], missing: [] },
];

/** What runs on every host. */
export const DEFAULT_ENGINES = ['onnx', 'wasm', 'cpu'] as const;

/** The engines that `names` (separated by commas or spaces) asks for; by default those that every host has. */
export function chosenEngines(names = ''): readonly EngineUnderTest[] {
  const wanted = names.split(/[\s,]+/).filter((name) => name !== '');
  return (wanted.length === 0 ? DEFAULT_ENGINES : wanted).map((name) => {
    const found = enginesUnderTest.find((each) => each.name === name);
    if (!found) throw new Error(`there is no engine '${name}' to test; choose among ${enginesUnderTest.map((each) => each.name).join(', ')}`);
    return found;
  });
}
