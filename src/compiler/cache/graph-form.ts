import type { Graph } from '../graph/graph.js';
import { Loop, type LoopParts } from '../graph/loop.js';

/**
 * A graph as bytes: the same graph always gives the same ones. Every object of it (graph, nodes, attributes, loops) is a record that
 * refers to others by number, after what it refers to; objects that are shared stay shared. Records are JSON, typed arrays
 * lie behind them: [length of the JSON: uint32][JSON][bytes of the arrays].
 */
type Encoded = string | number | boolean | null | Encoded[] | Reference | SpecialNumber | ArrayRange;
interface Reference { readonly at: number }
/** What JSON has no number for: NaN, infinities, -0. */
interface SpecialNumber { readonly number: string }
interface ArrayRange { readonly array: keyof typeof arrays; readonly offset: number; readonly length: number }
type RecordForm = Record<string, Encoded>;
/** Marks the records that are loops. */
const LOOP = 'loop of';

const arrays = { Float32Array, Int32Array, Uint8Array } as const;
type TypedArray = Float32Array | Int32Array | Uint8Array;

const isTypedArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value);

/** What an object is made of. */
const partsOf = (object: object): object => (object instanceof Loop ? object.parts : object);

/** Objects that `value` holds, through lists. */
function objectsIn(value: unknown): object[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return typeof value === 'object' && value !== null && !isTypedArray(value) ? [value] : [];
}

class Encoder {
  private readonly numbers = new Map<object, number>();
  private readonly records: RecordForm[] = [];
  private readonly chunks: Uint8Array[] = [];
  private offset = 0;

  /** Writes everything that `root` refers to, then `root`. Iterative: graphs are deep. */
  encode(root: object): Uint8Array {
    const stack = [root];
    while (stack.length > 0) {
      const object = stack.at(-1)!;
      const waiting = this.numbers.has(object) ? [] : objectsIn(Object.values(partsOf(object))).filter((inner) => !this.numbers.has(inner));
      if (waiting.length > 0) {
        for (const inner of waiting.toReversed()) stack.push(inner);
        continue;
      }
      stack.pop();
      if (!this.numbers.has(object)) this.record(object);
    }
    const json = new TextEncoder().encode(JSON.stringify(this.records));
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, json.length);
    return Buffer.concat([header, json, ...this.chunks]);
  }

  private record(object: object): void {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null && !(object instanceof Loop)) throw new Error('internal: a graph holds an object that is not plain data');
    const entries = Object.entries(partsOf(object)).filter(([, value]) => value !== undefined);
    const marked: RecordForm = object instanceof Loop ? { [LOOP]: true } : {};
    this.records.push({ ...marked, ...Object.fromEntries(entries.map(([key, value]) => [key, this.value(value)])) });
    this.numbers.set(object, this.records.length - 1);
  }

  private value(value: unknown): Encoded {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : { number: Object.is(value, -0) ? '-0' : String(value) };
    if (Array.isArray(value)) return value.map((each) => this.value(each));
    if (isTypedArray(value)) return this.array(value);
    if (typeof value === 'object') return { at: this.numbers.get(value)! };
    throw new Error(`internal: a graph holds a ${typeof value}`);
  }

  private array(value: TypedArray): ArrayRange {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const range = { array: value.constructor.name as ArrayRange['array'], offset: this.offset, length: value.length };
    this.chunks.push(bytes);
    this.offset += bytes.length;
    return range;
  }
}

/** The form of a graph; it holds its constants. */
export const encodeGraph = (graph: Graph): Uint8Array => new Encoder().encode(graph);

/** The graph of a form that `encodeGraph` wrote. */
export function decodeGraph(form: Uint8Array): Graph {
  const jsonLength = new DataView(form.buffer, form.byteOffset).getUint32(0);
  const records = JSON.parse(new TextDecoder().decode(form.subarray(4, 4 + jsonLength))) as RecordForm[];
  const bytes = form.subarray(4 + jsonLength);
  const objects: object[] = [];
  const value = (encoded: Encoded): unknown => {
    if (typeof encoded !== 'object' || encoded === null) return encoded;
    if (Array.isArray(encoded)) return encoded.map(value);
    if ('at' in encoded) return objects[encoded.at];
    if ('number' in encoded) return Number(encoded.number);
    const { BYTES_PER_ELEMENT: size } = arrays[encoded.array];
    const aligned = Uint8Array.from(bytes.subarray(encoded.offset, encoded.offset + encoded.length * size));
    return new arrays[encoded.array](aligned.buffer);
  };
  for (const { [LOOP]: isLoop, ...record } of records) {
    const parts = Object.fromEntries(Object.entries(record).map(([key, encoded]) => [key, value(encoded)]));
    objects.push(isLoop ? new Loop(parts as unknown as LoopParts) : parts);
  }
  return objects.at(-1) as unknown as Graph;
}
