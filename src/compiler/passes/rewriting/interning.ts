import type { ConstantValue } from '../../graph/build.js';
import type { Node } from '../../graph/graph.js';
import type { Primitive } from '../../graph/primitives.js';

/** Binary operations whose operands may change places without a change of bits. */
export const COMMUTATIVE: ReadonlySet<Primitive> = new Set<Primitive>(['add', 'mul', 'maximum', 'minimum', 'equal', 'notEqual', 'and', 'or']);

/** FNV-1a over the bytes: constants of equal hash are compared in full. */
function hashBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Key of a number that tells 0 from -0. */
const numberKey = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

const hashes = new WeakMap<ConstantValue, string>();

function constantKey(value: ConstantValue): string {
  const found = hashes.get(value);
  if (found !== undefined) return found;
  const key = value.length === 1 ? numberKey(value[0]!) : `#${hashBytes(value)}`;
  hashes.set(value, key);
  return key;
}

/**
 * Gives equal nodes one identity: same operation, attributes and operands, or constants of equal bytes. Operands must
 * have been interned before.
 */
export class Interning {
  private readonly known = new Map<string, Node>();
  private readonly ids = new Map<Node, number>();
  private readonly attributeKeys = new WeakMap<object, string>();
  private readonly objectIds = new WeakMap<object, number>();
  private objects = 0;

  /** The first node equal to `node`; itself where it is the first. */
  intern(node: Node): Node {
    if (this.ids.has(node)) return node;
    const found = node.op === 'input' || node.op === 'state' ? undefined : this.enter(node);
    if (found !== undefined) return found;
    this.ids.set(node, this.ids.size);
    return node;
  }

  /** An interned node equal to `node`, all of whose operands are interned. */
  find(node: Node): Node | undefined {
    if (this.ids.has(node)) return node;
    if (node.op === 'input' || node.op === 'state' || !node.inputs.every((input) => this.ids.has(input))) return undefined;
    return this.known.get(this.keyOf(node));
  }

  private enter(node: Node): Node | undefined {
    const key = this.keyOf(node);
    const found = this.known.get(key);
    if (found === undefined) this.known.set(key, node);
    const differs = found?.op === 'constant' && node.op === 'constant' && !bytesOf(found.attributes.value).equals(bytesOf(node.attributes.value));
    return differs ? undefined : found;
  }

  private keyOf(node: Node): string {
    if (node.op === 'constant') return `constant ${node.dtype} ${node.shape.join(',')} ${constantKey(node.attributes.value)}`;
    let key: string = node.op;
    const operands = node.inputs.map((input) => this.ids.get(input)!);
    if (COMMUTATIVE.has(node.op) && operands[0]! > operands[1]!) operands.reverse();
    for (const id of operands) key += ` ${id}`;
    return key + this.attributesKey(node.attributes);
  }

  private attributesKey(attributes: object): string {
    const found = this.attributeKeys.get(attributes);
    if (found !== undefined) return found;
    let key = '';
    for (const [name, value] of Object.entries(attributes) as [string, unknown][]) key += `;${name}=${this.valueKey(value)}`;
    this.attributeKeys.set(attributes, key);
    return key;
  }

  /** Objects that are no lists of plain values are equal only to themselves. */
  private valueKey(value: unknown): string {
    if (typeof value === 'number') return numberKey(value);
    if (typeof value === 'string') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((each: unknown) => this.valueKey(each)).join(',')}]`;
    if (typeof value !== 'object' || value === null) return String(value);
    if (!this.objectIds.has(value)) this.objectIds.set(value, this.objects++);
    return `@${this.objectIds.get(value)}`;
  }
}
