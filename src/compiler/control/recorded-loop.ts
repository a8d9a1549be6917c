import * as tf from '@tensorflow/tfjs-core';
import type { Node } from '../graph/graph.js';
import { Loop } from '../graph/loop.js';
import { LOOP_KERNEL, type LoopCall } from '../trace/kernels/control.js';
import type { Recorder } from '../trace/recorder.js';
import { adjointOf, type Adjoint, type Source } from './loop-adjoint.js';
import type { LoopResult, LoopSpec } from './loop-spec.js';
import { recordBody, recordDifferentiated, type RecordedBody } from './recorded-body.js';
import { gradientDepth } from './tape.js';

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32';
const named = (prefix: string, nodes: readonly Node[]): Record<string, Node> => Object.fromEntries(nodes.map((node, i) => [`${prefix}${i}`, node]));

/** The loop of a recorded step; `residuals` are further outputs, for its adjoint. */
function loopOf({ steps, reverse }: LoopSpec, body: RecordedBody, residuals: Readonly<Record<string, Node>>): Loop {
  const outputs = { ...named('s', body.next), ...named('y', body.outputs), ...residuals, ...(body.until ? { until: body.until } : {}) };
  return new Loop({
    steps, reverse,
    body: { name: 'loop', inputs: [...body.slices, ...body.states, ...body.captured.values()], state: [], outputs, updates: {} },
    sequences: body.slices.length,
    states: body.states.length,
    carried: Object.keys(named('s', body.next)),
    ...(body.until ? { until: 'until' } : {}),
  });
}

/** A call of the loop kernel with what its gradient needs. */
interface DifferentiableCall extends LoopCall {
  readonly adjoint?: Adjoint | undefined;
}

const call = (operands: readonly tf.Tensor[], attributes: DifferentiableCall): tf.Tensor[] =>
  tf.engine().runKernel(LOOP_KERNEL, operands as unknown as tf.NamedTensorMap, attributes as unknown as tf.NamedAttrMap);

/** Gradients of all operands, by one run of the adjoint. */
function gradientsOf(dys: readonly tf.Tensor[], operands: readonly tf.Tensor[], { loop, adjoint }: DifferentiableCall): tf.Tensor[] {
  if (adjoint === undefined) throw new Error('internal: the gradient of a loop that was recorded without one');
  const names = Object.keys(adjoint.residuals);
  const stored = names.length > 0 ? call(operands, { loop, results: names.map((result) => ({ result, stacked: true })) }) : [];
  const captured = operands.slice(loop.sequences + loop.states);
  const valueOf = (source: Source): tf.Tensor => {
    switch (source.of) {
      case 'sequence': return operands[source.index]!;
      case 'residual': return stored[names.indexOf(source.output)]!;
      case 'output cotangent': return dys[loop.states + source.index]!;
      case 'state cotangent': return dys[source.index]!;
      case 'captured': return captured[source.index]!;
      case 'zeros': return tf.zerosLike(captured[source.index]!);
    }
  };
  const results = adjoint.gradients.filter((result) => result !== undefined);
  const values = results.length > 0 ? call(adjoint.operands.map(valueOf), { loop: adjoint.loop, results }) : [];
  return operands.map((operand, i) => {
    const result = adjoint.gradients[i];
    return result ? values[results.indexOf(result)]! : tf.zeros(operand.shape);
  });
}

tf.registerGradient({
  kernelName: LOOP_KERNEL,
  saveAllInputs: true,
  gradFunc: (dy, operands, attributes) => {
    const gradients = gradientsOf(Array.isArray(dy) ? dy : [dy], operands, attributes as unknown as DifferentiableCall);
    return Object.fromEntries(gradients.map((gradient, i) => [i, () => gradient]));
  },
});

/** Records a loop as one node for each result. Inside a gradient its adjoint is recorded with it. */
export function recordedLoop(recorder: Recorder, spec: LoopSpec): LoopResult {
  const body = recordBody(recorder, spec);
  const outside = [...body.captured.keys()];
  const operands = [...spec.sequences, ...spec.states, ...outside];
  const differentiated = gradientDepth() > 0 && operands.some(isFloat) ? recordDifferentiated(recorder, spec, outside.filter(isFloat)) : undefined;
  const adjoint = differentiated && adjointOf(differentiated, spec);
  const recorded = differentiated ?? body;
  const loop = loopOf(spec, recorded, adjoint?.residuals ?? {});
  const results = [
    ...recorded.next.map((_, i) => ({ result: `s${i}`, stacked: false })),
    ...recorded.outputs.map((_, i) => ({ result: `y${i}`, stacked: true })),
  ];
  const values = call([...spec.sequences, ...spec.states, ...recorded.captured.keys()], { loop, results, adjoint });
  return { states: values.slice(0, recorded.next.length), outputs: values.slice(recorded.next.length) };
}
