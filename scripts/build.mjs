/** Compiles src/ and migrations/ to dist/, prepares the database snapshot and bundles the server; does nothing when dist/ is up to date. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, root, run } from './ensure.mjs';

const stamp = join(root, 'dist', '.sources.sha256');

/** SHA-256 over the names and contents of everything that the build reads. */
function sourcesDigest() {
  const hash = createHash('sha256');
  for (const folder of ['src', 'migrations']) {
    const names = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const name of names) hash.update(name.slice(root.length)).update('\0').update(readFileSync(name));
  }
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.mjs']) hash.update(readFileSync(join(root, name)));
  return hash.digest('hex');
}

export async function build() {
  const digest = sourcesDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log('Building ...');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, ['node_modules/ts7/bin/tsc', '-p', 'tsconfig.build.json']);
  run(process.execPath, ['dist/src/persistence/build-snapshot.js']);
  // Imported only now: the bundler may just have been installed.
  const { bundle } = await import('./bundle.mjs');
  await bundle();
  writeFileSync(stamp, digest);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  ensureInstalled();
  await build();
}
