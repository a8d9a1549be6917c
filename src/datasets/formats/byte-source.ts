import { Readable, pipeline } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import {
  CORRUPT_GZIP, EMPTY_FILE, INFLATED_TOO_LARGE, INFLATION_RATIO_TOO_HIGH, TRAILING_DATA, TRUNCATED_FILE,
} from '../../errors/datasets.errors.js';
import { RampartError } from '../../errors/rampart-error.js';
import type { DatasetFile } from '../file-roles.js';
import type { DatasetLimits } from '../limits.js';

const GZIP_MAGIC = [0x1f, 0x8b] as const;

/** Puts the first chunks of `source` together until two bytes are there, then passes the rest on. */
async function* withWholeMagic(source: Readable): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (head === undefined) yield bytes;
    else {
      head = Buffer.concat([head, bytes]);
      if (head.length < GZIP_MAGIC.length) continue;
      yield head;
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield head;
}

/**
 * The file's bytes, inflated if they begin with the gzip magic (the name does not matter).
 * Limits hold on the inflated stream, so a bomb is refused before it is stored.
 * @throws empty-file, corrupt-gzip, truncated-file, trailing-data, inflated-data-too-large, inflation-ratio-too-high
 */
export async function* inflatedBytes(file: DatasetFile, limits: DatasetLimits): AsyncGenerator<Buffer> {
  const source = await file.open();
  const chunks = withWholeMagic(source);
  let inflated = 0;
  try {
    const first = await chunks.next();
    if (first.done) throw EMPTY_FILE(file.name);
    const whole = prepend(first.value, chunks);
    const isGzip = GZIP_MAGIC.every((byte, i) => first.value[i] === byte);
    for await (const chunk of isGzip ? gunzip(file.name, whole, limits) : whole) {
      inflated += chunk.length;
      if (inflated > limits.maxInflatedBytes) throw INFLATED_TOO_LARGE(file.name, limits.maxInflatedBytes);
      yield chunk;
    }
    if (inflated === 0) throw EMPTY_FILE(file.name);
  } finally {
    source.destroy();
  }
}

async function* prepend(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

async function* gunzip(name: string, compressed: AsyncIterable<Buffer>, limits: DatasetLimits): AsyncGenerator<Buffer> {
  let received = 0;
  let inflated = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of compressed) {
      received += chunk.length;
      yield chunk;
    }
  }
  const inflater = createGunzip({ chunkSize: 64 * 1024 });
  pipeline(Readable.from(counted()), inflater, () => undefined); // a failure reaches the loop below through `inflater`
  try {
    for await (const chunk of inflater as AsyncIterable<Buffer>) {
      inflated += chunk.length;
      const ratio = inflated / inflater.bytesWritten;
      if (inflated > limits.ratioCheckedFromBytes && ratio > limits.maxRatio) throw INFLATION_RATIO_TOO_HIGH(name, ratio, limits.maxRatio);
      yield chunk;
    }
  } catch (error) {
    throw gzipError(name, inflated, error);
  }
  if (received > inflater.bytesWritten) throw TRAILING_DATA(name, inflated);
}

function gzipError(name: string, inflated: number, error: unknown): unknown {
  if (error instanceof RampartError || !(error instanceof Error) || !('errno' in error) || !('code' in error)) return error;
  if (error.errno === constants.Z_BUF_ERROR) return TRUNCATED_FILE(name, inflated, 'the rest of the gzip data');
  return String(error.code).startsWith('Z_') ? CORRUPT_GZIP(name, inflated, error.message) : error;
}

/** Reads exact byte counts from a file's inflated bytes; `offset` is the position behind the last byte taken. */
export class ByteReader {
  private pending: Buffer = Buffer.alloc(0);
  private position = 0;

  constructor(
    readonly name: string,
    private readonly source: AsyncGenerator<Buffer>,
  ) {}

  get offset(): number {
    return this.position;
  }

  /** The next chunk of at most `limit` bytes; undefined at the end of the file. The bytes are valid until the next call. */
  async next(limit: number): Promise<Buffer | undefined> {
    while (this.pending.length === 0) {
      const step = await this.source.next();
      if (step.done) return undefined;
      this.pending = step.value;
    }
    const chunk = this.pending.subarray(0, limit);
    this.pending = this.pending.subarray(chunk.length);
    this.position += chunk.length;
    return chunk;
  }

  /** Fills `target`; returns how many bytes were there, fewer than its length only at the end of the file. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const chunk = await this.next(target.length - filled);
      if (chunk === undefined) break;
      target.set(chunk, filled);
      filled += chunk.length;
    }
    return filled;
  }

  /** Exactly `count` bytes, a small number. @throws truncated-file, which names `what` */
  async take(count: number, what: string): Promise<Buffer> {
    const bytes = Buffer.alloc(count);
    if ((await this.fill(bytes)) < count) throw TRUNCATED_FILE(this.name, this.position, what);
    return bytes;
  }

  /** @throws trailing-data unless the file ends here */
  async expectEnd(): Promise<void> {
    const end = this.position;
    if ((await this.next(1)) !== undefined) throw TRAILING_DATA(this.name, end);
  }

  async close(): Promise<void> {
    await this.source.return(undefined);
  }
}

/** Opens `file` for `read` and closes it afterwards, whatever happens. */
export async function withReader<T>(file: DatasetFile, limits: DatasetLimits, read: (reader: ByteReader) => Promise<T>): Promise<T> {
  const reader = new ByteReader(file.name, inflatedBytes(file, limits));
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}
