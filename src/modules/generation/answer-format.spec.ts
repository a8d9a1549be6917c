import { describe, expect, it } from 'vitest';
import { FRAME_FORMATS, PICTURE_FORMATS } from '../../generation/generation.options.js';
import { chooseFormat } from './answer-format.js';

describe('chooseFormat', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['', 'json'],
    ['image/*', 'png'],
    ['application/zip', 'zip'],
    ['Application/X-NPZ', 'npz'],
    ['text/html, image/png;q=0.5, application/json;q=0.9', 'json'],
    ['image/png;q=0, application/zip;q=0.1', 'zip'],
    ['image/png; q=0.3, application/*;q=0.2', 'png'],
  ] as const)('reads Accept: %s as %s', (accept, format) => {
    expect(chooseFormat(undefined, accept, PICTURE_FORMATS)).toBe(format);
  });

  it('lets the body win, and refuses what is not offered', () => {
    expect(chooseFormat('zip', 'image/png', PICTURE_FORMATS)).toBe('zip');
    expect(chooseFormat(undefined, 'image/gif', FRAME_FORMATS)).toBe('gif');
    expect(() => chooseFormat(undefined, 'image/gif', PICTURE_FORMATS)).toThrow(expect.objectContaining({ code: 'not-acceptable' }) as Error);
  });
});
