import { onnxRuntime, type Pointer } from './library.js';

const WARNING = 2;

/**
 * ONNX Runtime's environment with the one thread pool that sessions of a process share. A program is several sessions; with a pool for each of them
 * as many threads would spin for work.
 */
export interface NativeEnvironment {
  readonly handle: Pointer;
  /** Threads of the shared pool. */
  readonly threads: number;
}

let environment: NativeEnvironment | undefined;

/** The environment of this process; the first caller's number of threads is that of the shared pool. */
export function nativeEnvironment(threads: number): NativeEnvironment {
  if (!environment) {
    const ort = onnxRuntime();
    const options = ort.make('createThreadingOptions');
    ort.call('setGlobalIntraOpNumThreads', options, threads);
    ort.call('setGlobalInterOpNumThreads', options, 1);
    ort.call('setGlobalSpinControl', options, 1);
    environment = { handle: ort.make('createEnvWithGlobalThreadPools', WARNING, 'rampart', options), threads };
  }
  return environment;
}
