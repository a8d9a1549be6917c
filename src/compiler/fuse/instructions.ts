import type { Node, NodeOf } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import { exp, expm1, log, log1p, sigmoid, softplus, tanh, type LanesFunction } from './transcendental.js';
import { float, VectorCode } from './vector-code.js';
import type { FunctionAssembler, SimdOperator } from './wasm-assembler.js';

/**
 * Emits one elementwise primitive on four lanes. `operand(i)` pushes operand i. Floats are float32 lanes, bools are
 * masks (all ones or all zeros). Each operator rounds as the float32 operator of the unfused graph does.
 */
type Instruction<P extends Primitive> = (code: FunctionAssembler, operand: (index: number) => void, node: NodeOf<P>) => void;

const operator = (name: SimdOperator): Instruction<Primitive> => (code, operand, { inputs }) => {
  inputs.forEach((_, i) => operand(i));
  code.simd(name);
};

/** a where mask, else b: pushes a, b, mask and selects bitwise. */
const choose = (code: FunctionAssembler, a: () => void, b: () => void, mask: () => void): void => {
  a();
  b();
  mask();
  code.simd('bitselect');
};

const positive = (code: FunctionAssembler, operand: (index: number) => void) => (): void => {
  operand(0);
  code.splat(0).simd('gt');
};

const transcendental = (f: LanesFunction): Instruction<Primitive> => (code, operand) => {
  const v = new VectorCode(code);
  v.push(f(v, v.keep(() => operand(0))));
};

type Fusable =
  | 'exp' | 'log' | 'tanh' | 'sigmoid' | 'expm1' | 'log1p' | 'softplus' | 'elu'
  | 'neg' | 'abs' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'square' | 'floor' | 'ceil' | 'round' | 'relu' | 'leakyRelu' | 'step' | 'clip' | 'cast'
  | 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'equal' | 'notEqual' | 'less' | 'lessEqual' | 'greater' | 'greaterEqual'
  | 'not' | 'and' | 'or' | 'select';

const instructions: { readonly [P in Fusable]: Instruction<P> } = {
  exp: transcendental(exp), log: transcendental(log), tanh: transcendental(tanh), sigmoid: transcendental(sigmoid),
  expm1: transcendental(expm1), log1p: transcendental(log1p), softplus: transcendental(softplus),
  elu: (code, operand, { attributes }) => {
    const v = new VectorCode(code);
    const x = v.keep(() => operand(0));
    v.push(v.select(v.op('gt', x, float(0)), x, v.op('mul', expm1(v, x), float(attributes.alpha))));
  },
  neg: operator('neg'),
  abs: operator('abs'),
  sqrt: operator('sqrt'),
  floor: operator('floor'),
  ceil: operator('ceil'),
  round: operator('nearest'), // halves to even
  add: operator('add'),
  sub: operator('sub'),
  mul: operator('mul'),
  div: operator('div'),
  maximum: operator('max'),
  minimum: operator('min'),
  equal: operator('eq'),
  notEqual: operator('ne'),
  less: operator('lt'),
  lessEqual: operator('le'),
  greater: operator('gt'),
  greaterEqual: operator('ge'),
  not: operator('not'),
  and: operator('and'),
  or: operator('or'),
  square: (code, operand) => {
    operand(0);
    operand(0);
    code.simd('mul');
  },
  reciprocal: (code, operand) => {
    code.splat(1);
    operand(0);
    code.simd('div');
  },
  rsqrt: (code, operand) => {
    code.splat(1);
    operand(0);
    code.simd('sqrt').simd('div');
  },
  relu: (code, operand) => {
    operand(0);
    code.splat(0).simd('pseudoMax');
  },
  clip: (code, operand, { attributes }) => {
    operand(0);
    code.splat(attributes.min).simd('pseudoMax').splat(attributes.max).simd('pseudoMin');
  },
  leakyRelu: (code, operand, { attributes }) => {
    const scaled = (): void => {
      operand(0);
      code.splat(attributes.alpha).simd('mul');
    };
    choose(code, () => operand(0), scaled, positive(code, operand));
  },
  step: (code, operand, { attributes }) => {
    choose(code, () => code.splat(1), () => code.splat(attributes.alpha), positive(code, operand));
  },
  select: (code, operand) => {
    choose(code, () => operand(1), () => operand(2), () => operand(0));
  },
  /** mask -> 1 or 0; float -> mask of x != 0 */
  cast: (code, operand, { attributes }) => {
    operand(0);
    if (attributes.to === 'float32') code.splat(1).simd('and');
    else code.splat(0).simd('ne');
  },
};

const isFusableName = (op: Primitive): op is Fusable => op in instructions;
const comparisons: ReadonlySet<Primitive> = new Set<Primitive>(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual']);

/** Whether a kernel can compute this node: float32 or bool results, no int32, comparisons of floats only. */
export function isFusable(node: Node): boolean {
  if (!isFusableName(node.op) || node.dtype === 'int32' || node.inputs.some(({ dtype }) => dtype === 'int32')) return false;
  if (comparisons.has(node.op)) return node.inputs.every(({ dtype }) => dtype === 'float32');
  if (node.op === 'cast') return node.inputs[0]!.dtype !== node.dtype;
  return true;
}

export function emitInstruction(code: FunctionAssembler, node: Node, operand: (index: number) => void): void {
  if (!isFusableName(node.op)) throw new Error(`internal: '${node.op}' cannot be fused`);
  (instructions[node.op] as Instruction<Primitive>)(code, operand, node);
}
