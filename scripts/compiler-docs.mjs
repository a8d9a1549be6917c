/** Writes docs/compiler-passes.md, and the generated sections of docs/compiler.md, from the compiled code. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
await build();
const { passTable } = await import('../dist/src/compiler/documentation/pass-table.js');
writeFileSync(join(root, 'docs', 'compiler-passes.md'), passTable());

await import('../dist/src/compiler/tfjs-backend.js');
const { withSections } = await import('../dist/src/compiler/documentation/markdown.js');
const { walkthrough } = await import('../dist/src/compiler/documentation/walkthrough.js');
const path = join(root, 'docs', 'compiler.md');
const source = readFileSync(join(root, 'src', 'compiler', 'contract', 'softmax-step.ts'), 'utf8');
writeFileSync(path, withSections(readFileSync(path, 'utf8'), await walkthrough(source)));
