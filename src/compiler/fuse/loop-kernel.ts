import { sizeOf } from '../signature.js';
import type { Node } from '../graph/graph.js';
import { isImmediate } from './clusters.js';
import { emitInstruction } from './instructions.js';
import { loopAxes, type Loop, type LoopAxis } from './loop.js';
import { FunctionAssembler } from './wasm-assembler.js';

const lanes = 4;
const vectorBytes = 16;
/** Vectors of an innermost axis that are written out one after the other, so that sums along the next axis stay in registers. */
const mostUnrolled = 4;

/** Tensors that a loop reads and writes, in the order of its table of addresses. */
export const loopTensors = ({ operands, results, sums }: Loop): Node[] => [...operands, ...results, ...sums];

/** Loops with equal keys have the same code. */
export function loopKey(loop: Loop): string {
  const place = new Map<Node, string>();
  [...loop.operands, ...loop.nodes].forEach((node, i) => place.set(node, String(i)));
  const operand = (node: Node): string => place.get(node) ?? (isImmediate(node) && node.op === 'constant' ? `=${node.attributes.value[0]!}` : '?');
  return [
    JSON.stringify(loopAxes(loop)),
    ...loop.nodes.map((node) => `${node.op} ${JSON.stringify(node.attributes)} ${node.inputs.map(operand).join(' ')}`),
    loop.results.map(operand).join(' '),
    loop.sums.map((sum) => operand(sum.inputs[0]!)).join(' '),
  ].join('\n');
}

/** Writes the loop nest of one kernel. */
class LoopWriter {
  private readonly code = new FunctionAssembler(1);
  private readonly axes: readonly LoopAxis[];
  private readonly tensors: readonly Node[];
  private readonly firstResult: number;
  private readonly firstSum: number;
  /** One vector register for each sum, or one for each vector of an unrolled innermost axis. */
  private readonly accumulators: number[][] = [];
  private readonly unrolled: boolean;

  constructor(private readonly loop: Loop) {
    this.axes = loopAxes(loop);
    this.tensors = loopTensors(loop);
    this.firstResult = loop.operands.length;
    this.firstSum = this.firstResult + loop.results.length;
    const { length } = this.inner;
    this.unrolled = length % lanes === 0 && length / lanes <= mostUnrolled;
  }

  assemble(): Uint8Array<ArrayBuffer> {
    const addresses = this.tensors.map((_, i) => {
      const local = this.code.local('i32');
      this.code.get(0).loadInteger(4 * i).set(local);
      return local;
    });
    this.loop.sums.forEach((sum, i) => this.code.get(addresses[this.firstSum + i]!).integer(0).integer(4 * sizeOf(sum.shape)).fill());
    this.nest(0, addresses);
    return this.code.assemble();
  }

  private get inner(): LoopAxis {
    return this.axes.at(-1)!;
  }

  private strideOf(sum: number, depth: number): number {
    return this.axes[depth]?.strides[this.firstSum + sum] ?? 1;
  }

  /**
   * The axis that a sum is kept in registers along: the innermost one, or the one around it where that is unrolled. Nothing where the sum does not
   * run along it: then it is added to in memory.
   */
  private heldAlong(sum: number): number | undefined {
    const last = this.axes.length - 1;
    if (this.unrolled && last > 0 && this.strideOf(sum, last - 1) === 0) return last - 1;
    return this.strideOf(sum, last) === 0 ? last : undefined;
  }

  private nest(depth: number, bases: readonly number[]): void {
    const held = this.loop.sums.flatMap((_, sum) => (this.heldAlong(sum) === depth ? [sum] : []));
    for (const sum of held) this.clearSum(sum);
    if (depth === this.axes.length - 1) this.innermost(bases);
    else this.repeat(this.axes[depth]!, bases, (pointers) => this.nest(depth + 1, pointers));
    for (const sum of held) this.addSum(sum, bases[this.firstSum + sum]!);
  }

  /** Walks along an axis with pointers of its own; @returns them, standing behind its end. */
  private repeat(axis: LoopAxis, bases: readonly number[], body: (pointers: readonly number[]) => void): readonly number[] {
    const { code } = this;
    const pointers = bases.map((base, i) => {
      if (axis.strides[i] === 0) return base;
      const pointer = code.local('i32');
      code.get(base).set(pointer);
      return pointer;
    });
    const [done, limit] = [code.local('i32'), code.local('i32')];
    code.integer(0).set(done).integer(axis.length).set(limit);
    code.whileBelow(done, limit, () => {
      body(pointers);
      pointers.forEach((pointer, i) => {
        if (axis.strides[i] !== 0) code.get(pointer).integer(4 * axis.strides[i]!).addInteger().set(pointer);
      });
      code.get(done).integer(1).addInteger().set(done);
    });
    return pointers;
  }

