import type { ApiBodyOptions } from '@nestjs/swagger';
import type { RequestExample } from '../openapi/api-decorators.js';

const SIDE = 28;

/** A vertical bar in the middle of a 28 x 28 picture, as one flat row. */
export const BAR = Array.from({ length: SIDE * SIDE }, (_, i) => {
  const [row, column] = [Math.floor(i / SIDE), i % SIDE];
  return row >= 5 && row < 23 && column >= 12 && column < 16 ? 0.9 : 0;
});

export const PREDICT_EXAMPLES: Readonly<Record<string, RequestExample>> = {
  glyph: { summary: 'One 28 x 28 picture as a flat row (model glyphs-convnet)', value: { instances: [BAR] } },
};

export const IMAGE_BODY: ApiBodyOptions = { schema: { type: 'string', format: 'binary' } };
