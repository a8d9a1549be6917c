import * as tf from '@tensorflow/tfjs-core';
import { hiddenRandomness, kernelUnsupported } from '../../errors/compiler.errors.js';
import type { Decomposition } from '../decompositions/decomposition.js';
import { decompositions } from '../decompositions/index.js';
import { onBackend } from '../tfjs-backend.js';
import { callSite } from './call-site.js';
import { KernelCall, Unsupported, type KernelRule, type KernelRules } from './kernel-rule.js';
import { controlKernels } from './kernels/control.js';
import { kernelRules } from './kernels/index.js';
import { refusedKernels } from './kernels/refused.js';
import { Recorder, TRACE_BACKEND } from './recorder.js';

const recorder = new Recorder();

/** Runs one rule for one kernel call and hands its nodes out as tensors. */
function record(kernel: string, rule: KernelRule, inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo | tf.TensorInfo[] {
  const operands = Object.fromEntries(Object.entries(inputs).map(([name, info]) => {
    const tensor = info as tf.TensorInfo | null | undefined; // fused kernels pass absent operands by name
    return [name, tensor ? recorder.nodeOf(tensor) : undefined];
  }));
  const site = callSite();
  try {
    const result = rule(new KernelCall(kernel, operands, attributes, site));
    return Array.isArray(result) ? result.map((node) => recorder.handle(node)) : recorder.handle(result);
  } catch (error) {
    if (error instanceof Unsupported) throw kernelUnsupported(recorder.program, kernel, site, error.message);
    throw error;
  }
}

/** Runs a decomposition on traced tensors: the kernels inside it record. A result that is an operand gets a handle of its own. */
function decompose(decomposition: Decomposition, inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.Tensor {
  const operands = inputs as Readonly<Record<string, tf.Tensor>>;
  const result = decomposition(operands, attributes);
  return Object.values(operands).includes(result) ? tf.clone(result) : result;
}

const refusals: KernelRules = Object.fromEntries(
  Object.entries(refusedKernels).map(([name, reason]): [string, KernelRule] => [name, (call) => call.refuse(reason)]),
);

tf.registerBackend(TRACE_BACKEND, () => recorder, 0);
for (const [kernelName, rule] of Object.entries({ ...kernelRules, ...controlKernels, ...refusals })) {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => record(kernelName, rule, inputs, attrs ?? {}),
  });
}
for (const [kernelName, decomposition] of Object.entries(decompositions)) {
  tf.registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => decompose(decomposition, inputs, attrs ?? {}),
  });
}

/** Unseeded generators of TensorFlow.js start from `Math.random`; in a trace their numbers would freeze silently. */
function withoutRandomness<T>(program: string, body: () => T): T {
  const { random } = Math;
  Math.random = () => {
    throw hiddenRandomness(program, callSite());
  };
  try {
    return body();
  } finally {
    Math.random = random;
  }
}

/** The recorder of the trace in progress, if the current TensorFlow.js backend records. */
export const activeRecorder = (): Recorder | undefined => (tf.engine().backendName === TRACE_BACKEND ? recorder : undefined);

/** Runs `body` with kernels recording instead of computing; every tensor made inside is released. */
export function recording<T>(program: string, body: (recorder: Recorder) => T): T {
  return recorder.during(program, () => onBackend(TRACE_BACKEND, () => withoutRandomness(program, () => {
    tf.engine().startScope(program);
    try {
      return body(recorder);
    } finally {
      tf.engine().endScope();
    }
  })));
}