  private innermost(bases: readonly number[]): void {
    const { length, strides } = this.inner;
    const [vectors, rest] = [Math.floor(length / lanes), length % lanes];
    if (this.unrolled) {
      for (let i = 0; i < vectors; i++) this.body(bases, i, lanes);
      return;
    }
    if (vectors > 0) {
      const axis = { length: vectors, strides: strides.map((stride) => stride * lanes) };
      const behind = this.repeat(axis, bases, (pointers) => this.body(pointers, 0, lanes));
      if (rest > 0) this.body(behind, 0, rest);
    } else this.body(bases, 0, rest);
  }

  /** Four elements (or the last `count`) at vector `index` from the pointers. */
  private body(pointers: readonly number[], index: number, count: number): void {
    const { code, loop } = this;
    const offset = vectorBytes * index;
    const values = new Map<Node, number>();
    const keep = (node: Node): void => {
      const local = code.local('v128');
      code.set(local);
      values.set(node, local);
    };
    loop.operands.forEach((node, i) => {
      code.get(pointers[i]!);
      if (this.inner.strides[i] === 0) code.loadSplat();
      else code.loadFloats(offset);
      keep(node);
    });
    const push = (node: Node): void => {
      const local = values.get(node);
      if (local !== undefined) code.get(local);
      else if (node.op === 'constant') code.splat(node.attributes.value[0]!);
      else throw new Error(`internal: '${node.op}' is neither read nor computed by its loop`);
    };
    for (const node of loop.nodes) {
      emitInstruction(code, node, (i) => push(node.inputs[i]!));
      keep(node);
    }
    loop.results.forEach((node, i) => this.store(pointers[this.firstResult + i]!, offset, count, () => push(node)));
    loop.sums.forEach((sum, i) => this.accumulate(i, pointers[this.firstSum + i]!, index, count, () => push(sum.inputs[0]!)));
  }

  private store(pointer: number, offset: number, count: number, push: () => void): void {
    const { code } = this;
    if (count === lanes) {
      code.get(pointer);
      push();
      code.storeFloats(offset);
      return;
    }
    for (let lane = 0; lane < count; lane++) {
      code.get(pointer);
      push();
      code.storeLane(lane, offset + 4 * lane);
    }
  }

  private accumulate(sum: number, pointer: number, index: number, count: number, push: () => void): void {
    const { code } = this;
    const used = (): void => { // lanes past the end count as 0
      push();
      if (count < lanes) code.lanes(Int32Array.from({ length: lanes }, (_, lane) => (lane < count ? -1 : 0))).simd('and');
    };
    if (this.heldAlong(sum) === undefined) {
      this.store(pointer, vectorBytes * index, count, () => {
        code.get(pointer).loadFloats(vectorBytes * index);
        push();
        code.simd('add');
      });
      return;
    }
    const register = this.accumulators[sum]![this.strideOf(sum, this.axes.length - 1) === 0 ? 0 : index]!;
    code.get(register);
    used();
    code.simd('add').set(register);
  }

  private clearSum(sum: number): void {
    const acrossLanes = this.strideOf(sum, this.axes.length - 1) === 0;
    const count = acrossLanes || !this.unrolled ? 1 : this.inner.length / lanes;
    this.accumulators[sum] = Array.from({ length: count }, () => {
      const register = this.code.local('v128');
      this.code.splat(0).set(register);
      return register;
    });
  }

  /** Adds the registers to the sum in memory: lanes side by side, or all four to one number. */
  private addSum(sum: number, base: number): void {
    const { code } = this;
    const acrossLanes = this.strideOf(sum, this.axes.length - 1) === 0;
    this.accumulators[sum]!.forEach((register, i) => {
      if (acrossLanes) {
        code.get(base).get(base).loadFloat();
        code.get(register).lane(0).get(register).lane(1).addFloat();
        code.get(register).lane(2).get(register).lane(3).addFloat().addFloat();
        code.addFloat().storeFloat();
      } else {
        code.get(base).get(base).loadFloats(vectorBytes * i).get(register).simd('add').storeFloats(vectorBytes * i);
      }
    });
  }
}

/**
 * Compiles a loop into a WebAssembly module whose function takes the address of a table of addresses: operands, results, sums. Tensors are padded
 * by their owner, so that whole vectors can be read at their ends. Sums are exact to the rounding of partial sums of at most 4,096 terms
 * each where the lengths allow it.
 */
export const assembleLoop = (loop: Loop): Uint8Array<ArrayBuffer> => new LoopWriter(loop).assemble();
