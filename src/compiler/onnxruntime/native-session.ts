import { availableParallelism } from 'node:os';
import { modelUnreadable } from '../../errors/engine.errors.js';
import type { DType, HostTensor } from '../tensors.js';
import { addressOf, cString, onnxRuntime, pointers, textAt, type Argument, type Pointer } from './library.js';
import { nativeEnvironment } from './native-environment.js';
import { dtypeOf, shapeOf, takeTensor, type NativeTensor } from './native-tensor.js';

/** A file that initialisers point into, given as bytes: `path` is the location written in the model. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

export interface SessionOptions {
  /** Threads inside one kernel; 0 or absent takes one for each core. */
  readonly threads?: number;
  /** Only for models given as bytes; a model given as a path finds its files in its own folder. */
  readonly externalData?: readonly ExternalData[];
  /** ONNX Runtime times every kernel, and writes the times to a file whose path begins so when the profile ends. */
  readonly profilePrefix?: string;
  /** The model is one that ONNX Runtime has optimised before. */
  readonly optimised?: boolean;
  /** ONNX Runtime also writes the optimised model to this file. */
  readonly saveOptimised?: string;
}

/** What a session takes or gives. */
export interface ValueInfo {
  readonly name: string;
  /** Nothing where it is not a float32, int32 or bool tensor. */
  readonly dtype: DType | undefined;
  /** A name stands for a length known at run time. */
  readonly shape: readonly (number | string)[];
}

const FATAL = 4;
const ALL_OPTIMISATIONS = 99;
const NO_OPTIMISATIONS = 0;
const SEQUENTIAL = 0;

/** A model opened by ONNX Runtime on the CPU. */
export class NativeSession {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  private readonly names: readonly Uint8Array[];
  private readonly inputNames: BigUint64Array;
  private readonly outputNames: BigUint64Array;
  private open = true;

  private constructor(private readonly handle: Pointer) {
    this.inputs = describe(handle, 'Input');
    this.outputs = describe(handle, 'Output');
    this.names = [...this.inputs, ...this.outputs].map(({ name }) => cString(name));
    const addresses = this.names.map(addressOf);
    this.inputNames = filled(addresses.slice(0, this.inputs.length));
    this.outputNames = filled(addresses.slice(this.inputs.length));
  }

  /**
   * Opens a model. Given a path, ONNX Runtime finds external data in the model's folder and maps it, so that weights are read from
   * `weights.safetensors` without a second copy; given bytes, `externalData` must carry them.
   * @throws onnx-model-unreadable
   */
  static async create(model: string | Uint8Array, options: SessionOptions = {}): Promise<NativeSession> {
    const ort = onnxRuntime();
    const environment = nativeEnvironment(options.threads || availableParallelism());
    const settings = sessionSettings(options, environment.threads);
    try {
      const result = pointers(1);
      if (typeof model === 'string') await ort.callInBackground('createSession', environment.handle, model, settings, result);
      else await ort.callInBackground('createSessionFromArray', environment.handle, model, model.byteLength, settings, result);
      return new NativeSession(result[0]!);
    } finally {
      ort.release('sessionOptions', settings);
    }
  }

  /**
   * Runs once on this thread. `inputs` are in the order of `this.inputs`. Outputs are written to the tensors of `outputs`, in the order of
   * `this.outputs`, and, where there is none, returned in fresh memory.
   */
  run(inputs: readonly NativeTensor[], outputs: readonly (NativeTensor | undefined)[]): (HostTensor | undefined)[] {
    const values = this.values(inputs, outputs);
    onnxRuntime().call('run', ...this.runArguments(values));
    keepUntilHere(inputs);
    return this.taken(values.outputs, outputs);
  }

  /** As `run`, on another thread. */
  async runInBackground(inputs: readonly NativeTensor[], outputs: readonly (NativeTensor | undefined)[]): Promise<(HostTensor | undefined)[]> {
    const values = this.values(inputs, outputs);
    await onnxRuntime().callInBackground('run', ...this.runArguments(values));
    keepUntilHere(inputs);
    return this.taken(values.outputs, outputs);
  }

  /** Ends the profile and @returns the path of its file. */
  endProfile(): string {
    const ort = onnxRuntime();
    const allocator = ort.make('getAllocatorWithDefaultOptions');
    const path = ort.make('sessionEndProfiling', this.handle, allocator);
    try {
      return textAt(path);
    } finally {
      ort.call('allocatorFree', allocator, path);
    }
  }

