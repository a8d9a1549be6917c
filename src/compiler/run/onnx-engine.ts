import { optimise } from '../passes/index.js';
import type { CompileOptions, Engine, Executable, Program, ProgramSignature } from '../program.js';
import { trace } from '../trace/index.js';
import { OnnxFamily, type GraphSource } from './onnx-family.js';
import { ONLY, singleEntry } from './single-entry.js';

/** Traces and optimises entries at the level of the options. */
const graphSource = ({ optimisation: level }: CompileOptions): GraphSource =>
  ({ program, inputs }, state) => optimise(trace(program, { state, inputs }), level === undefined ? {} : { level }).graph;

/**
 * Programs traced, optimised, lowered to ONNX and run by ONNX Runtime's CPU kernels; elementwise state updates run as
 * WebAssembly loops on the same memory. The same inputs give the same bits at any number of threads. A call blocks
 * the event loop: ONNX Runtime's Node binding computes on the calling thread.
 */
export const onnxEngine: Engine = {
  name: 'onnx',

  /** Compiles at once, so that a program that cannot be traced fails here. */
  async compile(program: Program, signature: ProgramSignature, options: CompileOptions): Promise<Executable> {
    const family = new OnnxFamily(program.name, { [ONLY]: { program, inputs: signature.inputs } }, signature.state, options, graphSource(options));
    try {
      await family.prepare(ONLY);
    } catch (error) {
      await family.dispose();
      throw error;
    }
    return singleEntry(signature, family);
  },

  /** Entries are compiled at their first run. */
  compileFamily(entries, state, options) {
    return Promise.resolve().then(() => new OnnxFamily(Object.keys(entries).join(', '), entries, state, options, graphSource(options)));
  },
};
