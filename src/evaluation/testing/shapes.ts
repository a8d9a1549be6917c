import { linearModel } from '../../attacks/testing/linear-model.js';
import type { Model } from '../../bundles/model.js';
import { integer, Key, normal } from '../../compiler/random/index.js';
import type { Dataset, DatasetSplit } from '../../datasets/dataset.js';

const SIDE = 16;
const WIDTH = SIDE * SIDE;

/** Brightness of each shape at (x, y) from its centre, both in [-1, 1]. */
const SHAPES: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  disc: (x, y) => x * x + y * y < 0.45,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.6) < 0.16,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) < 0.16 && Math.max(Math.abs(x), Math.abs(y)) < 0.75,
  bar: (x, y) => Math.abs(x) < 0.2 && Math.abs(y) < 0.8,
  plank: (x, y) => Math.abs(y) < 0.2 && Math.abs(x) < 0.8,
  frame: (x, y) => Math.abs(Math.max(Math.abs(x), Math.abs(y)) - 0.62) < 0.14,
};

const classes = Object.keys(SHAPES);

/** One [16, 16] image of a class: the shape moved by up to two pixels, half its contrast by chance, and noise. */
function image(label: number, key: Key): Float32Array {
  const [place, light, grain] = key.split(3);
  const shiftX = integer(place!.fold(0), 5) - 2;
  const shiftY = integer(place!.fold(1), 5) - 2;
  const contrast = 0.4 + 0.1 * integer(light!, 6);
  const noise = normal(grain!, WIDTH);
  const inside = SHAPES[classes[label]!]!;
  const at = (i: number, shift: number): number => (2 * (i - shift)) / (SIDE - 1) - 1;
  return noise.map((z, i) => {
    const bright = inside(at(i % SIDE, shiftX), at(Math.floor(i / SIDE), shiftY)) ? contrast : 0;
    return Math.min(Math.max(bright + 0.12 * z, 0), 1);
  });
}

/** A generated data set of simple shapes in memory, split `test` with `count` images of [16, 16, 1] in [0, 1]. */
export function shapesDataset(count: number, seed = 1): Dataset {
  const key = Key.from(seed);
  const labels = Uint16Array.from({ length: count }, (_, i) => i % classes.length);
  const images = Array.from(labels, (label, i) => image(label, key.fold(i)));
  const split: DatasetSplit = {
    count,
    labels,
    batch(indices) {
      const examples = new Float32Array(indices.length * WIDTH);
      const chosen = Int32Array.from(indices);
      chosen.forEach((index, row) => examples.set(images[index]!, row * WIDTH));
      return { examples, labels: chosen.map((index) => labels[index]!), size: chosen.length };
    },
  };
  const histogram = classes.map((_, c) => labels.filter((label) => label === c).length);
  return {
    descriptor: {
      formatVersion: 1,
      name: 'shapes',
      kind: 'image',
      exampleShape: [SIDE, SIDE, 1],
      storage: 'float32',
      bounds: [0, 1],
      classes,
      splits: { test: { count, histogram } },
      digest: '5a'.repeat(32),
    },
    split: () => split,
  };
}

/**
 * The linear classifier of the nearest class mean over `perClass` images: logits = t (x mu_c - |mu_c|^2 / 2). A higher
 * temperature t makes it surer, not better; fewer images make it worse.
 */
export function nearestMeanModel(name: string, perClass: number, temperature: number): Model {
  const weights = new Float32Array(WIDTH * classes.length);
  const bias = new Float32Array(classes.length);
  classes.forEach((_, c) => {
    const mean = new Float32Array(WIDTH);
    const key = Key.from(77).fold(c);
    for (let i = 0; i < perClass; i++) image(c, key.fold(i)).forEach((value, j) => (mean[j]! += value / perClass));
    mean.forEach((value, j) => (weights[j * classes.length + c] = temperature * value));
    bias[c] = (-temperature * mean.reduce((sum, value) => sum + value * value, 0)) / 2;
  });
  return linearModel({ name, shape: [SIDE, SIDE, 1], weights, bias, classes });
}
