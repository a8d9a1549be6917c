/** `npm run bench -- NAME ...`: compiles the benchmarks and runs bench/NAME.ts, e.g. `training-step` or `claims/manifold-mixup`. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root, run } from './ensure.mjs';

const [name, ...rest] = process.argv.slice(2);
if (name === undefined || !existsSync(join(root, 'bench', `${name}.ts`))) {
  const names = readdirSync(join(root, 'bench'), { recursive: true }).filter((file) => /^[^.]+\.ts$/.test(file)).map((file) => file.slice(0, -3));
  console.error(`Usage: npm run bench -- NAME; files in bench/: ${names.join(', ')}`);
  process.exit(1);
}
ensureInstalled();
await build();
run(process.execPath, ['node_modules/ts7/bin/tsc', '-p', 'tsconfig.bench.json']);
run(process.execPath, ['--enable-source-maps', `.cache/bench/bench/${name}.js`, ...rest]);
