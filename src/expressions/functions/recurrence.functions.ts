import { MOST_STEPS } from '../../compiler/control/index.js';
import type { Call } from '../check/call.js';
import { toTerm } from '../check/conversion.js';
import { carries } from '../check/gradients.js';
import { involved, reachable, type ScanDefinition, type Term } from '../check/term.js';
import { describeValue, isTensorList, tensorValue, type Value } from '../check/value.js';
import type { Dimension } from '../types/dimension.js';
import { ONE, sameShape, showType, type TensorType } from '../types/tensor-type.js';
import { optional, required, type FunctionDefinition } from './definition.js';

type Step = Extract<Value, { kind: 'lambda' }>;
type DTypeWish = 'float32' | undefined;

/** A parameter of the call as several values: those of a list, or the one. */
const severalOf = (call: Call, parameter: string): readonly Value[] => {
  const value = call.value(parameter);
  return isTensorList(value) ? value.items : [value];
};

/** The sequences, and how many steps there are. */
function sequencesOf(call: Call): { sequences: Term[]; steps: Dimension } {
  if (!call.has('over')) {
    const steps = call.has('steps') ? call.length('steps') : call.fail('argument', 'there is nothing to count the steps by', 'over or steps');
    call.require({ length: steps, message: `scan: ${steps.key} steps`, accepted: `1 to ${MOST_STEPS}`, at: call.place('steps') });
    return { sequences: [], steps };
  }
  if (call.has('steps')) call.fail('argument', 'the length of over says how many steps there are', 'over or steps, not both', call.place('steps'));
  const sequences = severalOf(call, 'over').map((value) => toTerm(call.factory, value, call.place('over')));
  const [first] = sequences as [Term];
  for (const { type } of sequences) {
    if (type.shape.length === 0) call.fail('shape', `a sequence is ${showType(type)}`, 'a tensor with axes', call.place('over'));
    if (!type.shape[0]!.equals(first.type.shape[0]!)) call.fail('shape', `sequences are ${showType(first.type)} and ${showType(type)}`, 'equal lengths of the first axis', call.place('over'));
  }
  return { sequences, steps: first.type.shape[0]! };
}

/** One step written out: its parameters and the next states. */
interface Written {
  readonly starts: readonly Term[];
  readonly states: readonly Term[];
  readonly slices: readonly Term[];
  readonly next: readonly Term[];
}

function writeStep(call: Call, step: Step, sequences: readonly Term[], wishes: readonly DTypeWish[]): Written {
  const { factory, at } = call;
  const parameter = (type: TensorType): Term => factory.make({ kind: 'parameter' }, [], type, at);
  const starts = severalOf(call, 'start').map((value, i) => toTerm(factory, value, call.place('start'), wishes[i]));
  const states = starts.map(({ type }) => parameter(type));
  const slices = sequences.map(({ type }) => parameter({ dtype: type.dtype, shape: type.shape.slice(1) }));
  const result = call.context.apply(step, [...states, ...slices].map(tensorValue), call.place('step'));
  const several = isTensorList(call.value('start'));
  if (several && result.kind !== 'list') call.fail('type', `the step gives ${describeValue(result)}`, `a list of ${states.length}, as start is`, call.place('step'));
  const results = several && result.kind === 'list' ? result.items : [result];
  if (results.length !== states.length) call.fail('type', `the step gives ${results.length} states`, `${states.length}, as start has`, call.place('step'));
  const next = results.map((value, i) => toTerm(factory, value, call.place('step'), starts[i]!.type.dtype === 'float32' ? 'float32' : undefined));
  return { starts, states, slices, next };
}

/** Whole numbers that a step makes float32 start as float32. */
function written(call: Call, step: Step, sequences: readonly Term[]): Written {
  const first = writeStep(call, step, sequences, []);
  const wishes = first.starts.map(({ type }, i): DTypeWish => (type.dtype === 'int32' && first.next[i]!.type.dtype === 'float32' ? 'float32' : undefined));
  return wishes.some((wish) => wish !== undefined) ? writeStep(call, step, sequences, wishes) : first;
}

