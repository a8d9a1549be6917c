import { sizeOf } from '../../signature.js';
import type { Node } from '../../graph/graph.js';
import type { None, Primitive, PrimitiveAttributes } from '../../graph/primitives.js';
import type { Operation } from '../../graph/rules/rule.js';
import type { DType } from '../../tensors.js';
import type { KernelCall, KernelRule, KernelRules } from '../kernel-rule.js';

/** Primitives without attributes. */
type Plain = { [P in Operation]: PrimitiveAttributes[P] extends None ? (None extends PrimitiveAttributes[P] ? P : never) : never }[Operation & Primitive];

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const emit = (call: KernelCall, op: Plain, ...inputs: Node[]): Node => call.emit(op, inputs, {});

/** Float operations of `x`; integers are cast first, as the eager kernels do. */
const float = (op: Plain): KernelRule => (call) => emit(call, op, call.float('x'));

/** Operations that keep integers; bool counts as int32. */
const number = (op: Plain): KernelRule => (call) => emit(call, op, call.number('x'));

/** Rounding leaves integers alone. */
const rounding = (op: Plain): KernelRule => (call) => {
  const x = call.operand('x');
  return x.dtype === 'float32' ? emit(call, op, x) : x;
};

const binary = (op: Plain, least: DType = 'int32'): KernelRule => (call) =>
  emit(call, op, ...call.matched(call.operand('a'), call.operand('b'), least));

const logical = (op: Plain): KernelRule => (call) => emit(call, op, call.cast(call.operand('a'), 'bool'), call.cast(call.operand('b'), 'bool'));

const div: KernelRule = (call) => {
  const [a, b] = call.matched(call.operand('a'), call.operand('b'), 'int32');
  if (a.dtype === 'float32') return emit(call, 'div', a, b);
  return call.cast(emit(call, 'div', call.cast(a, 'float32'), call.cast(b, 'float32')), 'int32');
};

/** Condition of a select: of the same rank, or one value per leading row. */
const select: KernelRule = (call) => {
  const condition = call.cast(call.operand('condition'), 'bool');
  const [t, e] = call.matched(call.operand('t'), call.operand('e'));
  const aligned = condition.shape.length === 0 || condition.shape.length === t.shape.length
    ? condition
    : call.reshape(condition, [...condition.shape, ...Array<number>(t.shape.length - condition.shape.length).fill(1)]);
  return emit(call, 'select', aligned, t, e);
};

const prelu: KernelRule = (call) => {
  const x = call.float('x');
  return emit(call, 'select', emit(call, 'greater', x, call.scalar(0)), x, emit(call, 'mul', x, call.float('alpha')));
};

const cast: KernelRule = (call) => {
  const to = call.attributes.dtype as DType;
  if (!['float32', 'int32', 'bool'].includes(to)) call.refuse(`there is no dtype ${to} in programs`);
  return call.cast(call.operand('x'), to);
};

const tan: KernelRule = (call) => emit(call, 'div', emit(call, 'sin', call.float('x')), emit(call, 'cos', call.float('x')));

/** (exp x + sign exp -x) / 2 */
const hyperbolic = (op: 'add' | 'sub'): KernelRule => (call) => {
  const x = call.float('x');
  return emit(call, 'mul', emit(call, op, emit(call, 'exp', x), emit(call, 'exp', emit(call, 'neg', x))), call.scalar(0.5));
};

const filledLike = (value: number): KernelRule => (call) => {
  const { shape, dtype } = call.operand('x');
  const single = call.scalar(value, dtype);
  return shape.length === 0 ? single : call.emit('broadcastTo', [single], { shape });
};

const fill: KernelRule = (call) => {
  const { shape, value, dtype } = call.attributes;
  const single = call.scalar(value as number, (dtype ?? 'float32') as DType);
  return sizeOf(shape as number[]) === 1 && (shape as number[]).length === 0 ? single : call.emit('broadcastTo', [single], { shape: shape as number[] });
};

