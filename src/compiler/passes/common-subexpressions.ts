import type { Node } from '../graph/graph.js';
import { rewrite, type Pass } from './pass.js';

/** FNV-1a over the bytes: constants of equal hash are compared in full. */
function hashBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Infinities and NaN have no JSON. */
const encode = (_: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value);

/** Operations of equal kind, attributes and operands become one node; so do constants of equal bytes. */
export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  run(graph) {
    const ids = new Map<Node, number>();
    const known = new Map<string, Node>();
    const identify = (node: Node): number => {
      if (!ids.has(node)) ids.set(node, ids.size);
      return ids.get(node)!;
    };
    const keyOf = (node: Node): string => {
      if (node.op === 'constant') return `constant ${node.dtype} ${node.shape.join(',')} ${hashBytes(node.attributes.value)}`;
      return `${node.op} ${JSON.stringify(node.attributes, encode)} ${node.inputs.map(identify).join(' ')}`;
    };
    return rewrite(graph, (node) => {
      if (node.op === 'input' || node.op === 'state') return node;
      const key = keyOf(node);
      const found = known.get(key);
      if (found === undefined) known.set(key, node);
      const differs = found?.op === 'constant' && node.op === 'constant' && !bytesOf(found.attributes.value).equals(bytesOf(node.attributes.value));
      return found === undefined || differs ? node : found;
    });
  },
};