  release(): void {
    if (!this.open) return;
    this.open = false;
    onnxRuntime().release('session', this.handle);
  }

  private values(inputs: readonly NativeTensor[], outputs: readonly (NativeTensor | undefined)[]): { inputs: BigUint64Array; outputs: BigUint64Array } {
    return { inputs: filled(inputs.map(({ handle }) => handle)), outputs: filled(outputs.map((output) => output?.handle ?? 0n)) };
  }

  private runArguments({ inputs, outputs }: { inputs: BigUint64Array; outputs: BigUint64Array }): readonly Argument[] {
    return [this.handle, null, this.inputNames, inputs, inputs.length, this.outputNames, outputs.length, outputs];
  }

  private taken(handles: BigUint64Array, given: readonly (NativeTensor | undefined)[]): (HostTensor | undefined)[] {
    return given.map((tensor, i) => (tensor ? undefined : takeTensor(handles[i]!, this.outputs[i]!.dtype ?? unsupported(this.outputs[i]!.name))));
  }
}

/** The garbage collector may take what nobody refers to any more, though native code still reads its memory. */
let lastUsed: readonly NativeTensor[] = [];
function keepUntilHere(tensors: readonly NativeTensor[]): void {
  lastUsed = tensors;
  if (lastUsed.length > 0) lastUsed = [];
}

function unsupported(name: string): never {
  throw modelUnreadable(`its output '${name}' is not a float32, int32 or bool tensor`);
}

function filled(values: readonly Pointer[]): BigUint64Array {
  const memory = pointers(values.length);
  memory.set(values);
  return memory;
}

function sessionSettings({ threads = 0, externalData = [], ...options }: SessionOptions, shared: number): Pointer {
  const ort = onnxRuntime();
  const settings = ort.make('createSessionOptions');
  ort.call('setSessionGraphOptimizationLevel', settings, options.optimised ? NO_OPTIMISATIONS : ALL_OPTIMISATIONS);
  ort.call('setSessionExecutionMode', settings, SEQUENTIAL);
  ort.call('setSessionLogSeverityLevel', settings, FATAL); // errors are thrown
  if ((threads || shared) === shared) ort.call('disablePerSessionThreads', settings);
  else {
    ort.call('setIntraOpNumThreads', settings, threads);
    ort.call('setInterOpNumThreads', settings, 1);
  }
  if (options.profilePrefix !== undefined) ort.call('enableProfiling', settings, options.profilePrefix);
  if (options.saveOptimised !== undefined) ort.call('setOptimizedModelFilePath', settings, options.saveOptimised);
  if (externalData.length > 0) addExternalData(settings, externalData);
  return settings;
}

function addExternalData(settings: Pointer, files: readonly ExternalData[]): void {
  const names = files.map(({ path }) => cString(path));
  const lengths = filled(files.map(({ data }) => BigInt(data.byteLength)));
  onnxRuntime().call('addExternalInitializersFromFilesInMemory', settings, filled(names.map(addressOf)), filled(files.map(({ data }) => addressOf(data))), lengths, files.length);
}

function describe(session: Pointer, kind: 'Input' | 'Output'): ValueInfo[] {
  const ort = onnxRuntime();
  const allocator = ort.make('getAllocatorWithDefaultOptions');
  const count = pointers(1);
  ort.call(`sessionGet${kind}Count`, session, count);
  return Array.from({ length: Number(count[0]!) }, (_, i): ValueInfo => {
    const address = ort.make(`sessionGet${kind}Name`, session, i, allocator);
    const name = textAt(address);
    ort.call('allocatorFree', allocator, address);
    const typeInfo = ort.make(`sessionGet${kind}TypeInfo`, session, i);
    const tensor = ort.make('castTypeInfoToTensorInfo', typeInfo);
    const value = { name, ...(tensor === 0n ? { dtype: undefined, shape: [] } : tensorSpec(tensor)) };
    ort.release('typeInfo', typeInfo);
    return value;
  });
}

function tensorSpec(info: Pointer): Pick<ValueInfo, 'dtype' | 'shape'> {
  const ort = onnxRuntime();
  const type = new Int32Array(new ArrayBuffer(4));
  ort.call('getTensorElementType', info, type);
  const lengths = shapeOf(info);
  const symbols = pointers(lengths.length);
  if (lengths.length > 0) ort.call('getSymbolicDimensions', info, symbols, lengths.length);
  return { dtype: dtypeOf(type[0]!), shape: lengths.map((length, i) => (length >= 0 ? length : textAt(symbols[i]!))) };
}
