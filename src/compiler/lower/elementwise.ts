import type { NodeOf } from '../graph/graph.js';
import type { Primitive } from '../graph/primitives.js';
import type { DType } from '../tensors.js';
import { onnxTypes, type OnnxAttributes, type OnnxType } from './onnx-proto.js';
import type { OnnxBuilder } from './onnx-builder.js';
import type { LoweringRule, LoweringRules } from './rule.js';

export const castTo = (onnx: OnnxBuilder, value: string, to: OnnxType): string => onnx.op('Cast', [value], { to: { i: onnxTypes[to] } });

/** Runs `compute` on float32 copies of int32 or bool operands: for operators that ONNX has for floats only. */
function onFloats(node: NodeOf<Primitive>, inputs: readonly string[], onnx: OnnxBuilder, compute: (floats: readonly string[]) => string): string {
  const floats = inputs.map((value, i) => (node.inputs[i]!.dtype === 'float32' ? value : castTo(onnx, value, 'float32')));
  const result = compute(floats);
  return node.dtype === 'float32' || node.dtype === 'bool' ? result : castTo(onnx, result, node.dtype);
}

/** One ONNX operator that exists for every dtype the primitive is used with. */
const direct = <P extends Primitive>(opType: string, attributes: OnnxAttributes = {}): LoweringRule<P> => (_node, inputs, onnx) => onnx.op(opType, inputs, attributes);

/** One ONNX operator that exists for floats only. */
const floatOnly = <P extends Primitive>(opType: string): LoweringRule<P> => (node, inputs, onnx) => onFloats(node, inputs, onnx, (floats) => onnx.op(opType, floats));

/** Rounding to integers: the identity on int32. */
const rounding = <P extends Primitive>(opType: string): LoweringRule<P> => ({ dtype }, inputs, onnx) => (dtype === 'int32' ? inputs[0]! : onnx.op(opType, inputs));

const arithmetic = (dtype: DType): boolean => dtype !== 'bool';

/** Comparisons and arithmetic on bool operands go through int32. */
const onNumbers = <P extends Primitive>(opType: string): LoweringRule<P> => (node, inputs, onnx) => {
  const numbers = inputs.map((value, i) => (arithmetic(node.inputs[i]!.dtype) ? value : castTo(onnx, value, 'int32')));
  const result = onnx.op(opType, numbers);
  const comparison = node.dtype === 'bool' && !['Max', 'Min', 'Mul', 'Add', 'Sub'].includes(opType);
  return node.dtype !== 'bool' || comparison ? result : castTo(onnx, result, 'bool');
};

/** expm1(x) = 2t / (1 - t) with t = tanh(x / 2): exact near 0, where exp(x) - 1 cancels. */
const expm1: LoweringRule<'expm1'> = (_node, [x], onnx) => {
  const one = onnx.scalar('float32', 1);
  const t = onnx.op('Tanh', [onnx.op('Mul', [x!, onnx.scalar('float32', 0.5)])]);
  const near = onnx.op('Div', [onnx.op('Add', [t, t]), onnx.op('Sub', [one, t])]);
  const far = onnx.op('Sub', [onnx.op('Exp', [x!]), one]);
  const small = onnx.op('Less', [onnx.op('Abs', [x!]), onnx.scalar('float32', 0.5)]);
  return onnx.op('Where', [small, near, far]);
};

/** log1p(x) = x log(u) / (u - 1) with u = 1 + x (Kahan); x itself where u rounds to 1, log(u) where x > 1. */
const log1p: LoweringRule<'log1p'> = (_node, [x], onnx) => {
  const one = onnx.scalar('float32', 1);
  const u = onnx.op('Add', [x!, one]);
  const log = onnx.op('Log', [u]);
  const corrected = onnx.op('Div', [onnx.op('Mul', [x!, log]), onnx.op('Sub', [u, one])]);
  const near = onnx.op('Where', [onnx.op('Equal', [u, one]), x!, corrected]);
  return onnx.op('Where', [onnx.op('Greater', [x!, one]), log, near]);
};

/** Largest float32: times any normal float above 0 it is 1 or more. */
const largest = 3.4028234663852886e38;

/**
 * 1 where x > 0, alpha elsewhere. clip(largest x, 0, 1) is that for every x but subnormal ones, in one operator and a quarter of the time of a
 * comparison and a cast; `Where` takes ten times as long.
 */
const step: LoweringRule<'step'> = ({ attributes, inputs: [operand], dtype }, [x], onnx) => {
  if (attributes.alpha === 0 && dtype === 'float32') return onnx.op('HardSigmoid', [x!], { alpha: { f: largest }, beta: { f: 0 } });
  const positive = onnx.op('Greater', [x!, onnx.scalar(operand!.dtype, 0)]);
  return onnx.op('Where', [positive, onnx.scalar(dtype, 1), onnx.scalar(dtype, attributes.alpha)]);
};

const clip: LoweringRule<'clip'> = ({ attributes, dtype }, [x], onnx) => onnx.op('Clip', [x!, onnx.scalar(dtype, attributes.min), onnx.scalar(dtype, attributes.max)]);

/**
 * The int32 divisors that ONNX Runtime may divide by: 0 makes it throw, and -2^31 / -1 kills the process. 1 stands for 0 and
 * -1; `factor` makes the quotient by 1 the one by -1, and 0 where the divisor is 0.
 */
