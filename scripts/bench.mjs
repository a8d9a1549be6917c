/**
 * `npm run bench -- [NAME ...] [options]` compiles the benchmarks and runs them. `fashion-mnist` and `claims/...` are scripts
 * of their own, bench/NAME.ts; everything else goes to the harness, bench/run.ts.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root, run } from './ensure.mjs';

const [name = '', ...rest] = process.argv.slice(2);
const isScript = name === 'fashion-mnist' || name.startsWith('claims/');
if (isScript && !existsSync(join(root, 'bench', `${name}.ts`))) {
  console.error(`There is no bench/${name}.ts`);
  process.exit(1);
}
ensureInstalled();
if (name === 'fashion-mnist') await build(); // starts the service itself
run(process.execPath, ['node_modules/ts7/bin/tsc', '-p', 'tsconfig.bench.json']);
run(process.execPath, ['--enable-source-maps', `.cache/bench/bench/${isScript ? name : 'run'}.js`, ...(isScript ? rest : process.argv.slice(2))]);
