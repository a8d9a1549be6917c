import { z } from 'zod';

/** Names of data sets: they appear in URLs, so no upper case, no slash, no leading dot. */
export const datasetName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'accepted are 1 to 63 characters of a-z, 0-9, ".", "_", "-", the first a letter or digit')
  .meta({ description: 'Unique name', example: 'fashion-mnist' });

const seed = z.int().min(0).default(0).describe('Seed; the same options always give the same bytes');

const classes = z
  .array(z.string().min(1).max(100))
  .min(2)
  .max(1000)
  .refine((names) => new Set(names).size === names.length, 'class names must differ')
  .describe('Class names; name i belongs to label i');

const fraction = z.number().min(0).max(0.9);

export const splitRule = z
  .strictObject({
    validationFraction: fraction.default(0).describe('Share of the training examples kept for validation'),
    testFraction: fraction.optional().describe('Share kept for testing when no test files are sent; 0.2 if left out'),
    seed,
  })
  .refine((rule) => rule.validationFraction + (rule.testFraction ?? 0) < 1, 'the fractions must leave training examples')
  .describe('Seeded, stratified by class: every split gets its share of every class');

const upload = {
  name: datasetName,
  split: splitRule.prefault({}),
};

export const idxUpload = z
  .strictObject({ ...upload, format: z.literal('idx'), classes: classes.optional() })
  .describe('Files train-images, train-labels and, optionally, test-images, test-labels: IDX of unsigned bytes, plain or gzip');

export const cifar10Upload = z
  .strictObject({ ...upload, format: z.literal('cifar10'), classes: classes.length(10).optional() })
  .describe('One or more files train and, optionally, test: CIFAR-10 binary records, plain or gzip');

const channels = z.union([z.literal(1), z.literal(3)]);

export const csvUpload = z
  .strictObject({
    ...upload,
    format: z.literal('csv'),
    classes: classes.optional(),
    labelColumn: z.union([z.string().min(1).max(200), z.int()]).default(-1).describe('Name or index; -1 is the last column'),
    header: z.union([z.literal('auto'), z.boolean()]).default('auto').describe('Whether the first line names the columns; auto: it does if no feature of it is a number'),
    delimiter: z.enum([',', ';', '\t', '|', ' ']).default(','),
    imageShape: z.tuple([z.int().min(1), z.int().min(1), channels]).optional().describe('[height, width, channels]: the feature columns are pixels, row by row'),
    valueRange: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low < high, 'the first value must be the smaller one')
      .optional()
      .describe('Smallest and largest possible feature. Images (default [0, 255]) are scaled from it to [0, 1]; tables keep their values. The default of tables is the range seen'),
    storage: z.enum(['uint8', 'float32']).optional().describe('Images only: uint8 rounds to 256 levels (default for [0, 255]), float32 does not'),
  })
  .refine((options) => options.storage === undefined || options.imageShape !== undefined, { path: ['storage'], message: 'accepted only with imageShape' })
  .describe('One or more files train and, optionally, test: CSV, plain or gzip');

export const uploadOptions = z
  .discriminatedUnion('format', [idxUpload, cifar10Upload, csvUpload])
  .meta({ id: 'DatasetUploadOptions' });

const sizes = (train: number, validation: number, test: number) => ({
  name: datasetName,
  trainCount: z.int().min(1).max(1_000_000).default(train),
  validationCount: z.int().min(0).max(1_000_000).default(validation),
  testCount: z.int().min(0).max(1_000_000).default(test),
  seed,
});

export const glyphsOptions = z
  .strictObject({
    builtIn: z.literal('glyphs'),
    ...sizes(10_000, 0, 2000),
    noise: z.number().min(0).max(0.5).default(0.1).describe('Standard deviation of the pixel noise, pixels being in [0, 1]'),
    distortion: z.number().min(0).max(2).default(1).describe('Scale of rotation, shear, size, shift and wobble; 0 draws every glyph upright'),
    clutter: z.int().min(0).max(4).default(2).describe('Largest number of stray strokes per image'),
  })
  .describe('28 x 28 grey images of ten digit-like glyphs');

export const twoSpiralsOptions = z
  .strictObject({
    builtIn: z.literal('two-spirals'),
    ...sizes(1000, 0, 500),
    noise: z.number().min(0).max(0.5).default(0.02).describe('Standard deviation added to both coordinates'),
    turns: z.number().min(0.25).max(4).default(1.5).describe('Revolutions of each arm'),
  })
  .describe('Two interleaved spiral arms in the plane; 2 features, 2 classes');

export const gaussianBlobsOptions = z
  .strictObject({
    builtIn: z.literal('gaussian-blobs'),
    ...sizes(1000, 0, 500),
    classCount: z.int().min(2).max(10).default(3),
    spread: z.number().min(0).max(1).default(0.15).describe('Standard deviation of each blob; centres lie on a circle of radius 0.6'),
  })
  .describe('Normal clouds around points on a circle; 2 features');

export const builtInOptions = z
  .discriminatedUnion('builtIn', [glyphsOptions, twoSpiralsOptions, gaussianBlobsOptions])
  .meta({ id: 'BuiltInDatasetOptions' });

export type UploadOptions = z.infer<typeof uploadOptions>;
export type CsvUpload = z.infer<typeof csvUpload>;
export type SplitRule = z.infer<typeof splitRule>;
export type BuiltInOptions = z.infer<typeof builtInOptions>;
export type GlyphsOptions = z.infer<typeof glyphsOptions>;
export type TwoSpiralsOptions = z.infer<typeof twoSpiralsOptions>;
export type GaussianBlobsOptions = z.infer<typeof gaussianBlobsOptions>;