const infinite = (call: KernelCall): Node => emit(call, 'equal', emit(call, 'abs', call.float('x')), call.scalar(Infinity));

export const elementwiseKernels: KernelRules = {
  Neg: number('neg'), Abs: number('abs'), Sign: number('sign'), Square: number('square'), Relu: number('relu'),
  Exp: float('exp'), Expm1: float('expm1'), Log: float('log'), Log1p: float('log1p'), Sqrt: float('sqrt'), Rsqrt: float('rsqrt'),
  Reciprocal: float('reciprocal'), Sigmoid: float('sigmoid'), Tanh: float('tanh'), Softplus: float('softplus'), Erf: float('erf'),
  Asin: float('asin'), Acos: float('acos'), Atan: float('atan'), Asinh: float('asinh'), Acosh: float('acosh'), Atanh: float('atanh'),
  Sin: float('sin'), Cos: float('cos'), Tan: tan, Sinh: hyperbolic('sub'), Cosh: hyperbolic('add'),
  Floor: rounding('floor'), Ceil: rounding('ceil'), Round: rounding('round'),
  Relu6: (call) => call.emit('clip', [call.number('x')], { min: 0, max: 6 }),
  LeakyRelu: (call) => call.emit('leakyRelu', [call.float('x')], { alpha: call.attributes.alpha as number }),
  Elu: (call) => call.emit('elu', [call.float('x')], { alpha: 1 }),
  EluGrad: (call) => { // dy * (y > 0 ? 1 : y + 1)
    const [dy, y] = [call.operand('dy'), call.operand('y')];
    return emit(call, 'select', emit(call, 'greater', y, call.scalar(0)), dy, emit(call, 'mul', dy, emit(call, 'add', y, call.scalar(1))));
  },
  Selu: (call) => emit(call, 'mul', call.emit('elu', [call.float('x')], { alpha: SELU_ALPHA }), call.scalar(SELU_SCALE)),
  Prelu: prelu,
  Step: (call) => {
    const slopes = call.emit('step', [call.float('x')], { alpha: (call.attributes.alpha as number | undefined) ?? 0 });
    return call.cast(slopes, call.number('x').dtype);
  },
  ClipByValue: (call) => {
    const { clipValueMin, clipValueMax } = call.attributes;
    const clipped = call.emit('clip', [call.number('x')], { min: clipValueMin as number, max: clipValueMax as number });
    return call.cast(clipped, call.operand('x').dtype);
  },
  Cast: cast,
  Identity: (call) => call.operand('x'),
  IsNan: (call) => emit(call, 'isNaN', call.float('x')),
  IsInf: infinite,
  IsFinite: (call) => emit(call, 'less', emit(call, 'abs', call.float('x')), call.scalar(Infinity)),
  LogicalNot: (call) => emit(call, 'not', call.cast(call.operand('x'), 'bool')),
  LogicalAnd: logical('and'), LogicalOr: logical('or'), LogicalXor: logical('notEqual'),
  Add: binary('add'), Sub: binary('sub'), Multiply: binary('mul'), RealDiv: div, Pow: binary('pow'),
  BitwiseAnd: binary('bitwiseAnd'),
  Maximum: binary('maximum'), Minimum: binary('minimum'), Mod: binary('mod'),
  FloorDiv: (call) => call.cast(binary('floorDiv')(call) as Node, 'int32'), // whole numbers from floats too, as eager
  SquaredDifference: (call) => emit(call, 'square', emit(call, 'sub', ...call.matched(call.operand('a'), call.operand('b'), 'int32'))),
  AddN: (call) => call.list().map((each) => (each.dtype === 'bool' ? call.cast(each, 'int32') : each)).reduce((sum, each) => emit(call, 'add', sum, each)),
  Equal: binary('equal', 'bool'), NotEqual: binary('notEqual', 'bool'),
  Less: binary('less'), LessEqual: binary('lessEqual'), Greater: binary('greater'), GreaterEqual: binary('greaterEqual'),
  Select: select,
  ZerosLike: filledLike(0), OnesLike: filledLike(1), Fill: fill,
};

