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
  /** Whether the backend lacks kernels: rows that need one are left out. */
  readonly partial: boolean;
}

const tensorflowGaps: readonly Gap[] = [
  { rows: /^conv2d 5x5 padding 1$/, why: "tfjs-node takes the paddings 'same' and 'valid' only" },
];

const wasmGaps: readonly Gap[] = [
  { rows: / of (int|bool|float)( and (int|bool|float))?$|^cast to bool$/, why: 'the backend takes the bytes of one dtype for those of another' },
  { rows: /^integers over zero$|^integer division by 0 and -1$/, why: 'a division of integers by 0 ends in an error' },
  { rows: /^cropAndResize from an image that does not exist$/, why: 'what lies past the last image is read' },
  { rows: /NCHW/, why: 'channels last only' },
  { rows: /^prelu$/, why: 'the slope does not broadcast' },
  { rows: /^oneHot with values$/, why: 'the values of on and off are taken as integers' },
  { rows: /conv3d|Conv3D/, why: 'three-dimensional convolutions are wrong' },
  { rows: /^maxPool 2x2 stride 2 valid$|MaxPoolGrad|maxPoolWithArgmax|maxPool3d|^dilated pool$/, why: 'maxima start from the smallest positive number, and gradients miss some' },
  { rows: /dilation2d|Dilation2D/, why: 'windows that lie apart start from the smallest positive number' },
  { rows: /^batched fused matMul$/, why: 'only the first matrix of a batch gets its bias' },
];

/** Shaders are allowed 2^-11 of absolute error in sine and cosine. */
const trigonometric: Tolerance = { relative: 0, absolute: 2 ** -11 };

/** By the name that the command `npm run test:engines` takes. */
export const enginesUnderTest: readonly EngineUnderTest[] = [
  { name: 'onnx', engine: 'onnx', device: 'cpu', least: 1e-5, looser: {}, gaps: [], partial: false },
  {
    name: 'webgpu', engine: 'onnx', device: 'webgpu', least: 1e-4, partial: false,
    looser: { sin: trigonometric, cos: trigonometric },
    gaps: [{ rows: /^isNaN$/, why: 'shaders may assume that there is no NaN: the logarithm of a negative number can be any number' }],
  },
  { name: 'cuda', engine: 'onnx', device: 'cuda', least: 1e-4, looser: {}, gaps: [], partial: false },
  { name: 'tensorflow', engine: 'tensorflow', device: 'cpu', least: 1e-4, looser: {}, gaps: tensorflowGaps, partial: false },
  { name: 'tensorflow-gpu', engine: 'tensorflow', device: 'cuda', least: 1e-4, looser: {}, gaps: tensorflowGaps, partial: false },
  { name: 'wasm', engine: 'wasm', device: 'cpu', least: 1e-4, looser: {}, gaps: wasmGaps, partial: true },
  { name: 'cpu', engine: 'cpu', device: 'cpu', least: 0, looser: {}, gaps: [], partial: false },
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
