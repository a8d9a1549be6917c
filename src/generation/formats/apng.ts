import { crc32 } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

function chunksOf(png: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function encodeChunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
};

/** fcTL: sequence number, the whole canvas, delay in ms, frame left in place and replaced by the next one. */
function frameControl(sequence: number, header: Buffer, delayMs: number): Buffer {
  const tail = Buffer.alloc(6);
  tail.writeUInt16BE(delayMs, 0);
  tail.writeUInt16BE(1000, 2);
  return Buffer.concat([words(sequence, header.readUInt32BE(0), header.readUInt32BE(4), 0, 0), tail]);
}

/**
 * PNG pictures of one size and colour type as an animated PNG (Portable Network Graphics, third edition, section 4.9), endless
 * and without loss. The first frame is what viewers without animation show.
 * @param delayMs time of each frame, up to 65,535
 */
export function encodeApng(pngs: readonly Buffer[], delayMs: number): Buffer {
  const frames = pngs.map(chunksOf);
  const header = frames[0]!.find(({ type }) => type === 'IHDR')!.data;
  const parts = [SIGNATURE, encodeChunk('IHDR', header), encodeChunk('acTL', words(frames.length, 0))];
  let sequence = 0;
  frames.forEach((chunks, position) => {
    if (!chunks.find(({ type }) => type === 'IHDR')!.data.equals(header)) throw new Error('internal: frames of an animation with different headers');
    parts.push(encodeChunk('fcTL', frameControl(sequence++, header, delayMs)));
    const pixels = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
    parts.push(position === 0 ? encodeChunk('IDAT', pixels) : encodeChunk('fdAT', Buffer.concat([words(sequence++), pixels])));
  });
  return Buffer.concat([...parts, encodeChunk('IEND', Buffer.alloc(0))]);
}
