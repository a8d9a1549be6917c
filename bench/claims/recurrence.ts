/**
 * Card "Theano", section 6: a training step of an LSTM (width 256, batch 64, vocabulary 50, SGD) as a loop and written out, over 10, 50
 * and 200 time steps. Time from the trace to the first result, and of a step; arms take turns, medians of the rounds.
 * Run: npm run bench -- claims/recurrence [THREADS] [ROUNDS]
 */
import * as tf from '@tensorflow/tfjs-core';
import { scan } from '../../src/compiler/control/index.js';
import { engineFor } from '../../src/compiler/engines.js';
import type { Executable, NamedTensors, Program, ProgramSignature } from '../../src/compiler/program.js';
import { integer, Key } from '../../src/compiler/random/index.js';
import type { NamedHostTensors, TensorSpec } from '../../src/compiler/tensors.js';
import { crossEntropy, oneHot } from '../../src/networks/index.js';
import { valuesOf } from '../compiler-cases.js';

const [BATCH, VOCABULARY, WIDTH, RATE] = [64, 50, 256, 0.5];
const LENGTHS = [10, 50, 200];
const CALLS = 10;
const [threads, rounds] = [Number(process.argv[2] ?? 2), Number(process.argv[3] ?? 5)];

type Matrix = tf.Tensor2D;
const product = (a: tf.Tensor | undefined, b: tf.Tensor | undefined): tf.Tensor => tf.matMul(a as Matrix, b as Matrix);

/** Gates i, f, g, o of z [B, 4 H]. */
function cell(z: tf.Tensor, c: tf.Tensor): { c: tf.Tensor; h: tf.Tensor } {
  const [i, f, g, o] = tf.split(z, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
  return { c: next, h: tf.mul(tf.sigmoid(o), tf.tanh(next)) };
}

const first = (): NamedTensors => ({ h: tf.zeros([BATCH, WIDTH]), c: tf.zeros([BATCH, WIDTH]) });

/** Inputs and outputs are projected for all steps at once. */
const projected = (unroll: boolean) => (steps: number, { input, recurrent, bias, output }: NamedTensors, tokens: tf.Tensor): tf.Tensor => {
  const x = tf.reshape(tf.add(product(oneHot(tf.reshape(tokens, [steps * BATCH]), VOCABULARY), input), bias!), [steps, BATCH, 4 * WIDTH]);
  const { outputs } = scan({ sequences: { x }, initial: first(), unroll, body: ({ x: now }, { h, c }) => {
    const next = cell(tf.add(now!, product(h, recurrent)), c!);
    return { states: { ...next }, outputs: { h: next.h } };
  } });
  return product(tf.reshape(outputs.h!, [steps * BATCH, WIDTH]), output);
};

/** As a textbook writes it: everything inside the loop. */
function inside(steps: number, { input, recurrent, bias, output }: NamedTensors, tokens: tf.Tensor): tf.Tensor {
  const { outputs } = scan({ sequences: { tokens }, initial: first(), body: ({ tokens: now }, { h, c }) => {
    const next = cell(tf.add(tf.add(product(oneHot(now!, VOCABULARY), input), product(h, recurrent)), bias!), c!);
    return { states: { ...next }, outputs: { logits: product(next.h, output) } };
  } });
  return tf.reshape(outputs.logits!, [steps * BATCH, VOCABULARY]);
}

const ARMS: Readonly<Record<string, (steps: number, parameters: NamedTensors, tokens: tf.Tensor) => tf.Tensor>> = {
  'written out': projected(true), loop: projected(false), 'loop, all inside': inside,
};

const NAMES = ['input', 'recurrent', 'bias', 'output'];
const float = (...shape: number[]): TensorSpec => ({ dtype: 'float32', shape });

function stepOf(arm: string, steps: number): { program: Program; signature: ProgramSignature } {
  const program: Program = {
    name: arm,
    apply(parameters, { tokens, targets }) {
      const loss = (...weights: tf.Tensor[]): tf.Scalar => {
        const logits = ARMS[arm]!(steps, Object.fromEntries(NAMES.map((name, i) => [name, weights[i]!])), tokens!);
        return tf.mean(crossEntropy(logits, oneHot(tf.reshape(targets!, [steps * BATCH]), VOCABULARY)));
      };
      const { value, grads } = tf.valueAndGrads(loss)(NAMES.map((name) => parameters[name]!));
      return { outputs: { loss: value }, state: Object.fromEntries(NAMES.map((name, i) => [name, tf.sub(parameters[name]!, tf.mul(RATE, grads[i]!))])) };
    },
  };
  const ids: TensorSpec = { dtype: 'int32', shape: [steps, BATCH] };
  const state = { input: float(VOCABULARY, 4 * WIDTH), recurrent: float(WIDTH, 4 * WIDTH), bias: float(4 * WIDTH), output: float(WIDTH, VOCABULARY) };
  return { program, signature: { state, inputs: { tokens: ids, targets: ids } } };
}

const tokensOf = (name: string, count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => integer(Key.from(name).fold(i), VOCABULARY));

interface Arm {
  readonly executable: Executable;
  readonly losses: number[];
  readonly compile: number;
  readonly times: number[];
}

async function start(arm: string, steps: number, inputs: NamedHostTensors): Promise<Arm> {
  const { program, signature } = stepOf(arm, steps);
  const state = valuesOf(signature.state);
  const begin = performance.now();
  const executable = await engineFor('onnx').compile(program, signature, { state, threads });
  const { loss } = await executable.run(inputs);
  return { executable, losses: [loss!.data[0]!], compile: performance.now() - begin, times: [] };
}

async function turn({ executable, losses, times }: Arm, inputs: NamedHostTensors): Promise<void> {
  for (let call = 0; call < CALLS; call++) {
    const begin = performance.now();
    const { loss } = await executable.run(inputs);
    times.push(performance.now() - begin);
    losses.push(loss!.data[0]!);
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

console.log(`${threads} threads, ${rounds} rounds of ${CALLS} calls\n| steps | arm | trace to first result, ms | step, ms | loss after the last call |\n|---|---|---|---|---|`);
for (const steps of LENGTHS) {
  const inputs: NamedHostTensors = Object.fromEntries(['tokens', 'targets'].map((name) => [name, { dtype: 'int32', shape: [steps, BATCH], data: tokensOf(name, steps * BATCH) }]));
  const arms = new Map<string, Arm>();
  for (const arm of Object.keys(ARMS)) arms.set(arm, await start(arm, steps, inputs));
  for (let round = 0; round < rounds; round++) for (const arm of arms.values()) await turn(arm, inputs);
  for (const [name, { executable, compile, times, losses }] of arms) {
    console.log(`| ${steps} | ${name} | ${compile.toFixed(0)} | ${median(times).toFixed(1)} | ${losses.at(-1)!.toFixed(5)} |`);
    await executable.dispose();
  }
}
