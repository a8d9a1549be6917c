import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeImageGrid } from '../../datasets/image-grid.js';
import { encodeApng } from './apng.js';
import { encodeGif } from './gif.js';
import { encodeNpy, encodeNpz } from './npz.js';

const WIDTH = 5;
const HEIGHT = 4;
const FRAMES = [0, 1, 2].map((frame) => Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 37 + frame * 101) % 256));
const pngs = (): Promise<Buffer[]> => Promise.all(FRAMES.map((frame) => encodeImageGrid([frame], [HEIGHT, WIDTH, 1], { columns: 1, gap: 0 })));

describe('encodeNpy', () => {
  it('writes the header of NPY 1.0 and little-endian values', () => {
    const npy = encodeNpy({ dtype: 'float32', shape: [2, 1], data: Float32Array.of(1, -2) });
    // numpy.lib.format: magic, version 1.0, header length 118 = 128 - 10, dictionary padded with spaces, newline.
    const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
    expect(npy.subarray(0, 10)).toEqual(Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]));
    expect(npy.toString('latin1', 10, 128)).toBe(`${dictionary}${' '.repeat(117 - dictionary.length)}\n`);
    expect(npy.subarray(128)).toEqual(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]));
  });
  it('writes one-dimensional shapes as Python tuples, and int32', () => {
    const npy = encodeNpy({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 2, -1) });
    expect(npy.toString('latin1')).toContain("'descr': '<i4', 'fortran_order': False, 'shape': (3,), }");
    expect(npy.subarray(-4)).toEqual(Buffer.from([255, 255, 255, 255]));
  });
});

describe('encodeNpz', () => {
  it('is a zip of stored .npy files, the same every time', async () => {
    const arrays = { mean: { dtype: 'float32', shape: [2], data: Float32Array.of(3, 4) } } as const;
    const npz = await encodeNpz(arrays);
    expect(npz.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    expect(npz.readUInt16LE(8)).toBe(0); // method: stored
    expect(npz.toString('latin1', 30, 30 + 8)).toBe('mean.npy');
    expect(npz.includes(encodeNpy(arrays.mean))).toBe(true);
    expect(await encodeNpz(arrays)).toEqual(npz);
  });
});

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/** Chunks of a PNG, each with its checksum compared. */
function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const length = png.readUInt32BE(at);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
  }
  return chunks;
}

function assemble(...chunks: Chunk[]): Buffer {
  const encode = ({ type, data }: Chunk): Buffer => {
    const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const words = [data.length, crc32(content)].map((value) => {
      const word = Buffer.alloc(4);
      word.writeUInt32BE(value);
      return word;
    });
    return Buffer.concat([words[0]!, content, words[1]!]);
  };
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks.map(encode)]);
}

describe('encodeApng', () => {
  it('holds every frame without loss, numbered in sequence', async () => {
    const apng = encodeApng(await pngs(), 80);
    const chunks = chunksOf(apng);
    expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'acTL', 'fcTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND']);
    expect(chunks[1]!.data).toEqual(Buffer.from([0, 0, 0, 3, 0, 0, 0, 0])); // 3 frames, endless
    const numbered = chunks.filter(({ type }) => type === 'fcTL' || type === 'fdAT');
    expect(numbered.map(({ data }) => data.readUInt32BE(0))).toEqual([0, 1, 2, 3, 4]);
    expect([chunks[2]!.data.readUInt32BE(4), chunks[2]!.data.readUInt32BE(8), chunks[2]!.data.readUInt16BE(20), chunks[2]!.data.readUInt16BE(22)]).toEqual([WIDTH, HEIGHT, 80, 1000]);
    const [header, end] = [chunks[0]!, chunks.at(-1)!];
    const pixels = [chunks[3]!.data, chunks[5]!.data.subarray(4), chunks[7]!.data.subarray(4)];
    for (const [i, data] of pixels.entries()) {
      const decoded = await sharp(assemble(header, { type: 'IDAT', data }, end)).toColourspace('b-w').raw().toBuffer();
      expect(Uint8Array.from(decoded)).toEqual(FRAMES[i]);
    }
    expect((await sharp(apng).metadata()).width).toBe(WIDTH); // a viewer without animation shows the first frame
  });

  it('refuses frames of different sizes', async () => {
    const [first] = await pngs();
    const other = await encodeImageGrid([FRAMES[0]], [WIDTH, HEIGHT, 1], { columns: 1, gap: 0 });
    expect(() => encodeApng([first!, other], 80)).toThrow(/internal: frames/);
  });
});

describe('encodeGif', () => {
  it('holds every frame close to its grey values, endless', async () => {
    const gif = await encodeGif(await pngs(), 80);
    const { pages, pageHeight, delay, loop } = await sharp(gif, { animated: true }).metadata();
    expect({ pages, pageHeight, delay, loop }).toEqual({ pages: 3, pageHeight: HEIGHT, delay: [80, 80, 80], loop: 0 });
    const { data, info } = await sharp(gif, { animated: true }).raw().toBuffer({ resolveWithObject: true });
    const expected = FRAMES.flatMap((frame) => [...frame]);
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - data[i * info.channels]!)));
    expect(worst).toBeLessThanOrEqual(8); // of 255
  });
});
