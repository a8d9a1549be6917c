import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kernelTable } from './kernel-table.js';

it('docs/kernels.md says what the rules and the rows say; npm run docs:kernels writes it', () => {
  const path = new URL('../../../docs/kernels.md', import.meta.url);
  expect(readFileSync(path, 'utf8')).toBe(kernelTable());
});
