/**
 * `npm run test:engines -- tensorflow webgpu`: holds engines that not every host has to the contract of all engines. Names:
 * onnx, webgpu, cuda, tensorflow, tensorflow-gpu, wasm, cpu; none means those that every host has.
 */
import { ensureInstalled, run } from './ensure.mjs';

const engines = process.argv.slice(2);
ensureInstalled();
process.env.RAMPART_TEST_ENGINES = engines.join(' ');
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'src/compiler/run/engine-contract.spec.ts', 'src/compiler/run/engine-laws.spec.ts']);
