import type { Primitive, PrimitiveAttributes } from '../../compiler/graph/primitives.js';

/** Strength of a binding, from the loosest; operands that bind less tightly get parentheses. */
const STRENGTH = { or: 1, and: 2, not: 3, comparison: 4, sum: 5, product: 6, sign: 7, power: 8, whole: 9 } as const;

type Infix = readonly [symbol: string, strength: number];

const infix: Partial<Record<Primitive, Infix>> = {
  or: ['or', STRENGTH.or], and: ['and', STRENGTH.and],
  equal: ['==', STRENGTH.comparison], notEqual: ['!=', STRENGTH.comparison], less: ['<', STRENGTH.comparison],
  lessEqual: ['<=', STRENGTH.comparison], greater: ['>', STRENGTH.comparison], greaterEqual: ['>=', STRENGTH.comparison],
  add: ['+', STRENGTH.sum], sub: ['-', STRENGTH.sum],
  mul: ['*', STRENGTH.product], div: ['/', STRENGTH.product], mod: ['%', STRENGTH.product], floorDiv: ['//', STRENGTH.product],
  matmul: ['@', STRENGTH.product], pow: ['^', STRENGTH.power],
};

/** Primitives that the language calls otherwise. */
const names: Partial<Record<Primitive, string>> = {
  reduceSum: 'sum', reduceMean: 'mean', reduceMax: 'max', reduceMin: 'min', reduceProd: 'prod', argMax: 'argmax', argMin: 'argmin', select: 'where',
};

/** What a formula reads of a node; nodes of graphs are such. */
export interface FormulaNode {
  readonly op: Primitive;
  readonly inputs: readonly FormulaNode[];
  readonly attributes: object;
}

const MOST_LETTERS = 2_000;
const MOST_LEVELS = 60;
const MOST_VALUES = 4;

interface Piece {
  readonly text: string;
  readonly strength: number;
}

const whole = (text: string): Piece => ({ text, strength: STRENGTH.whole });

const shown = (value: number): string => String(Number(value.toPrecision(6)));

/** Writes one node; stops at a length, since shared nodes are written out wherever they are used. */
class Writer {
  private letters = 0;

  constructor(private readonly mostLetters: number) {}

  write(node: FormulaNode, level = 0): Piece {
    if (level > MOST_LEVELS || this.letters > this.mostLetters) return whole('...');
    const piece = this.piece(node, level);
    this.letters += piece.text.length > 8 ? 4 : piece.text.length;
    return piece;
  }

  private piece(node: FormulaNode, level: number): Piece {
    if (node.op === 'input' || node.op === 'state') return whole(attribute<'input'>(node).name);
    if (node.op === 'constant') return constant(node);
    const operator = infix[node.op];
    if (operator !== undefined) return this.infix(node, operator, level);
    if (node.op === 'neg') return { text: `-${this.operand(node.inputs[0]!, STRENGTH.sign, level)}`, strength: STRENGTH.sign };
    if (node.op === 'not') return { text: `not ${this.operand(node.inputs[0]!, STRENGTH.not, level)}`, strength: STRENGTH.not };
    if (node.op === 'cast') return this.call(attribute<'cast'>(node).to, node.inputs, [], level);
    return this.call(names[node.op] ?? node.op, node.inputs, attributes(node), level);
  }

  private operand(node: FormulaNode, least: number, level: number): string {
    const { text, strength } = this.write(node, level + 1);
    return strength < least ? `(${text})` : text;
  }

  /** Operators group from the left, powers from the right. */
  private infix(node: FormulaNode, [symbol, strength]: Infix, level: number): Piece {
    const [a, b] = node.inputs as [FormulaNode, FormulaNode];
    const { transposeA, transposeB } = node.op === 'matmul' ? attribute<'matmul'>(node) : { transposeA: false, transposeB: false };
    const side = (operand: FormulaNode, flipped: boolean, least: number): string =>
      flipped ? `transpose(${this.operand(operand, 0, level)})` : this.operand(operand, least, level);
    const right = node.op === 'pow';
    return { text: `${side(a, transposeA, right ? strength + 1 : strength)} ${symbol} ${side(b, transposeB, right ? strength : strength + 1)}`, strength };
  }

  private call(name: string, operands: readonly FormulaNode[], rest: readonly string[], level: number): Piece {
    return whole(`${name}(${[...operands.map((operand) => this.operand(operand, 0, level)), ...rest].join(', ')})`);
  }
}

/** Attributes of a node whose operation is known. */
const attribute = <P extends Primitive>(node: FormulaNode): PrimitiveAttributes[P] => node.attributes as PrimitiveAttributes[P];

function constant(node: FormulaNode): Piece {
  const { value } = node.attributes as { readonly value: ArrayLike<number> };
  if (value.length === 1) return value[0]! < 0 ? { text: shown(value[0]!), strength: STRENGTH.sign } : whole(shown(value[0]!));
  const first = Array.from({ length: Math.min(value.length, MOST_VALUES) }, (_, i) => shown(value[i]!));
  return whole(`[${first.join(', ')}${value.length > MOST_VALUES ? ', ...' : ''}]`);
}

/** Attributes as named arguments; those that say nothing are left out. */
function attributes(node: FormulaNode): string[] {
  return Object.entries(node.attributes as Readonly<Record<string, unknown>>)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`);
}

/**
 * A node of a graph as a formula in the notation of the language, such as `mean(square(x @ w - y), axes: [0])`. Past about
 * `mostLetters`, operands are left out.
 */
export const formula = (node: FormulaNode, mostLetters = MOST_LETTERS): string => new Writer(mostLetters).write(node).text;
