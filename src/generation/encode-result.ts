import { encodePng, requirePictureShape, toBytes, type PictureShape } from '../attacks/picture.js';
import type { Manifest } from '../bundles/manifest.js';
import { encodeImageGrid } from '../datasets/image-grid.js';
import { encodeApng } from './formats/apng.js';
import { encodeGif } from './formats/gif.js';
import { encodeNpz } from './formats/npz.js';
import { zipOf, type ZipEntry } from './formats/zip.js';
import type { BinaryFormat, Format } from './generation.options.js';
import type { GenerationResult, PictureSheet } from './result.js';

/** Time of one frame of an animation. */
const FRAME_MS = 100;
/** Smallest edge of one picture in a grid. */
const MIN_EDGE = 56;

type Input = Manifest['input'];

/**
 * A result as a file: `png` a grid of all pictures, `gif` and `apng` a frame for each sheet,
 * `zip` each picture as a PNG of its own, `npz` every array.
 * @throws not-an-image-model for picture formats of models whose examples are no pictures
 */
export async function encodeResult(result: GenerationResult, format: BinaryFormat, input: Input): Promise<Buffer> {
  if (format === 'npz') return encodeNpz(result.arrays);
  const shape = requirePictureShape(input.shape);
  const sheets = result.sheets();
  switch (format) {
    case 'png': return grid(joinSheets(sheets), shape, input);
    case 'zip': return zipOf(await pictureFiles(joinSheets(sheets), shape, input));
    case 'gif': return encodeGif(await frames(sheets, shape, input), FRAME_MS);
    case 'apng': return encodeApng(await frames(sheets, shape, input), FRAME_MS);
  }
}

/** Refuses picture formats of models whose examples are no pictures. @throws not-an-image-model */
export function checkFormat(format: Format, { shape }: Input): void {
  if (format !== 'json' && format !== 'npz') requirePictureShape(shape);
}

const frames = (sheets: readonly PictureSheet[], shape: PictureShape, input: Input): Promise<Buffer[]> => Promise.all(sheets.map((sheet) => grid(sheet, shape, input)));

function tiles({ values, names }: PictureSheet, { bounds }: Input): Uint8Array[] {
  const size = values.length / names.length;
  return names.map((_, i) => toBytes(values.subarray(i * size, (i + 1) * size), bounds));
}

function grid(sheet: PictureSheet, { height, width, channels }: PictureShape, input: Input): Promise<Buffer> {
  const scale = Math.max(1, Math.ceil(MIN_EDGE / Math.max(height, width)));
  return encodeImageGrid(tiles(sheet, input), [height, width, channels], { columns: sheet.columns, scale });
}

async function pictureFiles(sheet: PictureSheet, shape: PictureShape, input: Input): Promise<ZipEntry[]> {
  const files: ZipEntry[] = [];
  for (const [i, bytes] of tiles(sheet, input).entries()) files.push({ name: `${sheet.names[i]!}.png`, bytes: await encodePng(bytes, shape) });
  return files;
}

/** Several sheets below one another, a row for each. */
function joinSheets(sheets: readonly PictureSheet[]): PictureSheet {
  const [first] = sheets;
  if (first === undefined) throw new Error('internal: a result without pictures as a picture');
  if (sheets.length === 1) return first;
  const values = new Float32Array(sheets.reduce((sum, sheet) => sum + sheet.values.length, 0));
  let at = 0;
  for (const sheet of sheets) {
    values.set(sheet.values, at);
    at += sheet.values.length;
  }
  return { names: sheets.flatMap(({ names }) => names), values, columns: first.names.length };
}
