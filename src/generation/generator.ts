import type { Manifest } from '../bundles/manifest.js';
import type { Model } from '../bundles/model.js';
import { signatureOf } from '../bundles/signature-inputs.js';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { generatedNotFinite } from '../errors/generation.errors.js';
import { runRows } from './run-rows.js';

type GenerationBlock = NonNullable<Manifest['generation']>;

/** What p(x | z) gives for N latents. */
export interface Decoded {
  /** [N, ...input.shape] within the bounds. */
  readonly x: Float32Array;
  /** [N, K] class probabilities, of models that have labels as visible variables. */
  readonly labels?: Float32Array;
}

/** The Gaussian q(z | x): z = mean + sigma * eps; both [N, latent]. */
export interface Posterior {
  readonly mean: Float32Array;
  readonly sigma: Float32Array;
}

/** Conditions of N rows. */
export interface Condition {
  /** [N] classes that are held fixed: `y` of conditional models, one-hot labels of models with attributes. */
  readonly classes?: Int32Array;
}

/**
 * A stored generator by its signatures `decode`, `encode` and `transition`. Every method takes and gives N rows, row-major,
 * computed in batches of bounded size.
 */
export class Generator {
  readonly method: string;
  /** Numbers in one latent. */
  readonly latent: number;
  /** Numbers in one example. */
  readonly size: number;
  readonly classCount: number;
  private readonly block: GenerationBlock;

  /** @throws signature-unknown for models that generate nothing */
  constructor(private readonly model: Model) {
    const { manifest } = model;
    signatureOf(manifest, 'decode');
    if (manifest.generation === undefined) throw new Error('internal: a model with the signature decode has no generation block');
    this.block = manifest.generation;
    this.method = this.block.method;
    this.latent = this.block.latent;
    this.size = manifest.input.shape.reduce((product, length) => product * length, 1);
    this.classCount = manifest.classes.length;
  }

  get manifest(): Manifest {
    return this.model.manifest;
  }

  /** Whether every signature takes the class as an input. */
  get conditional(): boolean {
    return this.block.conditional;
  }

  /** Whether labels are visible variables beside the pixels. */
  get attributes(): boolean {
    return this.block.attributes;
  }

  /** @throws signature-unknown naming the first signature that the model lacks */
  require(...signatures: readonly string[]): void {
    for (const signature of signatures) signatureOf(this.manifest, signature);
  }

  /** @param z [N, latent] */
  async decode(z: Float32Array, { classes }: Condition): Promise<Decoded> {
    const outputs = await this.run('decode', { z: this.latents(z), ...this.classInput(classes) });
    return { x: values(outputs, 'x'), ...(this.attributes && { labels: values(outputs, 'labels') }) };
  }

  /**
   * @param x [N, ...input.shape]
   * @param labels [N, K], of models with attributes; by default the fixed classes, or 1 / K where there are none
   */
  async encode(x: Float32Array, condition: Condition, labels?: Float32Array): Promise<Posterior> {
    const rows = x.length / this.size;
    const pictures: HostTensor = { dtype: 'float32', shape: [rows, ...this.manifest.input.shape], data: x };
    const visible = this.attributes && { labels: floats(labels ?? this.labelsOf(condition, rows), this.classCount) };
    const outputs = await this.run('encode', { x: pictures, ...this.classInput(condition.classes), ...visible });
    return { mean: values(outputs, 'mean'), sigma: values(outputs, 'sigma') };
  }

  /** x = Dec(z) and next = mean(x) + sigma(x) * eps in one run. @param z, eps [N, latent] */
  async transition(z: Float32Array, eps: Float32Array, { classes }: Condition): Promise<Decoded & { readonly next: Float32Array }> {
    const outputs = await this.run('transition', { z: this.latents(z), eps: this.latents(eps), ...this.classInput(classes) });
    return { x: values(outputs, 'x'), next: values(outputs, 'next'), ...(this.attributes && { labels: values(outputs, 'labels') }) };
  }

  /** [rows, K] labels: one-hot where the class is fixed, else 1 / K. */
  labelsOf({ classes }: Condition, rows: number): Float32Array {
    const count = this.classCount;
    if (classes === undefined) return new Float32Array(rows * count).fill(1 / count);
    const labels = new Float32Array(rows * count);
    classes.forEach((label, row) => (labels[row * count + label] = 1));
    return labels;
  }

  private classInput(classes: Int32Array | undefined): NamedHostTensors {
    if (!this.conditional) return {};
    if (classes === undefined) throw new Error('internal: a conditional model was run without classes');
    return { y: { dtype: 'int32', shape: [classes.length], data: classes } };
  }

  private latents(data: Float32Array): HostTensor {
    return floats(data, this.latent);
  }

  private async run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    const outputs = await runRows(this.model, signature, inputs);
    for (const [name, { dtype, data }] of Object.entries(outputs)) {
      if (dtype === 'float32' && !(data as Float32Array).every(Number.isFinite)) throw generatedNotFinite(this.manifest.name, signature, name);
    }
    return outputs;
  }
}

const floats = (data: Float32Array, width: number): HostTensor => ({ dtype: 'float32', shape: [data.length / width, width], data });

function values(outputs: NamedHostTensors, name: string): Float32Array {
  const data = outputs[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`internal: signature gave no float32 output "${name}"`);
  return data;
}
