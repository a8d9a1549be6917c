import { z } from 'zod';

const tensorSpec = z.object({ dtype: z.enum(['float32', 'int32', 'bool']), shape: z.array(z.int()) });

/** One stored program: the ONNX file and what it takes and gives. -1 is the batch dimension. */
export const signatureSchema = z.object({
  file: z.string(),
  inputs: z.record(z.string(), tensorSpec),
  outputs: z.record(z.string(), tensorSpec),
});

/**
 * `manifest.json` of a model bundle: manifest + `weights.safetensors` + one `<signature>.onnx` per signature, whose
 * initialisers point into the weights file by external-data offset.
 */
export const manifestSchema = z
  .object({
    formatVersion: z.literal(1),
    name: z.string(),
    task: z.enum(['classification']),
    input: z.object({
      shape: z.array(z.int().positive()),
      bounds: z.tuple([z.number(), z.number()]),
      layout: z.enum(['NHWC', 'features']),
    }),
    classes: z.array(z.string()).min(1),
    /** Network options as validated (`networks/network.options.ts`), kept verbatim. */
    network: z.record(z.string(), z.unknown()),
    /** The whole validated training configuration, kept verbatim; absent for imported models. */
    training: z.record(z.string(), z.unknown()).optional(),
    dataset: z.object({ id: z.string().optional(), name: z.string(), digest: z.string() }).optional(),
    /** Final metrics, e.g. `test/accuracy`. */
    metrics: z.record(z.string(), z.number()),
    parameterCount: z.int().nonnegative(),
    signatures: z.record(z.string(), signatureSchema),
    parts: z.array(z.object({ file: z.string(), bytes: z.int().nonnegative(), sha256: z.string().length(64) })),
    software: z.object({ rampart: z.string(), engine: z.string(), onnxruntime: z.string().optional() }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'ModelManifest' });

export type Manifest = z.infer<typeof manifestSchema>;
export type SignatureDescription = z.infer<typeof signatureSchema>;
