import type { Model } from '../bundles/model.js';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { modelOutputNotFinite } from '../errors/attacks.errors.js';

/** What a classifier says of a batch of N examples over C classes. */
export interface Predictions {
  /** [N] most probable class; the lowest index among equals. */
  readonly labels: Int32Array;
  /** [N] probability of that class. */
  readonly confidences: Float32Array;
  /** [N, C] row-major. */
  readonly probabilities: Float32Array;
  /** [N, C] row-major. */
  readonly logits: Float32Array;
  readonly classCount: number;
}

/** Number of features of one input. */
export function inputWidth(model: Pick<Model, 'manifest'>): number {
  return model.manifest.input.shape.reduce((product, length) => product * length, 1);
}

/** The tensor `x` of a signature: [rows, ...input.shape]. */
export function inputTensor(model: Model, examples: Float32Array): HostTensor {
  const shape = [examples.length / inputWidth(model), ...model.manifest.input.shape];
  return { dtype: 'float32', shape, data: examples };
}

/** The float32 output called `name`; a signature without it is a broken bundle. */
export function floatOutput(outputs: NamedHostTensors, name: string): Float32Array {
  const tensor = outputs[name];
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`internal: signature gave no float32 output "${name}"`);
  return tensor.data;
}

/** Index of the largest of `classCount` values from `start`; NaN is never largest. */
export function argMax(values: Float32Array, start: number, classCount: number): number {
  let best = 0;
  for (let c = 1; c < classCount; c++) if (values[start + c]! > values[start + best]!) best = c;
  return best;
}

/**
 * Runs `predict` on [N, ...input.shape] examples.
 *
 * @throws model-output-not-finite
 * @throws Error "internal: ..." when the signature breaks its contract
 */
export async function predict(model: Model, examples: Float32Array): Promise<Predictions> {
  const outputs = await model.run('predict', { x: inputTensor(model, examples) });
  const logits = floatOutput(outputs, 'logits');
  const probabilities = floatOutput(outputs, 'probabilities');
  const classCount = model.manifest.classes.length;
  const rows = examples.length / inputWidth(model);
  if (logits.length !== rows * classCount) throw new Error(`internal: predict gave ${logits.length} logits for ${rows} examples`);
  const broken = logits.findIndex((logit) => !Number.isFinite(logit));
  if (broken >= 0) throw modelOutputNotFinite(model.manifest.name, Math.floor(broken / classCount));
  const labels = Int32Array.from({ length: rows }, (_, row) => argMax(logits, row * classCount, classCount));
  const confidences = Float32Array.from(labels, (label, row) => probabilities[row * classCount + label]!);
  return { labels, confidences, probabilities, logits, classCount };
}