function safeDivisor(b: string, onnx: OnnxBuilder): { divisor: string; factor: string } {
  const one = onnx.scalar('int32', 1);
  const unsafe = onnx.op('Or', [onnx.op('Equal', [b, onnx.scalar('int32', 0)]), onnx.op('Equal', [b, onnx.scalar('int32', -1)])]);
  return { divisor: onnx.op('Where', [unsafe, one, b]), factor: onnx.op('Where', [unsafe, b, one]) };
}

/** a mod b with the sign of b: a - floor(a / b) b for floats; 0 for the int32 divisor 0, as eager. */
const mod: LoweringRule<'mod'> = ({ dtype }, [a, b], onnx) => {
  if (dtype === 'int32') return onnx.op('Mod', [a!, safeDivisor(b!, onnx).divisor]);
  return onnx.op('Sub', [a!, onnx.op('Mul', [onnx.op('Floor', [onnx.op('Div', [a!, b!])]), b!])]);
};

/** floor(a / b); on int32 exactly, as (a - a mod b) / b, and 0 for the divisor 0, as eager. */
const floorDiv: LoweringRule<'floorDiv'> = ({ dtype }, [a, b], onnx) => {
  if (dtype === 'int32') {
    const { divisor, factor } = safeDivisor(b!, onnx);
    const multiple = onnx.op('Sub', [a!, onnx.op('Mod', [a!, divisor])]);
    return onnx.op('Mul', [onnx.op('Div', [multiple, divisor]), factor]);
  }
  return onnx.op('Floor', [onnx.op('Div', [a!, b!])]);
};

/** `Where` has no bool branches: (c and a) or (not c and b). */
const select: LoweringRule<'select'> = ({ dtype }, [condition, a, b], onnx) => {
  if (dtype !== 'bool') return onnx.op('Where', [condition!, a!, b!]);
  return onnx.op('Or', [onnx.op('And', [condition!, a!]), onnx.op('And', [onnx.op('Not', [condition!]), b!])]);
};

const cast: LoweringRule<'cast'> = ({ attributes, inputs: [operand] }, [x], onnx) => (operand!.dtype === attributes.to ? x! : castTo(onnx, x!, attributes.to));

type Unary =
  | 'neg' | 'abs' | 'sign' | 'exp' | 'expm1' | 'log' | 'log1p' | 'sqrt' | 'rsqrt' | 'reciprocal' | 'square' | 'floor' | 'ceil' | 'round'
  | 'sigmoid' | 'tanh' | 'relu' | 'softplus' | 'erf' | 'sin' | 'cos' | 'not' | 'isNaN' | 'leakyRelu' | 'elu' | 'clip' | 'step' | 'cast'
  | 'asin' | 'acos' | 'atan' | 'asinh' | 'acosh' | 'atanh';
type Binary =
  | 'add' | 'sub' | 'mul' | 'div' | 'pow' | 'maximum' | 'minimum' | 'mod' | 'floorDiv' | 'equal' | 'notEqual' | 'less' | 'lessEqual'
  | 'greater' | 'greaterEqual' | 'and' | 'or' | 'bitwiseAnd' | 'select';

const unaryRules: LoweringRules<Unary> = {
  neg: direct('Neg'),
  abs: direct('Abs'),
  sign: direct('Sign'),
  exp: floatOnly('Exp'),
  expm1,
  log: floatOnly('Log'),
  log1p,
  sqrt: floatOnly('Sqrt'),
  rsqrt: (node, inputs, onnx) => onFloats(node, inputs, onnx, (floats) => onnx.op('Reciprocal', [onnx.op('Sqrt', floats)])),
  reciprocal: floatOnly('Reciprocal'),
  square: (_node, [x], onnx) => onnx.op('Mul', [x!, x!]),
  floor: rounding('Floor'),
  ceil: rounding('Ceil'),
  round: rounding('Round'), // both round halves to even
  sigmoid: floatOnly('Sigmoid'),
  tanh: floatOnly('Tanh'),
  relu: direct('Relu'),
  softplus: floatOnly('Softplus'),
  erf: floatOnly('Erf'),
  sin: floatOnly('Sin'),
  cos: floatOnly('Cos'),
  asin: floatOnly('Asin'),
  acos: floatOnly('Acos'),
  atan: floatOnly('Atan'),
  asinh: floatOnly('Asinh'),
  acosh: floatOnly('Acosh'),
  atanh: floatOnly('Atanh'),
  not: direct('Not'),
  isNaN: floatOnly('IsNaN'),
  leakyRelu: ({ attributes }, inputs, onnx) => onnx.op('LeakyRelu', inputs, { alpha: { f: attributes.alpha } }),
  elu: ({ attributes }, inputs, onnx) => onnx.op('Elu', inputs, { alpha: { f: attributes.alpha } }),
  clip,
  step,
  cast,
};

const binaryRules: LoweringRules<Binary> = {
  add: onNumbers('Add'),
  sub: onNumbers('Sub'),
  mul: onNumbers('Mul'),
  div: direct('Div'),
  pow: direct('Pow'),
  maximum: onNumbers('Max'),
  minimum: onNumbers('Min'),
  mod,
  floorDiv,
  equal: direct('Equal'),
  notEqual: (_node, inputs, onnx) => onnx.op('Not', [onnx.op('Equal', inputs)]),
  less: onNumbers('Less'),
  lessEqual: onNumbers('LessOrEqual'),
  greater: onNumbers('Greater'),
  greaterEqual: onNumbers('GreaterOrEqual'),
  and: direct('And'),
  or: direct('Or'),
  bitwiseAnd: direct('BitwiseAnd'),
  select,
};

export const elementwiseRules: LoweringRules<Unary | Binary> = { ...unaryRules, ...binaryRules };
