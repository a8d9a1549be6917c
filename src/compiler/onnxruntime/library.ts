import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import koffi from 'koffi';
import { modelUnreadable } from '../../errors/engine.errors.js';

/** An address of native memory; 0 is none. */
export type Pointer = bigint;
/** What the C functions take: numbers, addresses, text, and memory of JavaScript, which must stay referenced as long as they use it. */
export type Argument = number | Pointer | string | null | ArrayBufferView;

const POINTER = 'void *';
const SIZE = 'size_t';
/** A file path as ONNX Runtime takes it. */
const PATH = process.platform === 'win32' ? 'str16' : 'str';

/**
 * The functions used here: their place in ONNX Runtime's table `OrtApi`, which only grows at its end, and their parameters. All return a status, or
 * nothing where they release something.
 */
const functions = {
  createSession: [7, [POINTER, PATH, POINTER, POINTER]],
  createSessionFromArray: [8, [POINTER, POINTER, SIZE, POINTER, POINTER]],
  run: [9, [POINTER, POINTER, POINTER, POINTER, SIZE, POINTER, SIZE, POINTER]],
  createSessionOptions: [10, [POINTER]],
  setOptimizedModelFilePath: [11, [POINTER, PATH]],
  setSessionExecutionMode: [13, [POINTER, 'int']],
  enableProfiling: [14, [POINTER, PATH]],
  setSessionLogSeverityLevel: [22, [POINTER, 'int']],
  setSessionGraphOptimizationLevel: [23, [POINTER, 'int']],
  setIntraOpNumThreads: [24, [POINTER, 'int']],
  setInterOpNumThreads: [25, [POINTER, 'int']],
  sessionGetInputCount: [30, [POINTER, POINTER]],
  sessionGetOutputCount: [31, [POINTER, POINTER]],
  sessionGetInputTypeInfo: [33, [POINTER, SIZE, POINTER]],
  sessionGetOutputTypeInfo: [34, [POINTER, SIZE, POINTER]],
  sessionGetInputName: [36, [POINTER, SIZE, POINTER, POINTER]],
  sessionGetOutputName: [37, [POINTER, SIZE, POINTER, POINTER]],
  createTensorWithData: [49, [POINTER, POINTER, SIZE, POINTER, SIZE, 'int', POINTER]],
  getTensorMutableData: [51, [POINTER, POINTER]],
  castTypeInfoToTensorInfo: [55, [POINTER, POINTER]],
  getTensorElementType: [60, [POINTER, POINTER]],
  getDimensionsCount: [61, [POINTER, POINTER]],
  getDimensions: [62, [POINTER, POINTER, SIZE]],
  getSymbolicDimensions: [63, [POINTER, POINTER, SIZE]],
  getTensorTypeAndShape: [65, [POINTER, POINTER]],
  createCpuMemoryInfo: [69, ['int', 'int', POINTER]],
  allocatorFree: [76, [POINTER, POINTER]],
  getAllocatorWithDefaultOptions: [78, [POINTER]],
  sessionEndProfiling: [110, [POINTER, POINTER, POINTER]],
  createEnvWithGlobalThreadPools: [119, ['int', 'str', POINTER, POINTER]],
  disablePerSessionThreads: [120, [POINTER]],
  createThreadingOptions: [121, [POINTER]],
  addSessionConfigEntry: [130, [POINTER, 'str', 'str']],
  setGlobalIntraOpNumThreads: [147, [POINTER, 'int']],
  setGlobalInterOpNumThreads: [148, [POINTER, 'int']],
  setGlobalSpinControl: [149, [POINTER, 'int']],
  addExternalInitializersFromFilesInMemory: [279, [POINTER, POINTER, POINTER, POINTER, SIZE]],
} as const;
const releases = { session: 95, value: 96, typeInfo: 98, tensorInfo: 99, sessionOptions: 100, status: 93 } as const;
const GET_ERROR_MESSAGE = 2;
/** First version of the table that has all of these. */
const API_VERSION = 18;

export type FunctionName = keyof typeof functions;

/** A C function that returns a status: called on this thread, or on another one. */
interface StatusFunction {
  (...given: readonly Argument[]): Pointer | null;
  async(...given: readonly unknown[]): void;
}

/** The shared library inside the package onnxruntime-node. */
function libraryPath(): string {
  const packageFolder = join(createRequire(import.meta.url).resolve('onnxruntime-node'), '..', '..');
  const names = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.1.dylib', win32: 'onnxruntime.dll' };
  const name = names[process.platform as keyof typeof names];
  const folders = readdirSync(join(packageFolder, 'bin')).map((version) => join(packageFolder, 'bin', version, process.platform, process.arch));
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (!found) throw new Error(`onnxruntime-node has no library for ${process.platform} on ${process.arch}`);
  return found;
}

