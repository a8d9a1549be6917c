import type { ConstantValue } from '../../graph/build.js';
import type { Node, NodeOf } from '../../graph/graph.js';
import { Loop } from '../../graph/loop.js';
import type { Primitive } from '../../graph/primitives.js';

/** Binary operations whose operands may change places without a change of bits. */
export const COMMUTATIVE: ReadonlySet<Primitive> = new Set<Primitive>(['add', 'mul', 'maximum', 'minimum', 'equal', 'notEqual', 'and', 'or']);

/** FNV-1a over the bytes: constants of equal hash are compared in full. */
function hashBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
  let hash = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer, byteOffset, byteLength)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Ids stay below this, so that two of them make one safe integer. */
const MOST_IDS = 2 ** 26;

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
  /** By operation and attributes, then by operands. */
  private readonly known = new Map<Primitive, Map<string, Map<number | string, Node>>>();
  private readonly constants = new Map<string, Node>();
  private readonly ids = new Map<Node, number>();
  private readonly attributeKeys = new WeakMap<object, string>();
  private readonly objectIds = new WeakMap<object, number>();
  private objects = 0;

  /** The first node equal to `node`; itself where it is the first. */
  intern(node: Node): Node {
    if (this.ids.has(node)) return node;
    const found = node.op === 'input' || node.op === 'state' ? undefined : this.enter(node);
    if (found !== undefined) return found;
    this.ids.set(node, this.ids.size + 1);
    return node;
  }

  private enter(node: Node): Node | undefined {
    if (node.op === 'constant') return this.enterConstant(node);
    let byAttributes = this.known.get(node.op);
    if (byAttributes === undefined) this.known.set(node.op, (byAttributes = new Map<string, Map<string | number, Node>>()));
    const attributes = this.attributesKey(node.attributes);
    let byOperands = byAttributes.get(attributes);
    if (byOperands === undefined) byAttributes.set(attributes, (byOperands = new Map<string | number, Node>()));
    const key = this.operandsKey(node);
    const found = byOperands.get(key);
    if (found === undefined) byOperands.set(key, node);
    return found;
  }

  private enterConstant(node: NodeOf<'constant'>): Node | undefined {
    const { value } = node.attributes;
    const key = `${node.dtype} ${node.shape.join(',')} ${constantKey(value)}`;
    const found = this.constants.get(key);
    if (found === undefined) this.constants.set(key, node);
    return found?.op === 'constant' && bytesOf(found.attributes.value).equals(bytesOf(value)) ? found : undefined;
  }

  /** One number for up to two operands, whose ids fit into it. */
  private operandsKey({ op, inputs }: Node): number | string {
    const [first, second] = inputs;
    const a = first === undefined ? 0 : this.ids.get(first)!;
    if (inputs.length < 2) return a;
    const b = this.ids.get(second!)!;
    if (inputs.length > 2) return inputs.map((input) => this.ids.get(input)).join(' ');
    return COMMUTATIVE.has(op) && a > b ? b * MOST_IDS + a : a * MOST_IDS + b;
  }

  private attributesKey(attributes: object): string {
    const found = this.attributeKeys.get(attributes);
    if (found !== undefined) return found;
    let key = '';
    for (const [name, value] of Object.entries(attributes) as [string, unknown][]) key += `;${name}=${this.valueKey(value)}`;
    this.attributeKeys.set(attributes, key);
    return key;
  }

  /** Loops are equal by what they compute, other objects that are no lists of plain values only to themselves. */
  private valueKey(value: unknown): string {
    if (typeof value === 'number') return numberKey(value);
    if (typeof value === 'string') return JSON.stringify(value);
    if (Array.isArray(value)) return `[${value.map((each: unknown) => this.valueKey(each)).join(',')}]`;
    if (typeof value !== 'object' || value === null) return String(value);
    if (value instanceof Loop) return value.toJSON();
    if (!this.objectIds.has(value)) this.objectIds.set(value, this.objects++);
    return `@${this.objectIds.get(value)}`;
  }
}
