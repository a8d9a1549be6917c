/**
 * Eager TensorFlow.js: the same programs, operation by operation, with the state in tensors of the backend. Argument:
 * `wasm`, or `tensorflow` for the native binding, which is used where it is installed; it is also found through NODE_PATH.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { toHost, toTensor } from '../../src/compiler/host-tensors.js';
import type { NamedTensors } from '../../src/compiler/program.js';
import type { NamedHostTensors } from '../../src/compiler/tensors.js';
import { loadBackend, onBackend } from '../../src/compiler/tfjs-backend.js';
import type { Workload } from '../workloads/index.js';
import { serve, type Runner } from './serve.js';

const NATIVE_BINDING = '@tensorflow/tfjs-node';
const backend = process.argv[2] === 'tensorflow' ? 'tensorflow' : 'wasm';

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

function open(workload: Workload): Runner {
  const start = (): NamedTensors => onBackend(backend, () => mapValues(workload.state, toTensor));
  let state = start();
  const end = (): void => Object.values(state).forEach((tensor) => tensor.dispose());
  const apply = (entry: string, inputs: NamedHostTensors): NamedHostTensors => onBackend(backend, () => {
    const { program } = workload.entries[entry]!;
    const { outputs, updates } = tf.tidy(() => {
      const result = program.apply(state, mapValues(inputs, toTensor));
      return { outputs: result.outputs, updates: mapValues(result.state ?? {}, (tensor) => tf.clone(tensor)) };
    });
    const host = mapValues(outputs, toHost);
    Object.values(outputs).forEach((tensor) => tensor.dispose());
    for (const [name, tensor] of Object.entries(updates)) {
      state[name]!.dispose();
      state[name] = tensor;
    }
    return host;
  });
  return {
    run: (entry, inputs) => Promise.resolve().then(() => apply(entry, inputs)),
    restart() {
      end();
      state = start();
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(end()),
  };
}

/** Registers the backend, which may come with a copy of TensorFlow.js: all copies in a process share engine and kernels. */
async function load(): Promise<string | undefined> {
  if (backend === 'wasm') {
    await loadBackend('wasm', 'cpu');
    return undefined;
  }
  try {
    await import(pathToFileURL(createRequire(import.meta.url).resolve(NATIVE_BINDING)).href);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND' ? 'not installed' : String(error);
  }
}

const missing = await load();
if (missing !== undefined) process.stdout.write(`${JSON.stringify({ missing })}\n`);
else await serve({ version: tf.version_core, details: `backend ${backend}` }, (workload) => Promise.resolve().then(() => open(workload)));
