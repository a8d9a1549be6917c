import type { Node } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import type { Loop } from './loop.js';

/**
 * Nanoseconds for each element of a large tensor, measured on two cores (EPYC, AVX-512) with 2.1 million elements: ONNX Runtime's operator on
 * two threads, reading and writing memory, and the instructions of a loop on one thread, without its reads and writes. Only their
 * proportions matter: they decide whether a chain is cut out of the model.
 */
interface Cost { readonly engine: number; readonly loop: number }

const cheap: Cost = { engine: 0.08, loop: 0.05 };
const binary: Cost = { engine: 0.13, loop: 0.05 };
const comparison: Cost = { engine: 0.2, loop: 0.05 };

const costs: { readonly [P in Primitive]?: Cost } = {
  neg: cheap, abs: cheap, square: cheap, relu: cheap, step: cheap, not: cheap,
  add: binary, sub: binary, mul: binary, maximum: binary, minimum: binary, and: binary, or: binary, clip: binary,
  equal: comparison, notEqual: comparison, less: comparison, lessEqual: comparison, greater: comparison, greaterEqual: comparison, cast: comparison,
  floor: { engine: 0.15, loop: 0.05 }, ceil: { engine: 0.15, loop: 0.05 }, round: { engine: 0.2, loop: 0.05 },
  div: { engine: 0.13, loop: 0.2 }, reciprocal: { engine: 0.11, loop: 0.2 }, sqrt: { engine: 0.18, loop: 0.25 }, rsqrt: { engine: 0.3, loop: 0.45 },
  select: { engine: 3, loop: 0.05 }, leakyRelu: { engine: 0.4, loop: 0.1 },
  exp: { engine: 0.1, loop: 2 }, sigmoid: { engine: 0.15, loop: 2.4 }, tanh: { engine: 0.2, loop: 3.5 }, log: { engine: 1.1, loop: 3.4 },
  elu: { engine: 1, loop: 3.2 }, expm1: { engine: 0.8, loop: 3 }, log1p: { engine: 3, loop: 4 }, softplus: { engine: 5.6, loop: 8 },
};

/** One tensor read or written by a loop. */
const loopStream = 0.08;
/** An operand that broadcasts along some axes, as a channel's factor does, costs ONNX Runtime's operators their fast path. */
const engineBroadcast = 0.5;
/** Starting an operator. */
const engineCall = 4000;
/** Leaving a model for a loop and coming back, in ns: a run of a session, and its share of the time to compile. */
const boundary = 150_000;

const elements = (node: Node): number => node.shape.reduce((product, length) => product * length, 1);

/** Products and convolutions take a following bias and ReLU with them. */
const ABSORBING: ReadonlySet<Primitive> = new Set<Primitive>(['matmul', 'conv', 'blockedConv']);
const isAbsorbed = (node: Node): boolean => {
  const below = node.op === 'relu' && node.inputs[0]!.op === 'add' ? node.inputs[0] : node;
  return (node.op === 'relu' || node.op === 'add') && below.inputs.some(({ op }) => ABSORBING.has(op));
};

function engineTime(node: Node): number {
  if (isAbsorbed(node)) return 0;
  const broadcasts = node.inputs.some((operand) => elements(operand) > 1 && elements(operand) < elements(node));
  return engineCall + elements(node) * (costs[node.op]!.engine + (broadcasts ? engineBroadcast : 0));
}

/** Decides what becomes a loop. */
export interface LoopPolicy {
  /** Tensors with fewer elements stay in the model. */
  readonly fewestElements: number;
  pays(loop: Loop): boolean;
}

/** Nanoseconds that a loop saves; negative where the model is faster. */
export function gainOf({ nodes, sums, operands, results }: Loop): number {
  const size = Math.max(...nodes.map(elements));
  const inModel = nodes.reduce((time, node) => time + engineTime(node), 0) + sums.length * (engineCall + size * 0.06);
  const streams = [...operands, ...results].filter((tensor) => elements(tensor) === size).length;
  const perElement = streams * loopStream + nodes.reduce((time, { op }) => time + costs[op]!.loop, 0) + sums.length * 0.03;
  return inModel - size * perElement - boundary;
}

/** Addresses that a kernel holds in registers and on its stack. */
const mostTensors = 32;

/** Loops that save more than leaving the model costs. Smaller tensors than this stay in the cache between operators. */
export const whatPays: LoopPolicy = {
  fewestElements: 65_536,
  pays: (loop) => gainOf(loop) > 0 && loop.operands.length + loop.results.length + loop.sums.length <= mostTensors,
};
