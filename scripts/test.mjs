/**
 * `npm test`: installs what is missing, then lint, types, import rules and all default tests. Every check runs even when
 * an earlier one failed; the last line is `N passed, N failed`, where a failed check counts as one failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { ensureInstalled, root } from './ensure.mjs';

ensureInstalled();

const totals = { passed: 0, failed: 0 };
const failures = [];

function check(title, args) {
  console.log(`\n== ${title}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failures.push(title);
  }
}

function tests(project) {
  console.log(`\n== ${project} tests`);
  const folder = mkdtempSync(join(tmpdir(), 'rampart-tests-'));
  const output = join(folder, 'results.json');
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  try {
    const results = JSON.parse(readFileSync(output, 'utf8'));
    totals.passed += results.numPassedTests;
    totals.failed += results.numFailedTests;
    if (status !== 0 && results.numFailedTests === 0) totals.failed += 1;
    if (status !== 0) failures.push(`${project} tests`);
  } catch (error) {
    totals.failed += 1;
    failures.push(`${project} tests (no results: ${error.message})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

check('types', ['node_modules/ts7/bin/tsc', '-p', 'tsconfig.json']);
check('lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']);
check('import rules', ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'src', '--config', '.dependency-cruiser.cjs']);
await build();
tests('unit');
tests('integration');
const chromium = process.env.RAMPART_CHROMIUM ?? '/usr/bin/chromium';
if (existsSync(chromium)) tests('browser');
else console.log(`\n== browser tests: not run, there is no Chromium at ${chromium} (set RAMPART_CHROMIUM)`);

if (failures.length > 0) console.log(`\nFailed: ${failures.join('; ')}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
