import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PeerCommand } from './peer-process.js';

export interface Peer {
  readonly name: string;
  /** As printed in the tables; the version is added. */
  readonly title: string;
  /** Thread counts that it is measured with. */
  readonly threads: readonly number[];
  /** Whether it is asked for single matrix products too, or for those only. */
  readonly workloads: 'all' | 'models' | 'products';
  /** Undefined where a variable that names its Python is not set. */
  command(threads: number): PeerCommand | undefined;
  /** What to do where it is missing. */
  readonly advice: string;
}

/** Rampart, whose times the others' are compared with. */
export const OURS = 'rampart';
/** The peer of the first target. */
export const DEBIAN = 'pytorch-debian';
/** The peer whose rate of matrix products is the limit. */
export const LIMIT = 'openblas';
/** Eager TensorFlow.js. */
export const WASM = 'tfjs-wasm';

const BOTH = [1, 2];

const threadVariables = (threads: number): Record<string, string> => ({
  // Debian's OpenBLAS reads its number of threads when it is loaded and not again.
  OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}`, MKL_NUM_THREADS: `${threads}`,
});

const script = (name: string): string => resolve('bench/peers', name);
const compiled = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

const python = (file: string | undefined, name: string, threads: number, ...rest: string[]): PeerCommand | undefined =>
  file === undefined ? undefined : { file, arguments: [script(name), `${threads}`, ...rest], environment: threadVariables(threads) };

/** torch.compile keeps what it has compiled between runs, except where compile time is measured. */
const compileCache = (command: PeerCommand | undefined): PeerCommand | undefined =>
  command && { ...command, environment: { ...command.environment, TORCHINDUCTOR_CACHE_DIR: resolve('.cache/bench/inductor') } };

const node = (name: string, argument: string): PeerCommand => ({ file: process.execPath, arguments: ['--enable-source-maps', compiled(name), argument], environment: {} });

/** Every peer, with the Pythons that the environment names. */
export function allPeers(environment: NodeJS.ProcessEnv): readonly Peer[] {
  const current = environment['RAMPART_BENCH_PYTHON'];
  const debian = environment['RAMPART_BENCH_DEBIAN_PYTHON'] ?? '/usr/bin/python3';
  const jax = environment['RAMPART_BENCH_JAX_PYTHON'] ?? current;
  const pytorch = 'set RAMPART_BENCH_PYTHON to a Python with PyTorch and numpy (pip install torch numpy)';
  return [
    { name: OURS, title: 'Rampart', threads: BOTH, workloads: 'all', command: (threads) => node('rampart.js', `${threads}`), advice: 'npm ci' },
    {
      name: DEBIAN, title: 'PyTorch of Debian', threads: BOTH, workloads: 'all', command: (threads) => python(debian, 'pytorch.py', threads, 'eager'),
      advice: 'apt-get install python3-torch python3-numpy, or set RAMPART_BENCH_DEBIAN_PYTHON',
    },
    { name: 'pytorch', title: 'PyTorch eager', threads: BOTH, workloads: 'all', command: (threads) => python(current, 'pytorch.py', threads, 'eager'), advice: pytorch },
    {
      name: 'pytorch-compile', title: 'PyTorch compiled', threads: BOTH, workloads: 'models',
      command: (threads) => compileCache(python(current, 'pytorch.py', threads, 'compile')), advice: `${pytorch}; torch.compile needs a C++ compiler`,
    },
    {
      name: 'jax', title: 'JAX', threads: BOTH, workloads: 'all', command: (threads) => python(jax, 'jax_peer.py', threads),
      advice: 'set RAMPART_BENCH_JAX_PYTHON to a Python with JAX (pip install jax)',
    },
    { name: WASM, title: 'TensorFlow.js eager, wasm', threads: [1], workloads: 'models', command: () => node('tensorflow-js.js', 'wasm'), advice: 'npm ci' },
    {
      name: 'tfjs-node', title: 'TensorFlow.js eager, tfjs-node', threads: [2], workloads: 'models', command: () => node('tensorflow-js.js', 'tensorflow'),
      advice: 'install @tensorflow/tfjs-node, or build it and name its node_modules in NODE_PATH',
    },
    {
      name: LIMIT, title: 'OpenBLAS', threads: BOTH, workloads: 'products', command: (threads) => python(debian, 'openblas.py', threads),
      advice: 'apt-get install libopenblas0-pthread python3-numpy',
    },
  ];
}