/**
 * ONNX Runtime's C interface. Its Node.js binding copies every output into a new ArrayBuffer, even one that was written to memory given by the
 * caller; gradients and state of a training step are outputs.
 */
export class OnnxRuntime {
  /** As `1.30.0`. */
  readonly version: string;
  /** Held, because the library is unloaded when nobody refers to it. */
  private readonly library = koffi.load(libraryPath());
  private readonly table: BigUint64Array;
  private readonly statusFunctions = new Map<FunctionName, StatusFunction>();
  private readonly errorMessage: (status: Pointer) => string;
  private readonly release1 = new Map<keyof typeof releases, (handle: Pointer) => void>();

  constructor() {
    const base = this.library.func('void *OrtGetApiBase()')() as Pointer;
    const [getApi, getVersion] = koffi.decode(base, POINTER, 2) as [Pointer, Pointer];
    this.version = koffi.call(getVersion, koffi.proto('const char *OrtGetVersionString()')) as string;
    const api = koffi.call(getApi, koffi.proto('void *OrtGetApi(uint32_t version)'), API_VERSION) as Pointer;
    this.table = new BigUint64Array(koffi.view(api, 8 * (1 + functions.addExternalInitializersFromFilesInMemory[0])));
    this.errorMessage = koffi.decode(this.table[GET_ERROR_MESSAGE]!, koffi.proto('const char *OrtGetErrorMessage(void *status)')) as (status: Pointer) => string;
  }

  /** Calls a function. @throws onnx-model-unreadable with ONNX Runtime's message */
  call(name: FunctionName, ...given: readonly Argument[]): void {
    this.check(this.statusFunction(name)(...given));
  }

  /** Calls a function on another thread. What is given must be kept from the garbage collector until then: it is, by the closure of the caller. */
  async callInBackground(name: FunctionName, ...given: readonly Argument[]): Promise<void> {
    const status = await new Promise<Pointer | null>((resolve, reject) => {
      this.statusFunction(name).async(...given, (error: Error | null, result: Pointer | null) => (error ? reject(error) : resolve(result)));
    });
    this.check(status);
  }

  /** Calls a function whose last parameter takes the address of a result. */
  make(name: FunctionName, ...given: readonly Argument[]): Pointer {
    const result = pointers(1);
    this.call(name, ...given, result);
    return result[0]!;
  }

  release(kind: keyof typeof releases, handle: Pointer): void {
    let release = this.release1.get(kind);
    if (!release) {
      release = koffi.decode(this.table[releases[kind]]!, koffi.proto(`void OrtRelease_${kind}(void *handle)`)) as (handle: Pointer) => void;
      this.release1.set(kind, release);
    }
    release(handle);
  }

  private statusFunction(name: FunctionName): StatusFunction {
    let found = this.statusFunctions.get(name);
    if (!found) {
      const [position, parameters] = functions[name];
      found = koffi.decode(this.table[position]!, koffi.proto(`Ort_${name}`, POINTER, [...parameters])) as StatusFunction;
      this.statusFunctions.set(name, found);
    }
    return found;
  }

  private check(status: Pointer | null): void {
    if (!status) return;
    const message = this.errorMessage(status);
    this.release('status', status);
    throw modelUnreadable(message);
  }
}

/** Memory for addresses, outside of the garbage-collected heap so that it does not move during a call on another thread. */
export const pointers = (count: number): BigUint64Array => new BigUint64Array(new ArrayBuffer(8 * Math.max(1, count)), 0, count);

/** The same memory at a fixed address: V8 keeps small arrays where the garbage collector moves them, until somebody asks for their buffer. */
export function pinned<T extends ArrayBufferView>(memory: T): T {
  void memory.buffer;
  return memory;
}

/** Text as C takes it, ended by a zero. */
export const cString = (text: string): Uint8Array => {
  const encoded = new TextEncoder().encode(text);
  const bytes = new Uint8Array(new ArrayBuffer(encoded.length + 1));
  bytes.set(encoded);
  return bytes;
};

export const addressOf = (memory: ArrayBufferView): Pointer => koffi.address(memory);
export const textAt = (address: Pointer): string => koffi.decode(address, 'char', -1) as string;
/** A view of native memory; valid as long as that is. */
export const bytesAt = (address: Pointer, length: number): ArrayBuffer => koffi.view(address, length);

let loaded: OnnxRuntime | undefined;

/** The library, loaded at its first use. */
export const onnxRuntime = (): OnnxRuntime => (loaded ??= new OnnxRuntime());
