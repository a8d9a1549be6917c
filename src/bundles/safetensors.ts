import { createHash } from 'node:crypto';
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { safetensorsHeaderTooLarge, safetensorsTruncated, safetensorsValueInvalid } from '../errors/bundles.errors.js';
import {
  BYTES_PER_ELEMENT,
  METADATA_KEY,
  parseHeader,
  PREFIX_BYTES,
  SAFETENSORS_DTYPES,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './safetensors-header.js';

/** Longest header that is read; 16 MiB describe some 100,000 tensors. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;

/** Where every tensor of a file lies, known before the file is written. */
export interface SafetensorsLayout {
  /** Length prefix and padded JSON header: the file's first bytes. */
  readonly head: Uint8Array;
  /** In file order: four-byte types before bool, then by name, so that every tensor is aligned to its element size. */
  readonly entries: readonly SafetensorsEntry[];
  readonly fileBytes: number;
}

export interface WrittenSafetensors extends SafetensorsLayout {
  /** SHA-256 of the whole file, hexadecimal. */
  readonly sha256: string;
}

/**
 * Lays out a safetensors file. The header is padded with spaces to a multiple of 8, so tensors begin aligned; the
 * entries' `offset` and `bytes` are what an ONNX external-data reference needs.
 */
export function safetensorsLayout(tensors: NamedHostTensors, metadata: Readonly<Record<string, string>> = {}): SafetensorsLayout {
  const named = Object.entries(tensors).sort(
    ([a, x], [b, y]) => BYTES_PER_ELEMENT[y.dtype] - BYTES_PER_ELEMENT[x.dtype] || (a < b ? -1 : a > b ? 1 : 0),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA_KEY, metadata]] : [];
  const relative: SafetensorsEntry[] = [];
  let end = 0;
  for (const [name, tensor] of named) {
    const bytes = checkedBytes(name, tensor);
    header.push([name, { dtype: SAFETENSORS_DTYPES[tensor.dtype], shape: tensor.shape, data_offsets: [end, end + bytes] }]);
    relative.push({ name, dtype: tensor.dtype, shape: tensor.shape, offset: end, bytes });
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)), 'utf8');
  const headerBytes = Math.ceil(json.byteLength / 8) * 8;
  const head = Buffer.alloc(PREFIX_BYTES + headerBytes, ' ');
  head.writeBigUInt64LE(BigInt(headerBytes));
  json.copy(head, PREFIX_BYTES);
  const entries = relative.map((entry) => ({ ...entry, offset: entry.offset + head.byteLength }));
  return { head, entries, fileBytes: head.byteLength + end };
}

/**
 * Writes tensors (and a string to string `metadata`) as one safetensors file. Atomic and durable: written beside
 * `path`, synced, renamed.
 */
