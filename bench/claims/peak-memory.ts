/**
 * A process of its own for bench/claims/compiler.ts: the memory that one call of f(x) = exp(2 log(x + 1)) adds at its peak,
 * in buffers of the size of x. Argument: engine. Linux only.
 */
import * as tf from '@tensorflow/tfjs-core';
import { readFile, writeFile } from 'node:fs/promises';
import { engineFor } from '../../src/compiler/engines.js';
import { Key, uniform } from '../../src/compiler/random/index.js';

const ELEMENTS = 16_000_000;
const engine = engineFor(process.argv[2] === 'onnx' ? 'onnx' : 'cpu');

async function megabytes(field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)![1]) / 1024;
}

const x = { dtype: 'float32' as const, shape: [ELEMENTS], data: uniform(Key.from('x'), ELEMENTS) };
const untouched = x.data.slice();
const program = { name: 'peak', apply: (_: tf.NamedTensorMap, inputs: tf.NamedTensorMap) => ({ outputs: { y: tf.exp(tf.mul(tf.log(tf.add(inputs['x']!, 1)), 2)) } }) };
const executable = await engine.compile(program, { state: {}, inputs: { x: { dtype: 'float32', shape: [ELEMENTS] } } }, { state: {}, threads: 1 });
await writeFile('/proc/self/clear_refs', '5'); // sets the high-water mark to the memory in use
const before = await megabytes('VmRSS');
await executable.run({ x });
const peak = await megabytes('VmHWM');
if (Buffer.compare(Buffer.from(x.data.buffer), Buffer.from(untouched.buffer)) !== 0) throw new Error('the input of the call was changed');
process.stdout.write(`${(peak - before) / (4 * ELEMENTS / 2 ** 20)}\n`);
await executable.dispose();
