import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { HostTensor, NamedHostTensors } from '../../src/compiler/tensors.js';

/** Tensors in a file of raw little-endian numbers, with an index by name. */
const tensorFileSchema = z.object({
  file: z.string(),
  index: z.record(z.string(), z.object({
    dtype: z.enum(['float32', 'int32', 'bool']), shape: z.array(z.int()), count: z.int(), offset: z.int(),
  })),
});
export type TensorFile = z.infer<typeof tensorFileSchema>;

/** Prepares a workload; nothing is compiled yet. */
const loadSchema = z.object({
  load: z.object({ name: z.string(), model: z.string(), options: z.record(z.string(), z.unknown()), tensors: tensorFileSchema }),
});
/** Runs the loaded workload: `warmUp` calls that are not timed, then `calls` that are. */
const runSchema = z.object({
  run: z.object({
    /** Back to the starting state first. */
    restart: z.boolean(),
    warmUp: z.int().min(0),
    calls: z.int().min(1),
    /** Where to write the outputs of the last call, if they are wanted. */
    outputFile: z.string().optional(),
  }),
});
export const requestSchema = z.union([loadSchema, runSchema]);
export type Request = z.infer<typeof requestSchema>;
export type RunRequest = z.infer<typeof runSchema>['run'];

/** The first line of a peer: what it is, or what it lacks. */
export const greetingSchema = z.union([
  z.object({ version: z.string(), details: z.string() }),
  z.object({ missing: z.string() }),
]);
export type Greeting = z.infer<typeof greetingSchema>;

const timesSchema = z.object({ milliseconds: z.array(z.number()), losses: z.array(z.number()), outputs: tensorFileSchema.optional() });
export const answerSchema = z.union([z.object({ loaded: z.literal(true) }), timesSchema, z.object({ unsupported: z.string() })]);
export type Answer = z.infer<typeof answerSchema>;
export type Times = z.infer<typeof timesSchema>;

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

export async function writeTensors(file: string, tensors: Readonly<NamedHostTensors>): Promise<TensorFile> {
  const index: TensorFile['index'] = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    index[name] = { dtype, shape: [...shape], count: data.length, offset };
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  await writeFile(file, Buffer.concat(parts));
  return { file, index };
}

export async function readTensors({ file, index }: TensorFile): Promise<NamedHostTensors> {
  const { buffer, byteOffset } = await readFile(file);
  return Object.fromEntries(Object.entries(index).map(([name, { dtype, shape, count, offset }]): [string, HostTensor] => {
    const start = byteOffset + offset;
    return [name, { dtype, shape, data: new ARRAYS[dtype](buffer.slice(start, start + count * ARRAYS[dtype].BYTES_PER_ELEMENT)) }];
  }));
}
