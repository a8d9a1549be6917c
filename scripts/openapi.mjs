/** Writes openapi.json and docs/errors.md from the compiled code; with --check, compares them instead. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
await build();
const { describeService } = await import('../dist/src/modules/openapi/describe-service.js');
const stale = [];
for (const [name, text] of Object.entries(await describeService())) {
  const path = join(root, name);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) stale.push(name);
}
if (stale.length > 0) {
  console.error(`Not up to date: ${stale.join(', ')}. Run npm run openapi:write.`);
  process.exit(1);
}
