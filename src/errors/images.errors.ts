import { defineError } from './define.js';

export const IMAGE_FORMAT = defineError(
  'image-format-not-accepted', 415, 'Image format not accepted',
  (found: string) => `The image is ${found}; PNG and JPEG with 8 bits per channel and a single frame are accepted.`,
);

export const IMAGE_UNREADABLE = defineError(
  'image-unreadable', 422, 'Image cannot be decoded',
  (reason: string) => `The image cannot be decoded: ${reason}.`,
);

export const IMAGE_TOO_LARGE = defineError(
  'image-too-large', 413, 'Image too large',
  (width: number, height: number, limit: number) => `The image is ${width} x ${height} pixels; up to ${limit} pixels are accepted.`,
);

export const IMAGE_SIZE = defineError(
  'image-size-mismatch', 422, 'Image of the wrong size',
  (found: string, expected: string) => `The image is ${found} pixels; the model takes ${expected}. Send that size or ask for resizing.`,
);

export const IMAGE_INPUT_SHAPE = defineError(
  'model-takes-no-images', 422, 'The model takes no images',
  (shape: readonly number[]) =>
    `The model takes inputs of shape [${shape.join(', ')}]; an image can be given to models of shape [height, width, 1] or [height, width, 3].`,
);
