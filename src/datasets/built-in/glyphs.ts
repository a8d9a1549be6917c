import type { Key } from '../../compiler/random/index.js';
import type { GlyphsOptions } from '../dataset.options.js';
import type { BuiltInSet } from './built-in-set.js';
import { GLYPHS, type Stroke } from './glyph-strokes.js';
import { RandomStream } from './random-stream.js';
import { StrokeCanvas } from './stroke-canvas.js';

const SIDE = 28;
const CENTRE = (SIDE - 1) / 2;
/** Pixels per unit of the stroke coordinates: an undistorted glyph is 18 pixels high. */
const UNIT = 9;

/** Half-widths of the uniform distributions of the geometry, at distortion 1. */
const ROTATION = 0.3;
const SHEAR = 0.3;
const LOG_SCALE = 0.22;
const SHIFT = 3;
const WOBBLE = 0.13;
const JITTER = 0.05;

/** Sums of 4 uniform bytes are nearly normal (Irwin-Hall): mean 510, variance 4 (256^2 - 1) / 12. */
const NOISE_MEAN = 510;
const NOISE_DEVIATION = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** A smooth random map of stroke coordinates to pixels: sinusoidal wobble, then an affine map. */
function randomMap(random: RandomStream, distortion: number): (x: number, y: number) => readonly [number, number] {
  const angle = random.symmetric(ROTATION * distortion);
  const shear = random.symmetric(SHEAR * distortion);
  const scale = UNIT * Math.exp(random.symmetric(LOG_SCALE * distortion));
  const aspect = Math.exp(random.symmetric(0.5 * LOG_SCALE * distortion));
  const shiftX = CENTRE + random.symmetric(SHIFT * distortion);
  const shiftY = CENTRE + random.symmetric(SHIFT * distortion);
  const wobbleX = random.symmetric(WOBBLE * distortion);
  const wobbleY = random.symmetric(WOBBLE * distortion);
  const phaseX = random.uniform(0, 2 * Math.PI);
  const phaseY = random.uniform(0, 2 * Math.PI);
  const cos = scale * Math.cos(angle);
  const sin = scale * Math.sin(angle);
  return (x, y) => {
    const bentX = (x + wobbleX * Math.sin(3 * y + phaseX) - shear * y) * aspect;
    const bentY = (y + wobbleY * Math.sin(3 * x + phaseY)) / aspect;
    return [cos * bentX - sin * bentY + shiftX, sin * bentX + cos * bentY + shiftY];
  };
}

function drawStroke(canvas: StrokeCanvas, stroke: Stroke, radius: number, distortion: number, random: RandomStream, map: ReturnType<typeof randomMap>): void {
  let previous: readonly [number, number] | undefined;
  for (let i = 0; i < stroke.length; i += 2) {
    const jitter = JITTER * distortion;
    const point = map(stroke[i]! + random.symmetric(jitter), stroke[i + 1]! + random.symmetric(jitter));
    if (previous !== undefined) canvas.segment(previous[0], previous[1], point[0], point[1], radius);
    previous = point;
  }
}

/** A stray stroke of 3 to 8 pixels somewhere on the canvas. */
function drawClutter(canvas: StrokeCanvas, radius: number, random: RandomStream): void {
  const x = random.uniform(0, SIDE - 1);
  const y = random.uniform(0, SIDE - 1);
  const angle = random.uniform(0, 2 * Math.PI);
  const length = random.uniform(3, 8);
  canvas.segment(x, y, x + length * Math.cos(angle), y + length * Math.sin(angle), radius);
}

/** pixel = background + coverage (ink - background) + noise, clipped to [0, 1], in 256 levels. */
function shade(canvas: StrokeCanvas, radius: number, noise: number, random: RandomStream, row: Uint8Array | Float32Array): void {
  const ink = 255 * random.uniform(0.55, 1);
  const background = 255 * random.uniform(0, 0.15);
  const noiseUnit = (255 * noise) / NOISE_DEVIATION;
  for (let at = 0; at < SIDE * SIDE; at++) {
    const word = noise === 0 ? 0 : random.word();
    const deviate = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24) - NOISE_MEAN;
    const value = background + canvas.coverage(at, radius) * (ink - background) + (noise === 0 ? 0 : noiseUnit * deviate);
    row[at] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
  }
}

/**
 * Procedural 28 x 28 grey images of ten digit-like glyphs, pixel values 0 ... 255. Each image is its class's strokes under
 * a random smooth bend, affine map, pen width and contrast, with stray strokes and noise; classes take turns by index.
 */
export function glyphs({ noise, distortion, clutter }: GlyphsOptions): BuiltInSet {
  const canvas = new StrokeCanvas(SIDE);
  return {
    facts: {
      kind: 'image', exampleShape: [SIDE, SIDE, 1], storage: 'uint8', bounds: [0, 1], classes: GLYPHS.map((_, i) => String(i)),
    },
    draw(key: Key, index, row) {
      const random = new RandomStream(key);
      const label = index % GLYPHS.length;
      const map = randomMap(random, distortion);
      const radius = random.uniform(0.5, 1.4);
      canvas.clear();
      for (const stroke of GLYPHS[label]!) drawStroke(canvas, stroke, radius, distortion, random, map);
      const strays = Math.floor(random.uniform(0, clutter + 1));
      for (let i = 0; i < strays; i++) drawClutter(canvas, radius, random);
      shade(canvas, radius, noise, random, row);
      return label;
    },
  };
}
