/** Writes the table of functions in docs/expressions.md from the compiled code; with --check, compares it instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
await build();
const { withFunctionTable } = await import('../dist/src/expressions/functions/documentation.js');
const path = join(root, 'docs', 'expressions.md');
const page = readFileSync(path, 'utf8');
const current = withFunctionTable(page);
if (!process.argv.includes('--check')) writeFileSync(path, current);
else if (page !== current) {
  console.error('Not up to date: docs/expressions.md. Run npm run docs:expressions.');
  process.exit(1);
}
