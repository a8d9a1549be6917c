import type { Node, NodeOf } from '../../graph/graph.js';
import type { ConstantValue } from '../../graph/build.js';
import type { Primitive } from '../../graph/primitives.js';

/** Operations of nodes whose elements may be known. */
export const CONSTANT_LIKE: readonly Primitive[] = ['constant', 'broadcastTo', 'reshape', 'transpose'];

/** The constant whose broadcast, reshape or transpose `node` is, if it is one. */
export function constantBehind(node: Node): NodeOf<'constant'> | undefined {
  if (node.op === 'constant') return node;
  return node.op === 'broadcastTo' || node.op === 'reshape' || node.op === 'transpose' ? constantBehind(node.inputs[0]!) : undefined;
}

const known = new WeakMap<ConstantValue, number | undefined>();

function commonValue(values: ConstantValue): number | undefined {
  if (!known.has(values)) known.set(values, values.length > 0 && values.every((each) => Object.is(each, values[0])) ? values[0] : undefined);
  return known.get(values);
}

/** The number that every element of `node` is, as far as constants tell. */
export function uniformValue(node: Node): number | undefined {
  const behind = constantBehind(node);
  return behind === undefined ? undefined : commonValue(behind.attributes.value);
}

/** Whether every element of `node` is the known number `value`; 0 and -0 are one number here. */
export const isFilledWith = (node: Node, value: number): boolean => uniformValue(node) === value;
