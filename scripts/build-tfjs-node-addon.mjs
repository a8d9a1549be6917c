/**
 * Builds the native addon of @tensorflow/tfjs-node where its ready-made one cannot be downloaded: compiles the sources in its npm
 * package against the libtensorflow inside the Python wheel tensorflow-cpu. Linux on x64; needs a C++17 compiler and Python with pip.
 *
 *   node scripts/build-tfjs-node-addon.mjs --into /opt/tfjs [--wheel FILE] [--python python3] [--compiler c++] [--headers FOLDER]
 *
 * Afterwards NODE_PATH=/opt/tfjs/node_modules makes the engine `tensorflow` available; see docs/engines.md.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const TFJS_NODE = '@tensorflow/tfjs-node@4.22.0';
/** Node-API headers for hosts whose Node.js came without its own. */
const NODE_API_HEADERS = 'node-api-headers@1.9.0';
/** Its C API serves tfjs-node 4.22, as the contract suite shows; the libraries themselves need no Python. */
const TENSORFLOW = 'tensorflow-cpu==2.15.1';
const WHEEL_TAGS = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--only-binary', ':all:'];

/** Takes out of the wheel argv[1], into the folder argv[2], the two libraries and the headers of the C API. */
const UNPACK = `
import sys, zipfile
wanted = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2', 'tensorflow/include/tensorflow/c/',
          'tensorflow/include/tensorflow/core/platform/', 'tensorflow/include/tensorflow/tsl/', 'tensorflow/include/tsl/')
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])
`;

const CHECK = `
const tf = require('@tensorflow/tfjs-node');
const square = tf.matMul([[1, 2], [3, 4]], [[1, 2], [3, 4]]).dataSync().join();
if (tf.getBackend() !== 'tensorflow' || square !== '7,10,15,22') throw new Error(tf.getBackend() + ' gave ' + square);
`;

function fail(message) {
  console.error(message);
  process.exit(1);
}

function run(command, args, options = {}) {
  console.log(`> ${command} ${args.filter((arg) => !arg.includes('\n')).join(' ')}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) fail(`${command}: ${error.message}`);
  if (status !== 0) fail(`${command} ended with ${status}`);
}

const { values } = parseArgs({
  options: {
    into: { type: 'string' }, wheel: { type: 'string' }, headers: { type: 'string' },
    python: { type: 'string', default: 'python3' }, compiler: { type: 'string', default: 'c++' },
  },
});
if (values.into === undefined) fail('Usage: node scripts/build-tfjs-node-addon.mjs --into FOLDER [--wheel FILE] [--python python3] [--compiler c++] [--headers FOLDER]');
if (process.platform !== 'linux' || process.arch !== 'x64') fail(`The libraries of ${TENSORFLOW} are for linux x64; this is ${process.platform} ${process.arch}.`);

const target = resolve(values.into);
const packageFolder = join(target, 'node_modules', '@tensorflow', 'tfjs-node');

/** The folder with node_api.h: as told, or beside this Node.js; undefined where neither has it. */
function ownHeaders() {
  const beside = join(dirname(process.execPath), '..', 'include', 'node');
  return [values.headers, beside].find((folder) => folder !== undefined && existsSync(join(folder, 'node_api.h')));
}

/** Installs the package, and headers where there are none, without a trace in a package.json. */
function installPackages(headers) {
  const names = headers === undefined ? [TFJS_NODE, NODE_API_HEADERS] : [TFJS_NODE];
  run('npm', ['install', '--prefix', target, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...names]);
  return headers ?? join(target, 'node_modules', 'node-api-headers', 'include');
}

function fetchWheel(folder) {
  if (values.wheel !== undefined) return resolve(values.wheel);
  run(values.python, ['-m', 'pip', 'download', '--no-deps', '--dest', folder, ...WHEEL_TAGS, TENSORFLOW]);
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.whl')));
}

/** Libraries to deps/lib, under the names that the addon is linked with, and headers to deps/include. */
function placeLibraries() {
  const scratch = mkdtempSync(join(tmpdir(), 'tfjs-addon-'));
  try {
    const wheel = fetchWheel(scratch);
    const deps = join(packageFolder, 'deps');
    rmSync(deps, { recursive: true, force: true });
    run(values.python, ['-c', UNPACK, wheel, deps]);
    symlinkSync('tensorflow', join(deps, 'lib'));
    return join(deps, 'tensorflow', 'include');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Where the package looks for the addon: the highest Node-API version that both know. */
function addonPath() {
  const { binary } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const version = Math.max(...binary.napi_versions.filter((each) => each <= Number(process.versions.napi)));
  return { version, path: join(packageFolder, 'lib', `napi-v${version}`, 'tfjs_binding.node') };
}

mkdirSync(target, { recursive: true });
const headers = installPackages(ownHeaders());
const include = placeLibraries();
const { version, path } = addonPath();
const binding = join(packageFolder, 'binding');
mkdirSync(dirname(path), { recursive: true });
run(values.compiler, [
  '-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${version}`, `-I${headers}`, `-I${include}`, `-I${packageFolder}`,
  ...readdirSync(binding).filter((name) => name.endsWith('.cc')).map((name) => join(binding, name)),
  '-o', path, `-L${join(packageFolder, 'deps', 'lib')}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib',
]);
run(process.execPath, ['-e', CHECK], { cwd: target, env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' } });
console.log(`The addon works: ${path}\nMake it known with NODE_PATH=${join(target, 'node_modules')}`);
