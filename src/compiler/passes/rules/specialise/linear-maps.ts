import type { Node, NodeOf } from '../../../graph/graph.js';
import { elements, isSmaller } from '../../knowledge/cost.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

/** s x or x / s with a single number s, constant or not. */
interface Scaled {
  readonly op: 'mul' | 'div';
  readonly x: Node;
  readonly scale: Node;
}

function scaledBy(node: Node): Scaled | undefined {
  if (node.op !== 'mul' && node.op !== 'div') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const isNumber = ({ shape }: Node): boolean => shape.length === 0;
  if (isNumber(b) && !isNumber(a)) return { op: node.op, x: a, scale: b };
  return node.op === 'mul' && isNumber(a) && !isNumber(b) ? { op: 'mul', x: b, scale: a } : undefined;
}

const scale = (x: Node, { op, scale: by }: Scaled, rewriting: Rewriting): Node => rewriting.apply(op, x, by);

/** The operand of a node that is scaled and that nothing else reads. */
function scaledOperand({ inputs }: Node, rewriting: Rewriting): { place: number; scaled: Scaled } | undefined {
  for (const place of [0, 1]) {
    const scaled = scaledBy(inputs[place]!);
    if (scaled && rewriting.isSingle(inputs[place]!)) return { place, scaled };
  }
  return undefined;
}

const replaced = (inputs: readonly Node[], place: number, by: Node): Node[] => inputs.map((input, i) => (i === place ? by : input));

/** Whether a transpose only swaps the last two axes. */
const swapsMatrices = ({ attributes: { permutation } }: NodeOf<'transpose'>): boolean => {
  const rank = permutation.length;
  return rank >= 2 && permutation.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
};

/** Factors of matrix products and convolutions move to where they cost least: both are linear in each operand. */
export const linearMapRules: readonly Rule[] = [
  defineRule({
    name: 'scale-out-of-product', equation: '(s A) . B -> s (A . B)', values: 'rounding', roots: ['matmul'], operands: ['mul', 'div'],
    guard: 's is one number; A . B is smaller than A; nothing else reads s A',
    pattern: (node, rewriting) => {
      const found = scaledOperand(node, rewriting);
      return found && isSmaller(node, found.scaled.x) ? found : undefined;
    },
    rewrite: ({ place, scaled }, rewriting, { inputs, attributes }) =>
      scale(rewriting.node('matmul', replaced(inputs, place, scaled.x), attributes), scaled, rewriting),
  }),
  defineRule({
    name: 'scale-across-product', equation: '(s A) . B -> A . (s B)', values: 'rounding', roots: ['matmul'], operands: ['mul', 'div'],
    guard: 's is one number; B is smaller than A and than A . B; nothing else reads s A',
    pattern: (node, rewriting) => {
      const found = scaledOperand(node, rewriting);
      const other = found && node.inputs[1 - found.place]!;
      return found && isSmaller(other!, found.scaled.x) && isSmaller(other!, node) && other!.op !== 'mul' && other!.op !== 'div' ? found : undefined;
    },
    rewrite: ({ place, scaled }, rewriting, { inputs, attributes }) => {
      const moved = scale(inputs[1 - place]!, scaled, rewriting);
      return rewriting.node('matmul', replaced(replaced(inputs, place, scaled.x), 1 - place, moved), attributes);
    },
  }),
  defineRule({
    name: 'scale-into-product', equation: 's (A . B) -> (s A) . B', values: 'rounding', roots: ['mul', 'div'], operands: ['matmul'],
    guard: 's is one number; batched products; A is smaller than B and less than half of A . B; nothing else reads A . B',
    pattern: (node, rewriting) => {
      const scaled = scaledBy(node);
      const product = scaled?.x;
      if (product?.op !== 'matmul' || product.shape.length < 3 || !rewriting.isSingle(product)) return undefined;
      const place = isSmaller(product.inputs[1]!, product.inputs[0]!) ? 1 : 0;
      return 2 * elements(product.inputs[place]!.shape) <= elements(product.shape) ? { scaled: scaled!, product, place } : undefined;
    },
    rewrite: ({ scaled, product, place }, rewriting) =>
      rewriting.node('matmul', replaced(product.inputs, place, scale(product.inputs[place]!, scaled, rewriting)), product.attributes),
  }),
  defineRule({
    name: 'scale-into-filter', equation: 'conv(s x, w) -> conv(x, s w), s conv(x, w) -> conv(x, s w)', values: 'rounding', roots: ['conv', 'mul', 'div'], operands: ['mul', 'div', 'conv'],
    guard: 's is one number; w is smaller than what s multiplies; nothing else reads that',
    pattern: (node, rewriting) => {
      if (node.op === 'conv') {
        const scaled = scaledBy(node.inputs[0]!);
        const [image, filter] = node.inputs as [Node, Node];
        return scaled && rewriting.isSingle(image) && isSmaller(filter, image) ? { conv: node, scaled } : undefined;
      }
      const scaled = scaledBy(node);
      const conv = scaled?.x;
      return conv?.op === 'conv' && rewriting.isSingle(conv) && isSmaller(conv.inputs[1]!, conv) ? { conv, scaled: scaled! } : undefined;
    },
    rewrite: ({ conv, scaled }, rewriting) => {
      const [image, filter] = conv.inputs as [Node, Node];
      return rewriting.node('conv', [scaled.x === conv ? image : scaled.x, scale(filter, scaled, rewriting)], conv.attributes);
    },
  }),
  defineRule({
    name: 'transposed-product', equation: '(A . B)^T -> B^T . A^T', values: 'rounding', guard: 'nothing else reads A . B', roots: ['transpose'], operands: ['matmul'],
    pattern: (node) => (node.inputs[0]!.op === 'matmul' && swapsMatrices(node) ? node.inputs[0] : undefined),
    check: (product, rewriting) => (rewriting.isSingle(product) ? undefined : 'the product has another reader and is computed anyway'),
    rewrite: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, rewriting) =>
      rewriting.node('matmul', [b!, a!], { transposeA: !transposeB, transposeB: !transposeA }),
  }),
];
