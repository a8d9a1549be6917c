import { describe, expect, it } from 'vitest';
import { compileKey } from './compile-key.js';

const form = Uint8Array.of(1, 2, 3);
const settings = { device: 'cpu', level: 'o4', version: '1.0.0' } as const;

describe('the key of a compiled program', () => {
  it('is a digest that fits a file name, the same for the same program', () => {
    expect(compileKey(form, settings)).toMatch(/^[0-9a-f]{64}$/);
    expect(compileKey(Uint8Array.of(1, 2, 3), { ...settings })).toBe(compileKey(form, settings));
  });

  it('differs by program, device, level and version', () => {
    const keys = [
      compileKey(form, settings), compileKey(Uint8Array.of(1, 2, 4), settings), compileKey(form, { ...settings, device: 'cuda' }),
      compileKey(form, { ...settings, level: 'o1' }), compileKey(form, { ...settings, version: '1.0.1' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
