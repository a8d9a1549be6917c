import * as tf from '@tensorflow/tfjs-core';
import { inputLeaf } from '../graph/build.js';
import type { Node, NodeOf } from '../graph/graph.js';
import type { DType, Shape } from '../tensors.js';
import type { Recorder } from '../trace/recorder.js';
import type { LoopSpec, StepResult } from './loop-spec.js';
import { apart } from './tape.js';

type LeafNode = NodeOf<'input'>;

/** One step of a loop as nodes. */
export interface RecordedBody {
  readonly slices: readonly LeafNode[];
  readonly states: readonly LeafNode[];
  /** Tensors that the body reads from outside, and their leaves. */
  readonly captured: ReadonlyMap<tf.Tensor, LeafNode>;
  readonly next: readonly Node[];
  readonly outputs: readonly Node[];
  readonly until: Node | undefined;
}

/** A step and its vector-Jacobian product, recorded together: the forward nodes that the gradient reads are those of the step. */
export interface DifferentiatedBody extends RecordedBody {
  /** Leaves for the cotangents of next states and outputs; none for what is not float32. */
  readonly nextCotangents: readonly (LeafNode | undefined)[];
  readonly outputCotangents: readonly (LeafNode | undefined)[];
  /** Cotangents of slices, states and captured tensors, in the order of `captured`; none where nothing depends on them. */
  readonly sliceGradients: readonly (Node | undefined)[];
  readonly stateGradients: readonly (Node | undefined)[];
  readonly capturedGradients: readonly (Node | undefined)[];
}

const isFloat = ({ dtype }: { dtype: string }): boolean => dtype === 'float32';
const leaf = (name: string, { dtype }: { dtype: string }, shape: Shape): LeafNode => inputLeaf(name, { dtype: dtype as DType, shape });

/** Runs `body` with tensors for slices and states, apart from everything around the loop. */
function inBody<T>(recorder: Recorder, { sequences, states }: LoopSpec, body: (slices: tf.Tensor[], states: tf.Tensor[]) => T) {
  const leaves = {
    slices: sequences.map((x, i) => leaf(`x${i}`, x, x.shape.slice(1))),
    states: states.map((x, i) => leaf(`s${i}`, x, x.shape)),
  };
  const tensors = (nodes: readonly LeafNode[]): tf.Tensor[] => nodes.map((node) => recorder.tensor(node));
  tf.engine().startScope('loop');
  try {
    return { leaves, ...recorder.inBody(() => apart(() => body(tensors(leaves.slices), tensors(leaves.states)))) };
  } finally {
    tf.engine().endScope();
  }
}

function nodesOf(recorder: Recorder, { states, outputs, until }: StepResult): Pick<RecordedBody, 'next' | 'outputs' | 'until'> {
  const node = (tensor: tf.Tensor): Node => recorder.nodeOf(tensor);
  return { next: states.map(node), outputs: outputs.map(node), until: until && node(until) };
}

/** Records one step of a loop. */
export function recordBody(recorder: Recorder, spec: LoopSpec): RecordedBody {
  const { leaves, captured, result } = inBody(recorder, spec, (slices, states) => nodesOf(recorder, spec.step(slices, states)));
  return { ...leaves, captured, ...result };
}

/** Leaves for the cotangents of results. */
const cotangents = (name: string, results: readonly tf.Tensor[]): (LeafNode | undefined)[] =>
  results.map((result, i) => (isFloat(result) ? leaf(`${name}${i}`, result, result.shape) : undefined));

/** sum(result * cotangent) of each float32 result. */
const products = (recorder: Recorder, results: readonly tf.Tensor[], leaves: readonly (LeafNode | undefined)[]): tf.Tensor[] =>
  leaves.flatMap((cotangent, i) => (cotangent ? [tf.sum(tf.mul(results[i]!, recorder.tensor(cotangent)))] : []));

type Forward = Pick<DifferentiatedBody, 'next' | 'outputs' | 'until' | 'nextCotangents' | 'outputCotangents'>;

/**
 * Records one step and its vector-Jacobian product: the gradient of sum(results * cotangents) with respect to slices,
 * states and `outside`, float32 tensors that the body reads from outside.
 */
export function recordDifferentiated(recorder: Recorder, spec: LoopSpec, outside: readonly tf.Tensor[]): DifferentiatedBody {
  const { leaves, captured, result: { forward, gradient, slices, states } } = inBody(recorder, spec, (sliceTensors, stateTensors) => {
    const wrt = [...sliceTensors, ...stateTensors].filter(isFloat).concat(outside);
    const steps: Forward[] = [];
    const { grads } = tf.engine().gradients(() => {
      const step = spec.step(sliceTensors, stateTensors);
      const [nextCotangents, outputCotangents] = [cotangents('ds', step.states), cotangents('dy', step.outputs)];
      steps.push({ ...nodesOf(recorder, step), nextCotangents, outputCotangents });
      return tf.addN([tf.scalar(0), ...products(recorder, step.states, nextCotangents), ...products(recorder, step.outputs, outputCotangents)]);
    }, wrt, undefined, true);
    const nodes = new Map(wrt.map((tensor, i) => [tensor, (grads[i] as tf.Tensor | null | undefined) ? recorder.nodeOf(grads[i]!) : undefined]));
    return { forward: steps[0]!, gradient: (tensor: tf.Tensor): Node | undefined => nodes.get(tensor), slices: sliceTensors, states: stateTensors };
  });
  return {
    ...leaves, captured, ...forward,
    sliceGradients: slices.map(gradient),
    stateGradients: states.map(gradient),
    capturedGradients: Array.from(captured.keys(), gradient),
  };
}
