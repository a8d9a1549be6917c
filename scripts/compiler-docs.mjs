/** Writes docs/compiler-passes.md, and the generated sections of docs/compiler.md, from the compiled code. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
await build();
const { passTable } = await import('../dist/src/compiler/documentation/pass-table.js');
writeFileSync(join(root, 'docs', 'compiler-passes.md'), passTable());
