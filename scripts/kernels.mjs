/** Writes docs/kernels.md from the compiled code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
await build();
const { kernelTable } = await import('../dist/src/compiler/contract/kernel-table.js');
writeFileSync(join(root, 'docs', 'kernels.md'), kernelTable());
