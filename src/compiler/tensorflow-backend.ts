import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflowUnavailable } from '../errors/engine.errors.js';
import type { Device } from './engine.options.js';
import { registerGradients } from './gradients/index.js';

const require = createRequire(import.meta.url);

/** In the order of preference; both register the backend `tensorflow`. Optional peers, also found through NODE_PATH. */
const PACKAGES = [
  { name: '@tensorflow/tfjs-node-gpu', device: 'cuda' },
  { name: '@tensorflow/tfjs-node', device: 'cpu' },
] as const satisfies readonly { name: string; device: Device }[];

function pathOf(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}

/** What the installed package computes on; `cpu` where there is none. */
export const tensorflowDevice = (): Device => PACKAGES.find(({ name }) => pathOf(name) !== undefined)?.device ?? 'cpu';

/**
 * Runs `body` and puts back the kernels of backend `cpu` that it registered anew. The package brings a second build of them, which does
 * not know the buffers of this process's TensorFlow.js: its TensorScatterUpdate, for one, starts from zeros.
 */
async function keepingCpuKernels(body: () => Promise<unknown>): Promise<void> {
  const own = tf.getKernelsForBackend('cpu');
  await body();
  for (const config of own) {
    tf.unregisterKernel(config.kernelName, 'cpu');
    tf.registerKernel(config);
  }
}

/**
 * The package brings the whole of TensorFlow.js along, makes its backend the current one and registers gradients and kernels of its
 * own: the backend that was current, this compiler's gradients and the kernels of `cpu` are put back.
 */
async function load(device: Device): Promise<void> {
  const wanted = PACKAGES.filter((each) => each.device === device);
  const path = wanted.map(({ name }) => pathOf(name)).find((found) => found !== undefined);
  if (path === undefined) throw tensorflowUnavailable(`${wanted.map(({ name }) => name).join(', ')} is not installed`);
  const previous = tf.engine().backendName || 'cpu';
  try {
    await keepingCpuKernels(() => import(pathToFileURL(path).href));
  } catch (error) {
    throw tensorflowUnavailable(`${path} does not load (${error instanceof Error ? error.message : String(error)})`);
  }
  void tf.setBackend(previous); // initialised before: in force when this returns
  registerGradients();
  const { version } = require(require.resolve('@tensorflow/tfjs-core/package.json', { paths: [path] })) as { version: string };
  if (version !== tf.version_core) throw tensorflowUnavailable(`it comes with tfjs-core ${version}; ${tf.version_core} is accepted`);
}

/** Version of the TensorFlow library behind the backend, once it is loaded. */
export const tensorflowVersion = (): string => (tf.engine().findBackend('tensorflow') as unknown as { binding: { TF_Version: string } }).binding.TF_Version;

const loaded = new Map<Device, Promise<void>>();

/**
 * Makes the TensorFlow.js backend `tensorflow` ready. A process has one: the first device asked for.
 * @throws engine-unavailable
 */
export function loadTensorflow(device: Device): Promise<void> {
  const [other] = [...loaded.keys()].filter((known) => known !== device);
  if (other !== undefined) return Promise.reject(tensorflowUnavailable(`this process already computes with it on '${other}'`));
  const known = loaded.get(device) ?? load(device);
  loaded.set(device, known);
  known.catch(() => loaded.delete(device));
  return known;
}
