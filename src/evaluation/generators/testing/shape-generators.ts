import type { Manifest } from '../../../bundles/manifest.js';
import type { Model } from '../../../bundles/model.js';
import type { HostTensor, NamedHostTensors } from '../../../compiler/tensors.js';
import type { Dataset } from '../../../datasets/dataset.js';
import { nearestMeanModel, shapesDataset } from '../../testing/shapes.js';

const CLASSES = 6;
/** z_0 ... z_5 choose the class, z_6 the picture; z_7 does nothing. */
const LATENT = 8;
const SIGMA = 0.1;

/** Shapes with a training split and a test split of different pictures. */
export function splitShapes(train: number, test: number): Dataset {
  const [training, testing] = [shapesDataset(train, 21), shapesDataset(test, 22)];
  const splits = { train: training.descriptor.splits.test!, test: testing.descriptor.splits.test! };
  return { descriptor: { ...testing.descriptor, splits }, split: (name) => (name === 'train' ? training : testing).split('test') };
}

export interface ShapeGeneratorOptions {
  readonly name: string;
  /** Pictures that it can draw: its whole world. */
  readonly pool: Dataset;
  readonly split?: 'train' | 'test';
  /** Default vae; a gan has no encoder. */
  readonly method?: 'vae' | 'gan';
  readonly conditional?: boolean;
  /** Draws the class beside the picture. */
  readonly attributes?: boolean;
  /** Classes that it knows, from 0; default all. */
  readonly classes?: number;
}

const floats = (data: Float32Array, ...shape: number[]): HostTensor => ({ dtype: 'float32', shape, data });

/** Standard normal distribution function by the logistic approximation; only its range and order matter here. */
const quantile = (z: number): number => 1 / (1 + Math.exp(-1.702 * z));

function manifestOf({ name, method = 'vae', conditional = false, attributes = false, pool }: ShapeGeneratorOptions): Manifest {
  const signature = { file: 'none.onnx', inputs: {}, outputs: {} };
  const names = method === 'gan' ? ['decode'] : ['decode', 'encode', 'logLikelihood'];
  return {
    formatVersion: 1,
    name,
    task: 'generation',
    generation: { method, latent: LATENT, conditional, attributes, pixels: 'gaussian' },
    input: { shape: [16, 16, 1], bounds: [0, 1], layout: 'NHWC' },
    classes: [...pool.descriptor.classes],
    network: { architecture: 'pool' },
    training: { method: { name: method } },
    metrics: {},
    parameterCount: 0,
    signatures: Object.fromEntries(names.map((each) => [each, signature])),
    parts: [],
    software: { rampart: '0.1.0', engine: 'in-memory' },
    createdAt: '2026-01-01T00:00:00.000Z',
  };
}

/**
 * A generator that draws the pictures of a pool: the class is y or the largest of z_0 ... z_5, the picture of that class follows
 * z_6. Its encoder finds the class by the nearest class mean. With a pool of the data's own kind it is a perfect model.
 */
export function shapeGenerator(options: ShapeGeneratorOptions): Model {
  const { pool, split: from = 'test', classes = CLASSES } = options;
  const split = pool.split(from);
  const eyes = nearestMeanModel('encoder', 200, 2);
  const ofClass = Array.from({ length: CLASSES }, (_, c) => [...split.labels.keys()].filter((i) => split.labels[i] === c));
  const decode = (z: Float32Array, y: Int32Array | undefined): { x: Float32Array; labels: Float32Array } => {
    const labels = new Float32Array((z.length / LATENT) * CLASSES);
    const chosen = Array.from({ length: z.length / LATENT }, (_, row) => {
      const scores = z.subarray(row * LATENT, row * LATENT + classes);
      const label = y?.[row] ?? scores.indexOf(Math.max(...scores));
      labels[row * CLASSES + label] = 1;
      const places = ofClass[label]!;
      return places[Math.min(Math.floor(quantile(z[row * LATENT + 6]!) * places.length), places.length - 1)]!;
    });
    return { x: split.batch(chosen).examples, labels };
  };
  const encode = async (x: HostTensor): Promise<NamedHostTensors> => {
    const { probabilities } = await eyes.run('predict', { x });
    const rows = x.shape[0]!;
    const mean = new Float32Array(rows * LATENT);
    for (let row = 0; row < rows; row++) {
      const said = probabilities!.data.subarray(row * CLASSES, (row + 1) * CLASSES) as Float32Array;
      mean[row * LATENT + said.indexOf(Math.max(...said))] = 2;
    }
    return { mean: floats(mean, rows, LATENT), sigma: floats(new Float32Array(rows * LATENT).fill(SIGMA), rows, LATENT) };
  };
  /** log N(x; Dec(z), 0.1^2), summed over pixels. */
  const logLikelihood = (x: Float32Array, drawn: Float32Array, rows: number): Float32Array => {
    const value = new Float32Array(rows);
    const size = x.length / rows;
    x.forEach((target, i) => (value[Math.floor(i / size)]! -= (target - drawn[i]!) ** 2 / 0.02 + Math.log(0.1 * Math.sqrt(2 * Math.PI))));
    return value;
  };
  return {
    manifest: manifestOf(options),
    async run(signature, inputs) {
      if (signature === 'encode') return encode(inputs['x']!);
      const rows = inputs['z']!.shape[0]!;
      const drawn = decode(inputs['z']!.data as Float32Array, inputs['y']?.data as Int32Array | undefined);
      const { x, labels } = drawn;
      if (signature === 'decode') return { x: floats(x, rows, 16, 16, 1), ...(options.attributes && { labels: floats(labels, rows, CLASSES) }) };
      return { value: floats(logLikelihood(inputs['x']!.data as Float32Array, x, rows), rows) };
    },
  };
}
