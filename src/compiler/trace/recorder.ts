import * as tf from '@tensorflow/tfjs-core';
import { dataDependentRead } from '../../errors/compiler.errors.js';
import { arrayOf, constant, filled, inputLeaf, type ConstantValue } from '../graph/build.js';
import type { Node, NodeOf } from '../graph/graph.js';
import { sizeOf } from '../signature.js';
import type { DType } from '../tensors.js';
import { callSite } from './call-site.js';

export const TRACE_BACKEND = 'rampart-trace';

interface Entry { readonly node: Node; references: number }

/** The body of a loop while it is recorded: what was made inside, and leaves for the tensors it reads from outside. */
interface BodyFrame {
  readonly own: WeakSet<tf.DataId>;
  readonly captured: Map<tf.Tensor, NodeOf<'input'>>;
}

const isTensor = (info: tf.TensorInfo): info is tf.Tensor => info instanceof tf.Tensor;

const isDType = (dtype: string): dtype is DType => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

/** The values as a constant node: one broadcast scalar where all are the same. */
export function constantNode(values: ArrayLike<number | boolean>, shape: readonly number[], dtype: DType): Node {
  const value: ConstantValue = arrayOf(dtype).from(values as ArrayLike<number>);
  const [first] = value;
  const uniform = value.length > 1 && value.every((each) => Object.is(each, first));
  return uniform ? filled(first!, [...shape], dtype) : constant(value, [...shape], dtype);
}

/**
 * A TensorFlow.js backend that holds graph nodes where other backends hold values. Tensors of other backends (captured
 * by the program) become constants; they are read, never moved here.
 */
export class Recorder extends tf.KernelBackend {
  private entries = new Map<tf.DataId, Entry>();
  private foreign = new WeakMap<tf.DataId, Node>();
  private readonly programs: string[] = [];
  private readonly bodies: BodyFrame[] = [];
  private handles = 0;

  /** Name of the program being traced. */
  get program(): string {
    return this.programs.at(-1) ?? 'unknown program';
  }

  /** Runs `body` while tracing a program; traces may nest. */
  during<T>(program: string, body: () => T): T {
    this.programs.push(program);
    try {
      return body();
    } finally {
      this.programs.pop();
    }
  }

  /** How many values were recorded so far. */
  get recorded(): number {
    return this.handles;
  }

  /**
   * Records the body of a loop: a tensor made outside that it reads is a leaf inside, whatever it is outside.
   * @returns the result, and the tensors read from outside with their leaves, in the order of their first use
   */
  inBody<T>(body: () => T): { result: T; captured: ReadonlyMap<tf.Tensor, NodeOf<'input'>> } {
    const frame: BodyFrame = { own: new WeakSet(), captured: new Map() };
    this.bodies.push(frame);
    try {
      return { result: body(), captured: frame.captured };
    } finally {
      this.bodies.pop();
    }
  }

  /** The node behind a tensor. */
  nodeOf(info: tf.TensorInfo): Node {
    const frame = this.bodies.at(-1);
    return frame === undefined || frame.own.has(info.dataId) ? this.recordedNode(info) : this.leafFor(info, frame);
  }

  private leafFor(info: tf.TensorInfo, { captured }: BodyFrame): Node {
    if (!isTensor(info)) throw new Error('internal: the body of a loop reads a tensor that TensorFlow.js does not track');
    const known = captured.get(info) ?? inputLeaf(`w${captured.size}`, { dtype: info.dtype as DType, shape: info.shape });
    captured.set(info, known);
    return known;
  }

  private recordedNode({ dataId, shape, dtype }: tf.TensorInfo): Node {
    const known = this.entries.get(dataId)?.node ?? this.foreign.get(dataId);
    if (known !== undefined) return known;
    const captured = constantNode(tf.engine().readSync(dataId) as ArrayLike<number>, shape, dtype as DType);
    this.foreign.set(dataId, captured);
    return captured;
  }

  /** A tensor that stands for a node. */
  tensor(node: Node): tf.Tensor {
    return tf.engine().makeTensorFromDataId(this.handle(node).dataId, [...node.shape], node.dtype);
  }

  /** A new TensorFlow.js handle for a node. */
  handle(node: Node): tf.TensorInfo {
    const dataId = {};
    this.entries.set(dataId, { node, references: 1 });
    this.bodies.at(-1)?.own.add(dataId);
    this.handles += 1;
    return { dataId, shape: [...node.shape], dtype: node.dtype };
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    if (!isDType(dtype)) throw new Error(`programs have float32, int32 and bool tensors, not ${dtype}`);
    const given = values ?? new Float32Array(sizeOf(shape));
    return this.handle(constantNode(given as Float32Array, shape, dtype)).dataId;
  }

  override readSync(): never {
    throw dataDependentRead(this.program, callSite());
  }

  override read(): Promise<never> {
    return Promise.reject(dataDependentRead(this.program, callSite()));
  }

  override numDataIds(): number {
    return this.entries.size;
  }

  override refCount(dataId: tf.DataId): number {
    return this.entries.get(dataId)?.references ?? 0;
  }

  override incRef(dataId: tf.DataId): void {
    const entry = this.entries.get(dataId);
    if (entry !== undefined) entry.references += 1;
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const entry = this.entries.get(dataId);
    if (entry === undefined) return true;
    entry.references -= 1;
    if (entry.references > 0 && !force) return false;
    this.entries.delete(dataId);
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7; // as eager cpu has it, so that programs using it trace alike
  }

  override dispose(): void {
    this.entries = new Map();
    this.foreign = new WeakMap();
  }
}