function checkStates(call: Call, { starts, next }: Written): void {
  for (const [i, { type }] of next.entries()) {
    const start = starts[i]!.type;
    if (type.dtype !== start.dtype || !sameShape(type.shape, start.shape)) {
      call.fail('shape', `the step makes ${showType(type)} of a state that starts as ${showType(start)}`, 'equal types; broadcastTo widens a start', call.place('step'));
    }
  }
}

/** The terms of the step that depend on its parameters. */
function pathOf({ states, slices, next }: Written): Term[] {
  const dependent = new Set<Term>([...states, ...slices]);
  return reachable(next).filter((term) => {
    if (!term.operands.some((operand) => dependent.has(operand))) return false;
    dependent.add(term);
    return true;
  });
}

/** Whether some float32 that a step reads has a way to a next state. */
function isDifferentiable(path: readonly Term[], next: readonly Term[]): boolean {
  const inside = new Set(path);
  const carried = new Set<Term>();
  for (const term of path) {
    if (carries(term) && term.operands.some((operand) => carried.has(operand) || (!inside.has(operand) && operand.type.dtype === 'float32'))) carried.add(term);
  }
  return next.some((term) => carried.has(term) || (!inside.has(term) && term.type.dtype === 'float32'));
}

function truncation(call: Call, steps: Dimension): Dimension | undefined {
  if (!call.has('truncate')) return undefined;
  const truncate = call.length('truncate');
  const at = call.place('truncate');
  call.require({ length: truncate, message: `scan: gradients through ${truncate.key} steps`, accepted: 'at least 1', at });
  call.require({ length: steps.minus(truncate).plus(ONE), message: `scan: gradients through ${truncate.key} of ${steps.key} steps`, accepted: 'at most all', at });
  return truncate;
}

function scan(call: Call): Value {
  const step = call.value('step');
  if (step.kind !== 'lambda') return call.fail('type', `the step is ${describeValue(step)}`, 'a function, such as (state, x) => state + x', call.place('step'));
  const { sequences, steps } = sequencesOf(call);
  if (steps.least > MOST_STEPS) call.fail('limit', `${steps.key} steps`, `at most ${MOST_STEPS}`, call.place(call.has('over') ? 'over' : 'steps'));
  const truncate = truncation(call, steps);
  const parts = written(call, step, sequences);
  checkStates(call, parts);
  const path = pathOf(parts);
  const random = involved([...path, ...parts.next]).find(({ id, definition }) => definition.kind === 'draw' && id > parts.states[0]!.id);
  if (random !== undefined) call.fail('argument', 'random numbers that a step draws would be the same in every step', 'numbers for all steps, drawn outside and given as over', random.at);
  const own = new Set([...path, ...parts.states, ...parts.slices]);
  const read = new Set([...path.flatMap(({ operands }) => operands), ...parts.next].filter((term) => !own.has(term)));
  const definition: ScanDefinition = {
    kind: 'scan', states: parts.states, slices: parts.slices, next: parts.next, path, steps, truncate,
    backwards: call.flag('backwards'), differentiable: isDifferentiable(path, parts.next),
  };
  const stackedType = ({ type }: Term): TensorType => ({ dtype: type.dtype, shape: [steps, ...type.shape] });
  const all = call.factory.make(definition, [...parts.starts, ...sequences, ...read], stackedType(parts.next[0]!), call.at);
  const results = parts.next.map((term, index) => tensorValue(call.factory.make({ kind: 'part', index }, [all], stackedType(term), call.at)));
  return isTensorList(call.value('start')) ? { kind: 'list', items: results, at: call.at } : results[0]!;
}

export const recurrenceFunctions: readonly FunctionDefinition[] = [
  {
    name: 'scan', gradient: true,
    doc: 'states of a recurrence after each step, along a new first axis: step gives the next state from the state and a slice of over; lists for several of either',
    parameters: [
      required('step', 'function'), required('start', 'tensor or list'), optional('over', 'tensor or list', 'none'), optional('steps', 'whole number', 'length of over'),
      optional('backwards', 'true or false', 'false'), optional('truncate', 'whole number', 'all'),
    ],
    example: ['scan((s, x) => s + x, 0, over: [1, 2, 3])', '[1, 3, 6]'],
    apply: scan,
  },
];
