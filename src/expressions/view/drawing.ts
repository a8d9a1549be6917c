import type { DType } from '../../compiler/tensors.js';
import { graphTooLarge } from '../../errors/expressions.errors.js';
import { formula, type FormulaNode } from '../compile/formula.js';
import type { DescribedShape, GraphDescription, LeafDescription, NodeDescription } from '../compile/graph-description.js';
import { familyOf, type Family } from './families.js';

export type CardKind = 'input' | 'shared' | 'constant' | 'operation' | 'output' | 'update';

/** One box of the picture; lengths in pixels. */
export interface Card {
  readonly kind: CardKind;
  /** Letter of the node that the card shows, or whose value it names. */
  readonly id: string;
  /** Operation, or name of an input, shared variable, output. */
  readonly title: string;
  /** What the operation does with its operands, `· * 0.01`, where its name does not say it. */
  readonly pattern?: string;
  /** `float32[?, 10]` */
  readonly type: string;
  readonly dtype: DType;
  readonly family: Family;
  /** The value as a formula of inputs and shared variables. */
  readonly formula: string;
  readonly operands: readonly string[];
  /** `line:column` of the source. */
  readonly site?: string;
  readonly width: number;
  readonly height: number;
}

/** Cards by their places in the list. */
export type Arrow = readonly [from: number, to: number];

export interface Drawing {
  readonly cards: readonly Card[];
  readonly arrows: readonly Arrow[];
}

/** Widths of a letter of the two fonts, a little more than they need. */
const TITLE_LETTER = 7.9;
const MONO_LETTER = 6.75;
const PADDING = 26;
const LEAST_WIDTH = 84;
const MOST_PATTERN = 34;
const MOST_FORMULA = 300;

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** A length that depends on the call is `?`. */
export const typeText = (dtype: DType, shape: DescribedShape): string =>
  shape.length === 0 ? dtype : `${dtype}[${shape.map((length) => length ?? '?').join(', ')}]`;

type Sized = Omit<Card, 'width' | 'height'>;

function card(content: Sized): Card {
  const { kind, title, id, pattern = '', type } = content;
  const result = kind === 'output' || kind === 'update';
  const letters = result ? 0 : MONO_LETTER * Math.max(pattern.length, type.length);
  const heading = TITLE_LETTER * title.length + (result ? 0 : 14 + MONO_LETTER * id.length);
  return {
    ...content,
    width: Math.round(Math.max(LEAST_WIDTH, PADDING + Math.max(letters, heading))),
    height: result ? 30 : pattern === '' ? 44 : 60,
  };
}

/** Values of a constant as numbers; those after the first ones are not known, only how many there are. */
function constantAttributes({ value }: NodeDescription['props']): object {
  const { first, length } = Array.isArray(value) ? { first: value as unknown[], length: value.length } : (value as { first: unknown[]; length: number });
  return { value: Object.assign({ length }, first.map(Number)) };
}

/** Cards of one drawing; a picture of more helps nobody, and takes Graphviz many seconds. */
export const MOST_CARDS = 500;

const isScalar = ({ op, shape }: NodeDescription): boolean => op === 'constant' && shape.every((length) => length === 1);

/** Single numbers are written where they are used, unless they are a result themselves. */
function writtenConstants({ nodes, outputs, updates }: GraphDescription): ReadonlySet<string> {
  const results = new Set([...Object.values(outputs), ...Object.values(updates)]);
  return new Set(nodes.filter((node) => isScalar(node) && !results.has(node.id)).map(({ id }) => id));
}

/** How many cards the drawing of a graph has. */
export function cardCount(graph: GraphDescription): number {
  const { inputs, shared, nodes, outputs, updates } = graph;
  return [inputs, shared, nodes, Object.keys(outputs), Object.keys(updates)].reduce((sum, { length }) => sum + length, 0) - writtenConstants(graph).size;
}

const leafNode = (op: 'input' | 'state', name: string): FormulaNode => ({ op, inputs: [], attributes: { name } });
const OPERAND = leafNode('input', '·');

class Sketch {
  private readonly formulas = new Map<string, FormulaNode>();
  private readonly cards: Card[] = [];
  private readonly arrows: Arrow[] = [];
  private readonly places = new Map<string, number>();
  private readonly written: ReadonlySet<string>;

  constructor(private readonly graph: GraphDescription) {
    this.written = writtenConstants(graph);
  }

  draw(): Drawing {
    const { inputs, shared, nodes, outputs, updates } = this.graph;
    for (const leaf of inputs) this.leaf(leaf, 'input');
    for (const leaf of shared) this.leaf(leaf, 'shared');
    for (const node of nodes) this.operation(node);
    for (const [name, id] of Object.entries(outputs)) this.result('output', name, id);
    for (const [name, id] of Object.entries(updates)) this.result('update', name, id);
    return { cards: this.cards, arrows: this.arrows };
  }

  private leaf({ id, name, dtype, shape }: LeafDescription, kind: 'input' | 'shared'): void {
    this.formulas.set(id, leafNode(kind === 'input' ? 'input' : 'state', name));
    this.place(id, card({ kind, id, title: name, type: typeText(dtype, shape), dtype, family: kind, formula: name, operands: [] }));
  }

  private operation(node: NodeDescription): void {
    const attributes = node.op === 'constant' ? constantAttributes(node.props) : node.props;
    const whole = { op: node.op, inputs: node.in.map((id) => this.formulas.get(id)!), attributes };
    this.formulas.set(node.id, whole);
    if (this.written.has(node.id)) return;
    const pattern = cut(formula({ ...whole, inputs: node.in.map((id) => (this.written.has(id) ? this.formulas.get(id)! : OPERAND)) }), MOST_PATTERN);
    const says = node.in.some((id) => this.written.has(id)) || Object.values(node.props).some((value) => value !== false);
    const place = this.place(node.id, card({
      kind: node.op === 'constant' ? 'constant' : 'operation', id: node.id, title: node.op, ...(says && { pattern }), type: typeText(node.dtype, node.shape), dtype: node.dtype,
      family: familyOf(node.op), formula: formula(whole, MOST_FORMULA), operands: node.in, ...(node.site !== undefined && { site: node.site }),
    }));
    for (const id of node.in) if (!this.written.has(id)) this.arrows.push([this.places.get(id)!, place]);
  }

  private result(kind: 'output' | 'update', name: string, id: string): void {
    const from = this.places.get(id)!;
    const { type, dtype, family, formula: value, site } = this.cards[from]!;
    const title = kind === 'output' ? name : `${name} ←`;
    this.cards.push(card({ kind, id, title, type, dtype, family, formula: value, operands: [id], ...(site !== undefined && { site }) }));
    this.arrows.push([from, this.cards.length - 1]);
  }

  private place(id: string, drawn: Card): number {
    this.places.set(id, this.cards.push(drawn) - 1);
    return this.cards.length - 1;
  }
}

/** A graph as cards and arrows: leaves, operations, results. Single numbers have no card of their own. @throws graph-too-large */
export function drawingOf(graph: GraphDescription): Drawing {
  const count = cardCount(graph);
  if (count > MOST_CARDS) throw graphTooLarge(count, `at most ${MOST_CARDS} are drawn`);
  return new Sketch(graph).draw();
}
