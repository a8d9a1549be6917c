import type { Manifest } from '../../bundles/manifest.js';
import type { Model } from '../../bundles/model.js';
import type { NamedHostTensors } from '../../compiler/tensors.js';

/** A linear softmax classifier: logits = x W + b with W [D, C] row-major and b [C]. */
export interface LinearClassifier {
  readonly shape: readonly number[];
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly classes: readonly string[];
  readonly bounds?: readonly [number, number];
  readonly name?: string;
}

function logitsOf(x: Float32Array, { weights, bias }: LinearClassifier): Float32Array {
  const [classCount, width] = [bias.length, weights.length / bias.length];
  const logits = new Float32Array((x.length / width) * classCount);
  for (let row = 0; row < x.length / width; row++) {
    for (let c = 0; c < classCount; c++) {
      let sum = bias[c]!;
      for (let j = 0; j < width; j++) sum += x[row * width + j]! * weights[j * classCount + c]!;
      logits[row * classCount + c] = sum;
    }
  }
  return logits;
}

function softmaxOf(logits: Float32Array, classCount: number): Float32Array {
  const probabilities = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classCount) {
    const row = Array.from(logits.subarray(start, start + classCount));
    const top = Math.max(...row);
    const total = row.reduce((sum, logit) => sum + Math.exp(logit - top), 0);
    row.forEach((logit, c) => (probabilities[start + c] = Math.exp(logit - top) / total));
  }
  return probabilities;
}

/** v_i^T d logits_i / d x_i = W v_i. */
function pulledBack(vector: Float32Array, { weights, bias }: LinearClassifier): Float32Array {
  const [classCount, width] = [bias.length, weights.length / bias.length];
  const gradient = new Float32Array((vector.length / classCount) * width);
  for (let row = 0; row < vector.length / classCount; row++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let c = 0; c < classCount; c++) sum += weights[j * classCount + c]! * vector[row * classCount + c]!;
      gradient[row * width + j] = sum;
    }
  }
  return gradient;
}

/** d CE_i / d x_i = W (p_i - onehot(y_i)). */
function gradientOf(probabilities: Float32Array, y: Int32Array, classifier: LinearClassifier): Float32Array {
  const classCount = classifier.bias.length;
  return pulledBack(probabilities.map((p, i) => p - (i % classCount === y[Math.floor(i / classCount)] ? 1 : 0)), classifier);
}

function manifestOf(classifier: LinearClassifier, parameterCount: number): Manifest {
  const signature = { file: 'none.onnx', inputs: {}, outputs: {} };
  return {
    formatVersion: 1,
    name: classifier.name ?? 'linear',
    task: 'classification',
    input: {
      shape: [...classifier.shape],
      bounds: [...(classifier.bounds ?? [0, 1])],
      layout: classifier.shape.length === 3 ? 'NHWC' : 'features',
    },
    classes: [...classifier.classes],
    network: { name: 'linear' },
    training: { method: { name: 'nearest-mean' } },
    metrics: {},
    parameterCount,
    signatures: { predict: signature, lossGradient: signature, vjp: signature },
    parts: [{ file: 'weights.safetensors', bytes: 4 * parameterCount, sha256: 'ab'.repeat(32) }],
    software: { rampart: '0.1.0', engine: 'in-memory' },
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

/** The classifier as a `Model` whose gradients are exact; for tests of everything that stands on signatures. */
export function linearModel(classifier: LinearClassifier): Model {
  const classCount = classifier.bias.length;
  return {
    manifest: manifestOf(classifier, classifier.weights.length + classCount),
    run(signature, { x, y, vector }): Promise<NamedHostTensors> {
      const logits = logitsOf(x!.data as Float32Array, classifier);
      const rows = logits.length / classCount;
      const probabilities = softmaxOf(logits, classCount);
      const outputs: NamedHostTensors = { logits: { dtype: 'float32', shape: [rows, classCount], data: logits } };
      if (signature === 'predict') {
        outputs.probabilities = { dtype: 'float32', shape: [rows, classCount], data: probabilities };
        return Promise.resolve(outputs);
      }
      if (signature === 'vjp') {
        outputs.gradient = { dtype: 'float32', shape: [...x!.shape], data: pulledBack(vector!.data as Float32Array, classifier) };
        return Promise.resolve(outputs);
      }
      const labels = y!.data as Int32Array;
      const loss = Float32Array.from(labels, (label, row) => -Math.log(probabilities[row * classCount + label]!));
      const gradient = gradientOf(probabilities, labels, classifier);
      outputs.loss = { dtype: 'float32', shape: [rows], data: loss };
      outputs.gradient = { dtype: 'float32', shape: [...x!.shape], data: gradient };
      return Promise.resolve(outputs);
    },
  };
}
