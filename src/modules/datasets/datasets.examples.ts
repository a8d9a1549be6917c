import type { ApiBodyOptions } from '@nestjs/swagger';
import type { RequestExample } from '../openapi/api-decorators.js';

export const BUILT_IN_EXAMPLES: Readonly<Record<string, RequestExample>> = {
  glyphs: {
    summary: 'Glyphs: 28 x 28 pictures of ten digit-like signs',
    value: { builtIn: 'glyphs', name: 'glyphs', trainCount: 2000, validationCount: 200, testCount: 500, seed: 1 },
  },
  spirals: { summary: 'Two spirals in the plane', value: { builtIn: 'two-spirals', name: 'two-spirals', trainCount: 1000, testCount: 500, seed: 1 } },
};

const file = { type: 'string', format: 'binary' };

/** The upload form as Swagger UI shows it. */
export const UPLOAD_FORM: ApiBodyOptions = {
  schema: {
    type: 'object',
    required: ['options'],
    properties: {
      options: {
        type: 'string',
        description: 'JSON: {"name": ..., "format": "idx" | "cifar10" | "csv", ...}; every option is in the schema DatasetUploadOptions',
        example: '{"name": "digits", "format": "csv", "imageShape": [8, 8, 1], "valueRange": [0, 16]}',
      },
      'train-images': { ...file, description: 'IDX images' },
      'train-labels': { ...file, description: 'IDX labels' },
      'test-images': { ...file, description: 'IDX images for testing; without them a share of the training examples is kept' },
      'test-labels': { ...file, description: 'IDX labels for testing' },
      train: { ...file, description: 'CIFAR-10 binary or CSV; may be repeated' },
      test: { ...file, description: 'CIFAR-10 binary or CSV for testing' },
    },
  },
};
