/** Opcodes of the WebAssembly instructions that kernels use; `simd` ones follow the prefix 0xfd. */
const plain = {
  block: 0x02, loop: 0x03, end: 0x0b, br: 0x0c, brIf: 0x0d, localGet: 0x20, localSet: 0x21, localTee: 0x22,
  i32Load: 0x28, f32Load: 0x2a, f32Store: 0x38, i32Const: 0x41, i32GeU: 0x4f, i32Add: 0x6a, f32Add: 0x92,
} as const;
/** `memory.fill` follows the prefix 0xfc. */
const memoryFill = 0x0b;
const simd = {
  load: 0x00, load32Splat: 0x09, store: 0x0b, const: 0x0c, extractLane: 0x1f, storeLane: 0x5a,
  eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46,
  not: 0x4d, and: 0x4e, andNot: 0x4f, or: 0x50, bitselect: 0x52,
  ceil: 0x67, floor: 0x68, nearest: 0x6a,
  abs: 0xe0, neg: 0xe1, sqrt: 0xe3, add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pseudoMin: 0xea, pseudoMax: 0xeb,
  integerShiftLeft: 0xab, integerShiftRightSigned: 0xac, integerShiftRight: 0xad, integerAdd: 0xae, integerSub: 0xb1, toInteger: 0xf8, fromInteger: 0xfa,
} as const;

/**
 * Operators that take vectors and give one; the shifts take the number of bits as well. pseudoMin(a, b) is b < a ? b : a and pseudoMax(a, b) is
 * a < b ? b : a: one instruction where min and max, which treat NaN and -0 as IEEE 754 asks, take six.
 */
export type SimdOperator = Exclude<keyof typeof simd, 'load' | 'load32Splat' | 'store' | 'const' | 'extractLane' | 'storeLane'>;
export type ValueType = 'i32' | 'f32' | 'v128';

const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const emptyBlock = 0x40;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f;
    const last = (rest >> 7 === 0 && (low & 0x40) === 0) || (rest >> 7 === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const text = (value: string): number[] => [...unsigned(value.length), ...new TextEncoder().encode(value)];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

/**
 * Assembles one function of type (i32 * parameters) -> () over an imported memory `host.memory`, exported as `run`.
 * Locals are numbered from 0, parameters first.
 */
export class FunctionAssembler {
  private readonly code: number[] = [];
  /** Code that sets the locals of constants. */
  private readonly prologue: number[] = [];
  private readonly constants = new Map<string, number>();
  private readonly locals: ValueType[] = [];

  constructor(private readonly parameters: number) {}

  local(type: ValueType): number {
    this.locals.push(type);
    return this.parameters + this.locals.length - 1;
  }

  get(local: number): this {
    return this.emit(plain.localGet, ...unsigned(local));
  }

  set(local: number): this {
    return this.emit(plain.localSet, ...unsigned(local));
  }

  /** Keeps the value on the stack as well. */
  tee(local: number): this {
    return this.emit(plain.localTee, ...unsigned(local));
  }

  integer(value: number): this {
    return this.emit(plain.i32Const, ...signed(value));
  }

  addInteger(): this {
    return this.emit(plain.i32Add);
  }

  addFloat(): this {
    return this.emit(plain.f32Add);
  }

  /** address -> the i32 at address + offset */
  loadInteger(offset: number): this {
    return this.emit(plain.i32Load, 2, ...unsigned(offset));
  }

  /** address -> four floats at address + offset */
  loadFloats(offset = 0): this {
    return this.vectorOp(simd.load, 2, ...unsigned(offset));
  }

  /** address -> the float there, four times */
  loadSplat(): this {
    return this.vectorOp(simd.load32Splat, 2, 0);
  }

  /** address, four floats -> stored at address + offset */
  storeFloats(offset = 0): this {
    return this.vectorOp(simd.store, 2, ...unsigned(offset));
  }

  /** address, four floats -> one of them stored at address + offset */
  storeLane(lane: number, offset: number): this {
    return this.vectorOp(simd.storeLane, 2, ...unsigned(offset), lane);
  }

  /** four floats -> one of them */
  lane(index: number): this {
    return this.vectorOp(simd.extractLane, index);
  }

  /** address -> the float there */
  loadFloat(): this {
    return this.emit(plain.f32Load, 2, 0);
  }

  /** address, float -> */
  storeFloat(): this {
    return this.emit(plain.f32Store, 2, 0);
  }

  /** address, byte, length -> fills the memory there */
  fill(): this {
    return this.emit(0xfc, ...unsigned(memoryFill), 0x00);
  }

  /** A float, four times. */
  splat(value: number): this {
    return this.lanes(Float32Array.of(value, value, value, value));
  }

  /** An integer, four times. */
  splatInteger(value: number): this {
    return this.lanes(Int32Array.of(value, value, value, value));
  }

  /** A constant vector of 16 bytes. It is made once, before everything else: V8 would build it again at every use, in several instructions. */
  lanes(values: Float32Array | Int32Array): this {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, 16);
    const key = bytes.join();
    const known = this.constants.get(key);
    if (known !== undefined) return this.get(known);
    const local = this.local('v128');
    this.constants.set(key, local);
    this.prologue.push(0xfd, ...unsigned(simd.const), ...bytes, plain.localSet, ...unsigned(local));
    return this.get(local);
  }

  simd(operator: SimdOperator): this {
    return this.vectorOp(simd[operator]);
  }

  /** Repeats `body` while the local `index`, which the body advances, is below the local `limit` (unsigned). */
  whileBelow(index: number, limit: number, body: () => void): this {
    this.emit(plain.block, emptyBlock, plain.loop, emptyBlock);
    this.get(index).get(limit).emit(plain.i32GeU, plain.brIf, 1);
    body();
    return this.emit(plain.br, 0, plain.end, plain.end);
  }

  /** The bytes of the module. */
  assemble(): Uint8Array<ArrayBuffer> {
    const parameterTypes = vector(Array.from({ length: this.parameters }, () => [valueTypes.i32]));
    const localTypes = vector(this.locals.map((type) => [...unsigned(1), valueTypes[type]]));
    const body = [...localTypes, ...this.prologue, ...this.code, plain.end];
    return Uint8Array.from([
      0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
      ...section(1, vector([[0x60, ...parameterTypes, 0x00]])), // types: (i32...) -> ()
      ...section(2, vector([[...text('host'), ...text('memory'), 0x02, 0x00, 0x00]])), // imports: memory, no maximum
      ...section(3, vector([[0x00]])), // functions: one, of type 0
      ...section(7, vector([[...text('run'), 0x00, 0x00]])), // exports
      ...section(10, vector([[...unsigned(body.length), ...body]])),
    ]);
  }

  private vectorOp(opcode: number, ...immediates: number[]): this {
    return this.emit(0xfd, ...unsigned(opcode), ...immediates);
  }

  private emit(...bytes: number[]): this {
    this.code.push(...bytes);
    return this;
  }
}
