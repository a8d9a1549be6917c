import { z } from 'zod';

const tensorSpec = z.object({ dtype: z.enum(['float32', 'int32', 'bool']), shape: z.array(z.int()) });

/** One stored program: the ONNX file and what it takes and gives. -1 is the batch dimension. */
export const signatureSchema = z.object({
  file: z.string(),
  inputs: z.record(z.string(), tensorSpec),
  outputs: z.record(z.string(), tensorSpec),
});

export const GENERATION_METHODS = ['vae', 'dr-vae', 'gan', 'ali', 'gibbsnet'] as const;

/** What a generator is beyond its signatures (`bundles/model.ts`). The prior of z is N(0, I). */
const generationSchema = z
  .object({
    method: z.enum(GENERATION_METHODS),
    /** Length of z. */
    latent: z.int().positive(),
    /** Whether the signatures take a class y. */
    conditional: z.boolean(),
    /** Whether labels are variables of the model: drawn by `decode`, seen by `encode`. */
    attributes: z.boolean(),
    pixels: z.enum(['bernoulli', 'gaussian']),
    /** The registered classifier whose features took part in training. */
    classifier: z.object({ id: z.string(), digest: z.string() }).optional(),
  })
  .meta({ id: 'GenerationDescription' });

/**
 * `manifest.json` of a model bundle: manifest + `weights.safetensors` + one `<signature>.onnx` per signature, whose
 * initialisers point into the weights file by external-data offset.
 */
export const manifestSchema = z
  .object({
    formatVersion: z.literal(1),
    name: z.string(),
    task: z.enum(['classification', 'generation']),
    /** Present for generators. */
    generation: generationSchema.optional(),
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
  .refine(({ task, generation }) => (task === 'generation') === (generation !== undefined), {
    path: ['generation'], message: 'belongs to the task generation, and only to it',
  })
  .meta({ id: 'ModelManifest' });

export type Manifest = z.infer<typeof manifestSchema>;
export type GenerationDescription = z.infer<typeof generationSchema>;
export type SignatureDescription = z.infer<typeof signatureSchema>;
