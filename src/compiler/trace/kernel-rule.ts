import type * as tf from '@tensorflow/tfjs-core';
import { node, scalar } from '../graph/build.js';
import { broadcastShapes, sameShape } from '../graph/dimensions.js';
import type { Node } from '../graph/graph.js';
import type { PrimitiveAttributes } from '../graph/primitives.js';
import type { Operation } from '../graph/rules/rule.js';
import type { DType, Shape } from '../tensors.js';

/** One call of a TensorFlow.js kernel: its operands as nodes, its attributes, and builders that note the call site. */
export class KernelCall {
  constructor(
    readonly kernel: string,
    private readonly operands: Readonly<Record<string, Node | undefined>>,
    readonly attributes: tf.NamedAttrMap,
    private readonly site: string,
  ) {}

  /** A named operand. */
  operand(name: string): Node {
    const found = this.operands[name];
    if (found === undefined) throw new Error(`internal: kernel ${this.kernel} was called without '${name}'`);
    return found;
  }

  optional(name: string): Node | undefined {
    return this.operands[name];
  }

  /** All operands in order, of kernels that take a list. */
  list(): Node[] {
    return Object.values(this.operands).filter((operand) => operand !== undefined);
  }

  /** The numbers of an operand that is part of the program; operands that are computed are refused. */
  knownValues(name: string): number[] {
    const { shape, op, inputs, attributes } = this.operand(name);
    if (op === 'constant') return Array.from((attributes).value);
    const [filled] = inputs;
    if (op !== 'broadcastTo' || filled?.op !== 'constant') return this.refuse(`'${name}' is computed; it must be known when the program is traced`);
    return Array<number>(shape[0]!).fill(filled.attributes.value[0]!);
  }

  emit<P extends Operation>(op: P, inputs: readonly Node[], attributes: PrimitiveAttributes[P]): Node {
    return node(op, inputs, attributes, this.site) as Node;
  }

  scalar(value: number, dtype: DType = 'float32'): Node {
    return scalar(value, dtype, this.site);
  }

  cast(x: Node, to: DType): Node {
    return x.dtype === to ? x : this.emit('cast', [x], { to });
  }

  float(name: string): Node {
    return this.cast(this.operand(name), 'float32');
  }

  /** A named operand that can be counted with: bool becomes int32. */
  number(name: string): Node {
    const x = this.operand(name);
    return x.dtype === 'bool' ? this.cast(x, 'int32') : x;
  }

  reshape(x: Node, shape: Shape): Node {
    return sameShape(x.shape, shape) ? x : this.emit('reshape', [x], { shape });
  }

  transpose(x: Node, permutation: readonly number[]): Node {
    return permutation.every((axis, i) => axis === i) ? x : this.emit('transpose', [x], { permutation });
  }

  /** Two operands of one dtype: the wider of both, at least `least`. */
  matched(a: Node, b: Node, least: DType = 'bool'): [Node, Node] {
    const order: readonly DType[] = ['bool', 'int32', 'float32'];
    const widest = order[Math.max(...[a.dtype, b.dtype, least].map((dtype) => order.indexOf(dtype)))]!;
    return [this.cast(a, widest), this.cast(b, widest)];
  }

  /** 0, 1, ... count - 1 as int32; counted at run time, since the count may depend on the batch size. */
  counted(count: number): Node {
    const ones = this.emit('broadcastTo', [this.scalar(1, 'int32')], { shape: [count] });
    return this.emit('cumsum', [ones], { axis: 0, exclusive: true, reverse: false });
  }

  /** `x` broadcast against `other`. */
  broadcastLike(x: Node, other: Node): Node {
    const shape = broadcastShapes(x.shape, other.shape);
    return sameShape(x.shape, shape) ? x : this.emit('broadcastTo', [x], { shape });
  }

  /** For what the primitives cannot say; becomes kernel-unsupported with program and call site. */
  refuse(reason: string): never {
    throw new Unsupported(reason);
  }
}

export class Unsupported extends Error {}

/** What a kernel records: one node per result. */
export type KernelRule = (call: KernelCall) => Node | Node[];

export type KernelRules = Readonly<Record<string, KernelRule>>;

/** Non-negative axes from what TensorFlow.js passes; nothing means all. */
export function axesOf(axis: unknown, rank: number): number[] {
  const given = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return (given as number[]).map((each) => (each < 0 ? each + rank : each)).sort((a, b) => a - b);
}
