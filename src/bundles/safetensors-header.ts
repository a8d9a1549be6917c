import { z } from 'zod';
import type { DType } from '../compiler/tensors.js';
import {
  safetensorsDtypeUnsupported,
  safetensorsDuplicateName,
  safetensorsHeaderInvalid,
  safetensorsOffsetsInvalid,
  safetensorsTruncated,
} from '../errors/bundles.errors.js';
import { duplicateKey } from './duplicate-keys.js';

/** Names of our element types in the format. */
export const SAFETENSORS_DTYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const satisfies Record<DType, string>;
export const BYTES_PER_ELEMENT = { float32: 4, int32: 4, bool: 1 } as const satisfies Record<DType, number>;
export const METADATA_KEY = '__metadata__';
/** The header length in front of the header: unsigned, 64 bits, little-endian. */
export const PREFIX_BYTES = 8;

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte of the tensor, counted from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  /** In file order. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const dtypes = new Map<string, DType>(Object.entries(SAFETENSORS_DTYPES).map(([ours, theirs]) => [theirs, ours as DType]));
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/**
 * Reads the JSON header of a safetensors file of `fileBytes` bytes and checks every number in it before anything is
 * allocated: known element types, ranges inside the file that fit dtype and shape, no gap, no overlap, no second name.
 * @throws the `safetensors-*` errors
 */
export function parseHeader(header: Uint8Array, fileBytes: number): SafetensorsHeader {
  const json = decode(header);
  const dataStart = PREFIX_BYTES + header.byteLength;
  let metadata: Record<string, string> = {};
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) {
      if (!isStringRecord(value)) throw safetensorsHeaderInvalid(`"${METADATA_KEY}" must be an object whose values are strings`);
      metadata = value;
    } else {
      entries.push(parseEntry(name, value, dataStart));
    }
  }
  entries.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  checkCoverage(entries, dataStart, fileBytes);
  return { entries, metadata };
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string');
}

function decode(header: Uint8Array): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (error) {
    throw safetensorsHeaderInvalid(`The header is not UTF-8 JSON (${(error as Error).message})`);
  }
  if (!text.startsWith('{') || json === null || typeof json !== 'object') {
    throw safetensorsHeaderInvalid('The header does not begin with {');
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw safetensorsDuplicateName(twice);
  return json as Record<string, unknown>;
}

function parseEntry(name: string, value: unknown, dataStart: number): SafetensorsEntry {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw safetensorsHeaderInvalid(`The entry of tensor "${name}" is malformed: ${z.prettifyError(parsed.error)}`);
  const { shape, data_offsets: [begin, end] } = parsed.data;
  const dtype = dtypes.get(parsed.data.dtype);
  if (dtype === undefined) throw safetensorsDtypeUnsupported(name, parsed.data.dtype);
  // Zero dimensions first: [0, 2^40, 2^40] is empty, not an overflow.
  const elements = shape.includes(0) ? 0 : shape.reduce((product, length) => product * length, 1);
  const bytes = elements * BYTES_PER_ELEMENT[dtype];
  if (end - begin !== bytes) {
    throw safetensorsOffsetsInvalid(name, `data_offsets [${begin}, ${end}] hold ${end - begin} bytes, shape [${shape.join(', ')}] needs ${bytes}`);
  }
  return { name, dtype, shape, offset: dataStart + begin, bytes };
}

function checkCoverage(entries: readonly SafetensorsEntry[], dataStart: number, fileBytes: number): void {
  let end = dataStart;
  for (const entry of entries) {
    if (entry.offset !== end) {
      throw safetensorsOffsetsInvalid(entry.name, `its data begin at byte ${entry.offset - dataStart} where ${end - dataStart} was expected`);
    }
    end += entry.bytes;
  }
  if (end > fileBytes) throw safetensorsTruncated(end, fileBytes);
  if (end < fileBytes) {
    throw safetensorsOffsetsInvalid(entries.at(-1)?.name ?? '', `${fileBytes - end} bytes after it belong to no tensor`);
  }
}
