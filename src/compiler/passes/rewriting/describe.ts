import { describeSpec } from '../../signature.js';
import type { Node } from '../../graph/graph.js';

const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));

function leaf(node: Node): string | undefined {
  if (node.op === 'input' || node.op === 'state') return node.attributes.name;
  if (node.op !== 'constant') return undefined;
  return node.attributes.value.length === 1 ? shortNumber(node.attributes.value[0]!) : describeSpec(node);
}

function attributes(node: Node): string[] {
  return Object.entries(node.attributes as Readonly<Record<string, unknown>>).flatMap(([name, value]) => {
    if (Array.isArray(value)) return [`${name}=[${value.join(',')}]`];
    return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? [`${name}=${value}`] : [];
  });
}

/** A node as an expression down to `depth` operations, what is below by dtype and shape: `add(mul(x, 2), float32[3])`. */
export function expression(node: Node, depth = 4): string {
  const name = leaf(node);
  if (name !== undefined) return name;
  if (depth === 0) return describeSpec(node);
  return `${node.op}(${[...node.inputs.map((input) => expression(input, depth - 1)), ...attributes(node)].join(', ')})`;
}
