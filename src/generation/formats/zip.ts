import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import yazl from 'yazl';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The same entries always give the same bytes. */
const TIME = new Date('1980-01-01T12:00:00Z');

/** A zip of small files held in memory, stored without compression (PNG does not shrink, and NPZ readers expect speed). */
export function zipOf(entries: readonly ZipEntry[]): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const { name, bytes } of entries) zip.addBuffer(bytes, name, { compress: false, mtime: TIME });
  zip.end();
  return buffer(zip.outputStream as Readable);
}
