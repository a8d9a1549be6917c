import type { Graph, Node } from '../graph/graph.js';
import type { LoopGroup } from '../graph/loop.js';
import type { OnnxBuilder } from './onnx-builder.js';
import { reverseAxes } from './shape.js';

/** Writes a body, given the names of its leaves; returns the names of its outputs. */
type LowerBody = (body: Graph, leaves: ReadonlyMap<Node, string>, onnx: OnnxBuilder) => Record<string, string>;

/** A loop that is being written: the values of its operands, and the outputs of its body that are stacked, each once. */
interface Lowering {
  readonly group: LoopGroup;
  readonly operands: readonly string[];
  readonly stacks: readonly string[];
  readonly lowerBody: LowerBody;
}

/**
 * Writes the body into `inner`. Its outputs become what `first` adds, the next states and the stacked results.
 * @param leaves names of the slices and the states; fixed operands are read from outside
 */
function writeBody({ group: { loop }, operands, stacks, lowerBody }: Lowering, leaves: readonly string[], inner: OnnxBuilder, first: (values: Record<string, string>) => void = () => undefined): void {
  const names = new Map<Node, string>(loop.body.inputs.map((leaf, i) => [leaf, leaves[i] ?? operands[i]!]));
  const values = lowerBody(loop.body, names, inner);
  first(values);
  for (const name of [...loop.carried, ...stacks]) {
    const { dtype, shape } = loop.body.outputs[name]!;
    inner.addResult(values[name]!, dtype, shape);
  }
}

/**
 * `Scan` of a fixed number of steps: slices are views, stacked results are written in place. It needs at least one
 * sequence to count the steps.
 */
function lowerScan(lowering: Lowering, onnx: OnnxBuilder): string[] {
  const { group: { loop }, operands, stacks } = lowering;
  const { body, sequences, states, steps, reverse } = loop;
  const inner = onnx.inner();
  const stateLeaves = body.inputs.slice(sequences, sequences + states).map(({ dtype, shape }) => inner.addLeaf(dtype, shape));
  const sliceLeaves = body.inputs.slice(0, sequences).map(({ dtype, shape }) => inner.addLeaf(dtype, shape));
  const scanned = operands.slice(0, sequences);
  if (sequences === 0) {
    inner.addLeaf('float32', []);
    scanned.push(onnx.op('Expand', [onnx.scalar('float32', 0), onnx.int64([steps])]));
  }
  writeBody(lowering, [...sliceLeaves, ...stateLeaves], inner);
  const direction = (count: number): { ints: number[] } => ({ ints: new Array<number>(count).fill(reverse ? 1 : 0) });
  return onnx.opMany('Scan', [...operands.slice(sequences, sequences + states), ...scanned], states + stacks.length, {
    body: { g: inner.asGraph(body.name) },
    num_scan_inputs: { i: scanned.length },
    scan_input_directions: direction(scanned.length),
    scan_output_directions: direction(stacks.length),
  });
}

/** `Loop`, which may stop early; what it has stacked by then is filled up with zeros. */
function lowerUntil(lowering: Lowering, until: string, onnx: OnnxBuilder): string[] {
  const { group: { loop }, operands, stacks } = lowering;
  const { body, sequences, states, steps, reverse } = loop;
  const inner = onnx.inner();
  const step = inner.addLeaf('int64', []);
  inner.addLeaf('bool', []);
  const position = reverse ? inner.op('Sub', [onnx.constant('int64', [], BigInt64Array.of(BigInt(steps - 1))), step]) : step;
  const slices = operands.slice(0, sequences).map((operand) => inner.op('Gather', [operand, position], { axis: { i: 0 } }));
  const stateLeaves = body.inputs.slice(sequences, sequences + states).map(({ dtype, shape }) => inner.addLeaf(dtype, shape));
  writeBody(lowering, [...slices, ...stateLeaves], inner, (values) => inner.addResult(inner.op('Not', [values[until]!]), 'bool', []));
  const limit = onnx.constant('int64', [], BigInt64Array.of(BigInt(steps)));
  const results = onnx.opMany('Loop', [limit, '', ...operands.slice(sequences, sequences + states)], states + stacks.length, { body: { g: inner.asGraph(body.name) } });
  return results.map((result, i) => (i < states ? result : filledUp(result, body.outputs[stacks[i - states]!]!.shape.length, steps, reverse, onnx)));
}

/** [n, ...] in the order of the steps -> [steps, ...] by position, zeros where no step came. */
function filledUp(stack: string, rank: number, steps: number, reverse: boolean, onnx: OnnxBuilder): string {
  const reached = onnx.op('Shape', [stack], { start: { i: 0 }, end: { i: 1 } });
  const missing = onnx.op('Sub', [onnx.int64([steps]), reached]);
  const none = (count: number): string[] => (count > 0 ? [onnx.int64(new Array<number>(count).fill(0))] : []);
  const pads = reverse ? [missing, ...none(2 * rank + 1)] : [...none(rank + 1), missing, ...none(rank)];
  const positions = reverse ? reverseAxes(stack, [0], onnx) : stack;
  return onnx.op('Pad', [positions, onnx.op('Concat', pads, { axis: { i: 0 } })]);
}

/**
 * Writes a loop once for all of its results.
 * @param operands names of the operands' values
 * @returns the names of the members' values
 */
export function lowerLoop(group: LoopGroup, operands: readonly string[], onnx: OnnxBuilder, lowerBody: LowerBody): string[] {
  const { loop, members } = group;
  const stacks = [...new Set(members.filter(({ attributes }) => attributes.stacked).map(({ attributes }) => attributes.result))];
  const lowering: Lowering = { group, operands, stacks, lowerBody };
  const results = loop.until === undefined ? lowerScan(lowering, onnx) : lowerUntil(lowering, loop.until, onnx);
  return members.map(({ attributes: { result, stacked } }) => results[stacked ? loop.states + stacks.indexOf(result) : loop.carried.indexOf(result)]!);
}
