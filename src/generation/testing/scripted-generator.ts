import type { Manifest } from '../../bundles/manifest.js';
import type { Model } from '../../bundles/model.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';

type Block = NonNullable<Manifest['generation']>;

export interface ScriptedOptions {
  readonly method?: Block['method'];
  readonly conditional?: boolean;
  readonly attributes?: boolean;
}

const LATENT = 2;
const SHAPE = [2, 2, 1];
const SIZE = 4;
const CLASSES = 3;
export const SIGMA = 0.125;

const floats = (data: Float32Array, ...shape: number[]): HostTensor => ({ dtype: 'float32', shape: [data.length / shape.reduce((a, b) => a * b, 1), ...shape], data });

/** x_j = 1/2 + z_{j mod 2} / 16 + y / 64, within [0, 1]. */
export function pixels(z: Float32Array, y?: Int32Array): Float32Array {
  const rows = z.length / LATENT;
  return Float32Array.from({ length: rows * SIZE }, (_, i) => {
    const [row, j] = [Math.floor(i / SIZE), i % SIZE];
    return Math.min(Math.max(0.5 + z[row * LATENT + (j % 2)]! / 16 + (y?.[row] ?? 0) / 64, 0), 1);
  });
}

/** mean_k = 16 (average of x_k and x_{k+2} - 1/2 - y / 64) + labels_1: the inverse of `pixels` where nothing is clipped and no label is 1. */
export function mean(x: Float32Array, y?: Int32Array, labels?: Float32Array): Float32Array {
  const rows = x.length / SIZE;
  return Float32Array.from({ length: rows * LATENT }, (_, i) => {
    const [row, k] = [Math.floor(i / LATENT), i % LATENT];
    const average = (x[row * SIZE + k]! + x[row * SIZE + k + 2]!) / 2;
    return 16 * (average - 0.5 - (y?.[row] ?? 0) / 64) + (labels?.[row * CLASSES + 1] ?? 0);
  });
}

/** Class 0 has 3/4 where z_0 > 0 and 1/4 elsewhere; class 1 the rest; class 2 nothing. */
export function labelsOf(z: Float32Array): Float32Array {
  return Float32Array.from({ length: (z.length / LATENT) * CLASSES }, (_, i) => {
    const high = z[Math.floor(i / CLASSES) * LATENT]! > 0;
    return [high ? 0.75 : 0.25, high ? 0.25 : 0.75, 0][i % CLASSES]!;
  });
}

/** A generator of 2 x 2 pictures in plain arithmetic; `calls` holds signature and rows of each run. */
export class ScriptedGenerator implements Model {
  readonly calls: { readonly signature: string; readonly rows: number; readonly inputs: NamedHostTensors }[] = [];
  readonly manifest: Manifest;

  constructor({ method = 'vae', conditional = false, attributes = false }: ScriptedOptions = {}) {
    const names = method === 'gan' ? ['decode', 'discriminate'] : ['decode', 'encode', 'transition'];
    this.manifest = {
      formatVersion: 1, name: 'scripted', task: 'generation', generation: { method, latent: LATENT, conditional, attributes, pixels: 'bernoulli' },
      input: { shape: SHAPE, bounds: [0, 1], layout: 'NHWC' }, classes: ['a', 'b', 'c'], network: {}, metrics: {}, parameterCount: 0,
      signatures: Object.fromEntries(names.map((name) => [name, { file: `${name}.onnx`, inputs: {}, outputs: {} }])),
      parts: [], software: { rampart: '0.0.0', engine: 'none' }, createdAt: '2026-01-01T00:00:00Z',
    };
  }

  get signatures(): string[] {
    return this.calls.map(({ signature }) => signature);
  }

  run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    this.calls.push({ signature, rows: Object.values(inputs)[0]!.shape[0]!, inputs });
    const y = inputs['y']?.data as Int32Array | undefined;
    const of = (name: string) => inputs[name]!.data as Float32Array;
    switch (signature) {
      case 'decode': return Promise.resolve(this.decoded(of('z'), y));
      case 'encode': return Promise.resolve(encoded(mean(of('x'), y, inputs['labels']?.data as Float32Array | undefined)));
      case 'transition': {
        const decoded = this.decoded(of('z'), y);
        const centre = mean(decoded['x']!.data as Float32Array, y, decoded['labels']?.data as Float32Array | undefined);
        return Promise.resolve({ ...decoded, next: floats(centre.map((value, i) => value + SIGMA * of('eps')[i]!), LATENT) });
      }
      default: return Promise.reject(new Error(`unexpected signature ${signature}`));
    }
  }

  private decoded(z: Float32Array, y: Int32Array | undefined): NamedHostTensors {
    const { attributes } = this.manifest.generation!;
    return { x: floats(pixels(z, y), ...SHAPE), ...(attributes && { labels: floats(labelsOf(z), CLASSES) }) };
  }
}

const encoded = (centre: Float32Array): NamedHostTensors => ({ mean: floats(centre, LATENT), sigma: floats(new Float32Array(centre.length).fill(SIGMA), LATENT) });
