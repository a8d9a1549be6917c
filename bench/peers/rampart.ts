/** Rampart's side of the workloads: programs compiled by the engine `onnx`. Argument: threads. */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { engineFor } from '../../src/compiler/engines.js';
import { serve } from './serve.js';

const threads = Number(process.argv[2]);
const versionOf = (name: string): string => z.object({ version: z.string() }).parse(createRequire(import.meta.url)(`${name}/package.json`)).version;

await serve({ version: `ONNX Runtime ${versionOf('onnxruntime-node')}`, details: `Node.js ${process.version}` }, async (workload) => {
  const family = await engineFor('onnx').compileFamily(workload.entries, workload.stateSpecs, { state: workload.state, threads });
  return {
    run: (entry, inputs) => family.run(entry, inputs),
    recycle: (outputs) => family.recycle(outputs),
    restart: () => family.writeState(workload.state),
    dispose: () => family.dispose(),
  };
});