export async function writeSafetensors(
  path: string,
  tensors: NamedHostTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<WrittenSafetensors> {
  const layout = safetensorsLayout(tensors, metadata);
  const hash = createHash('sha256');
  const chunks = function* (): Generator<Uint8Array> {
    for (const bytes of [layout.head, ...layout.entries.map((entry) => bytesOf(tensors[entry.name]!))]) {
      hash.update(bytes);
      yield bytes;
    }
  };
  const partial = `${path}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await writeFile(file, chunks());
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { ...layout, sha256: hash.digest('hex') };
}

/**
 * Reads a whole safetensors file. The file is not trusted: see `parseHeader` for what is checked first.
 * @throws the `safetensors-*` errors, and the file system's
 */
export async function readSafetensors(path: string): Promise<{ tensors: NamedHostTensors; metadata: Readonly<Record<string, string>> }> {
  const file = await open(path, 'r');
  try {
    const { entries, metadata } = await readHeader(file);
    // Built as entries: assignment would lose a tensor called "__proto__".
    const tensors: [string, HostTensor][] = [];
    for (const entry of entries) tensors.push([entry.name, await readTensor(file, entry)]);
    return { tensors: Object.fromEntries(tensors), metadata };
  } finally {
    await file.close();
  }
}

/** A safetensors file as bytes in memory. */
export function encodeSafetensors(tensors: NamedHostTensors): Uint8Array {
  const { head, entries } = safetensorsLayout(tensors);
  return Buffer.concat([head, ...entries.map(({ name }) => bytesOf(tensors[name]!))]);
}

/**
 * Tensors of a safetensors file in memory, in memory of their own. The bytes are not trusted, as in `readSafetensors`.
 * @throws the `safetensors-*` errors
 */
export function decodeSafetensors(bytes: Uint8Array): NamedHostTensors {
  const headerBytes = claimedHeader(bytes, bytes.byteLength);
  const { entries } = parseHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes), bytes.byteLength);
  // A copy of each range: a slice of a Buffer would share the whole of its memory.
  return Object.fromEntries(entries.map((entry) => [entry.name, tensorOf(entry, new Uint8Array(bytes.subarray(entry.offset, entry.offset + entry.bytes)).buffer)]));
}

/** Reads only names, types, shapes and positions. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await open(path, 'r');
  try {
    return await readHeader(file);
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  const prefix = Buffer.alloc(Math.min(PREFIX_BYTES, size));
  await readFully(file, prefix, 0);
  const headerBytes = claimedHeader(prefix, size);
  const header = Buffer.alloc(headerBytes);
  await readFully(file, header, PREFIX_BYTES);
  return parseHeader(header, size);
}

/** Length of the header of a file of `size` bytes that begins with `start`; the header lies within the file. */
function claimedHeader(start: Uint8Array, size: number): number {
  if (size < PREFIX_BYTES) throw safetensorsTruncated(PREFIX_BYTES, size);
  const claimed = Buffer.from(start.buffer, start.byteOffset, PREFIX_BYTES).readBigUInt64LE();
  if (claimed > BigInt(MAX_HEADER_BYTES)) throw safetensorsHeaderTooLarge(claimed.toString(), MAX_HEADER_BYTES);
  const headerBytes = Number(claimed);
  if (PREFIX_BYTES + headerBytes > size) throw safetensorsTruncated(PREFIX_BYTES + headerBytes, size);
  return headerBytes;
}

async function readTensor(file: FileHandle, entry: SafetensorsEntry): Promise<HostTensor> {
  const buffer = new ArrayBuffer(entry.bytes);
  await readFully(file, new Uint8Array(buffer), entry.offset);
  return tensorOf(entry, buffer);
}

/** `buffer` holds the bytes of the tensor and nothing else. */
function tensorOf({ name, dtype, shape }: SafetensorsEntry, buffer: ArrayBufferLike): HostTensor {
  if (dtype === 'float32') return { dtype, shape, data: new Float32Array(buffer) };
  if (dtype === 'int32') return { dtype, shape, data: new Int32Array(buffer) };
  const data = new Uint8Array(buffer);
  const invalid = data.find((value) => value > 1);
  if (invalid !== undefined) throw safetensorsValueInvalid(name, invalid);
  return { dtype, shape, data };
}

async function readFully(file: FileHandle, into: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < into.byteLength) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, position + done);
    if (bytesRead === 0) throw safetensorsTruncated(position + into.byteLength, position + done);
    done += bytesRead;
  }
}

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function checkedBytes(name: string, { dtype, shape, data }: HostTensor): number {
  const elements = shape.reduce((product, length) => product * length, 1);
  if (name === METADATA_KEY) throw new Error(`internal: a tensor must not be called ${METADATA_KEY}`);
  if (data.length !== elements || data.BYTES_PER_ELEMENT !== BYTES_PER_ELEMENT[dtype]) {
    throw new Error(`internal: tensor "${name}" of ${dtype} [${shape.join(', ')}] holds ${data.length} elements of ${data.BYTES_PER_ELEMENT} bytes`);
  }
  return data.byteLength;
}
