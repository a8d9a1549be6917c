import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_REGISTRY, ERROR_SOURCES, problemType } from './registry.js';

describe('error registry', () => {
  it('holds every *.errors.ts file of the folder', () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.errors.ts'));
    expect(Object.keys(ERROR_SOURCES).sort()).toEqual(files.map((file) => file.replace('.errors.ts', '')).sort());
  });

  it('gives every error its own kebab-case code, an error status and a title', () => {
    const codes = ERROR_REGISTRY.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { code, status, title } of ERROR_REGISTRY) {
      expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).not.toBe('');
    }
  });

  it('makes a problem type from the code', () => {
    expect(problemType('name-taken')).toBe('/docs/errors#name-taken');
  });
});
