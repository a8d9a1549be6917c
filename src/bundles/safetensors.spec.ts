import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DType, HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { RampartError } from '../errors/index.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, readSafetensorsHeader, safetensorsLayout, writeSafetensors } from './safetensors.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'safetensors-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const f32 = (shape: number[], values: number[]): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(values) });

/** A file from a header text and data, bypassing the writer. */
async function craft(header: string, data: Uint8Array = new Uint8Array(), claimed?: bigint): Promise<string> {
  const path = join(folder, 'crafted.safetensors');
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(claimed ?? BigInt(Buffer.byteLength(header)));
  await writeFile(path, Buffer.concat([prefix, Buffer.from(header), data]));
  return path;
}

describe('writeSafetensors and readSafetensors', () => {
  const tensor = fc
    .record({ dtype: fc.constantFrom<DType>('float32', 'int32', 'bool'), shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), seed: fc.integer() })
    .map(({ dtype, shape, seed }): HostTensor => {
      const length = shape.reduce((a, b) => a * b, 1);
      const values = Array.from({ length }, (_, i) => seed + i * 7919);
      if (dtype === 'bool') return { dtype, shape, data: Uint8Array.from(values, (v) => v & 1) };
      return dtype === 'int32' ? { dtype, shape, data: Int32Array.from(values) } : { dtype, shape, data: Float32Array.from(values) };
    });
  const names = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((name) => name !== '__metadata__');

  it('give back what was written, for any names, shapes, types and metadata', async () => {
    const path = join(folder, 'round-trip.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, tensor, { maxKeys: 6 }), fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), async (tensors, metadata) => {
        const written = await writeSafetensors(path, tensors, metadata);
        const read = await readSafetensors(path);
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, value] of Object.entries(tensors)) {
          expect(read.tensors[name]!.data).toStrictEqual(value.data);
          expect(read.tensors[name]!.shape).toEqual(value.shape);
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
        const file = await readFile(path);
        expect(file.byteLength).toBe(written.fileBytes);
        expect(decodeSafetensors(file)).toEqual(read.tensors);
        const padded = Buffer.concat([Buffer.of(0), encodeSafetensors(tensors)]); // tensors at any offset of a larger memory
        expect(decodeSafetensors(padded.subarray(1))).toEqual(read.tensors);
      }),
      { numRuns: 60 },
    );
  });

  it('lays tensors out by element size, then name, on aligned offsets that are true of the file', async () => {
    const tensors: NamedHostTensors = {
      zebra: f32([2], [1, 2]),
      flags: { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
      apple: f32([], [0.5]),
    };
    const path = join(folder, 'layout.safetensors');
    await writeSafetensors(path, tensors, { step: '12' });
    const layout = safetensorsLayout(tensors, { step: '12' });
    const bytes = await readFile(path);
    expect(layout.entries.map((entry) => entry.name)).toEqual(['apple', 'zebra', 'flags']);
    expect(layout.head.byteLength % 8).toBe(0);
    for (const entry of layout.entries) {
      const data = tensors[entry.name]!.data;
      expect(bytes.subarray(entry.offset, entry.offset + entry.bytes)).toEqual(Buffer.from(data.buffer));
    }
    expect((await readSafetensorsHeader(path)).entries).toEqual(layout.entries);
  });

  it('reads a file as other writers make it: metadata, gaps in the JSON, any order of names', async () => {
    const header = '{ "__metadata__":{"format":"pt"}, "b":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}, "a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]} }';
    const data = Buffer.alloc(8);
    data.writeFloatLE(1.5, 0);
    data.writeInt32LE(-7, 4);
    const { tensors, metadata } = await readSafetensors(await craft(header, data));
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors).toEqual({ a: f32([1, 1], [1.5]), b: { dtype: 'int32', shape: [1], data: Int32Array.of(-7) } });
  });

  it('leaves neither a partial nor a final file behind when a write fails', async () => {
    const inside = await mkdtemp(join(folder, 'failed-'));
    await expect(writeSafetensors(join(inside, 'missing', 'x.safetensors'), { a: f32([1], [1]) })).rejects.toThrow('ENOENT');
    await expect(writeSafetensors(join(inside, 'x.safetensors'), { a: f32([2], [1]) })).rejects.toThrow('internal: tensor "a"');
    expect(await readdir(inside)).toEqual([]);
  });
});

describe('readSafetensors refuses', () => {
  const one = (entry: string): string => `{"a":${entry}}`;
  const refusals: [what: string, header: string, data: Uint8Array, code: string, claimed?: bigint][] = [
    ['a header length beyond the cap', '{}', new Uint8Array(), 'safetensors-header-too-large', 2n ** 63n],
    ['a header longer than the file', '{}', new Uint8Array(), 'safetensors-truncated', 4096n],
    ['a header that is not JSON', '{"a":', new Uint8Array(), 'safetensors-header-invalid'],
    ['a header that is a list', '[]', new Uint8Array(), 'safetensors-header-invalid'],
    ['a header that begins with a space', ' {}', new Uint8Array(), 'safetensors-header-invalid'],
    ['metadata other than strings', '{"__metadata__":{"epoch":3}}', new Uint8Array(), 'safetensors-header-invalid'],
    ['a negative dimension', one('{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}'), new Uint8Array(4), 'safetensors-header-invalid'],
    ['an unknown field', one('{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x"}'), new Uint8Array(4), 'safetensors-header-invalid'],
    ['an unknown element type', one('{"dtype":"F64","shape":[1],"data_offsets":[0,8]}'), new Uint8Array(8), 'safetensors-dtype-unsupported'],
    ['a name given twice', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}', new Uint8Array(4), 'safetensors-duplicate-name'],
    ['a range shorter than the shape', one('{"dtype":"F32","shape":[2],"data_offsets":[0,4]}'), new Uint8Array(4), 'safetensors-offsets-invalid'],
    ['a shape whose product overflows', one('{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}'), new Uint8Array(), 'safetensors-offsets-invalid'],
    ['a range beyond the end', one('{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'), new Uint8Array(4), 'safetensors-truncated'],
    ['overlapping ranges', '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', new Uint8Array(8), 'safetensors-offsets-invalid'],
    ['a gap between ranges', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}', new Uint8Array(12), 'safetensors-offsets-invalid'],
    ['bytes that belong to no tensor', '{}', new Uint8Array(3), 'safetensors-offsets-invalid'],
    ['a BOOL byte of 2', one('{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}'), Uint8Array.of(1, 2), 'safetensors-value-invalid'],
  ];
  it.each(refusals)('%s', async (_, header, data, code, claimed) => {
    await expect(readSafetensors(await craft(header, data, claimed))).rejects.toMatchObject({ code });
  });

  it('a file shorter than its length prefix', async () => {
    const path = join(folder, 'short.safetensors');
    await writeFile(path, Buffer.of(1, 2, 3));
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'safetensors-truncated' });
  });

  it('any damage of a good file, or reads tensors of the right size: never anything else', async () => {
    const path = join(folder, 'damaged.safetensors');
    await writeSafetensors(path, { a: f32([2, 2], [1, 2, 3, 4]), b: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) } }, { k: 'v' });
    const good = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), async (at, value, cut) => {
        const damaged = Buffer.from(good.subarray(0, Math.max(cut, at)));
        if (at < damaged.length) damaged[at] = value;
        await writeFile(path, damaged);
        try {
          const { tensors } = await readSafetensors(path);
          for (const { shape, data } of Object.values(tensors)) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(RampartError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
