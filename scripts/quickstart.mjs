/**
 * `npm run quickstart`: installs and builds what is missing, starts a server of its own, and runs the whole job over its
 * REST API. `-- --once` ends when the report is there; otherwise the server runs until Ctrl-C.
 */
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

const flags = process.argv.slice(2);
const unknown = flags.filter((flag) => flag !== '--once');
if (unknown.length > 0) {
  console.error(`quickstart: ${unknown.join(' ')} is not understood; the only flag is --once.`);
  process.exit(1);
}
ensureInstalled();
await build();
const { runQuickstart } = await import('./quickstart/run.mjs');
process.exit(await runQuickstart({ root, once: flags.includes('--once') }));
