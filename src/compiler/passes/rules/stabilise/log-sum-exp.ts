import type { Node } from '../../../graph/graph.js';
import { sumOf } from '../../algebra/sums.js';
import { isElementwise } from '../../knowledge/primitive-classes.js';
import { valueRange } from '../../knowledge/value-range.js';
import type { Rewriting } from '../../rewriting/rewriting.js';
import { defineRule, type Rule } from '../../rewriting/rule.js';

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Exponents within these bounds neither overflow nor vanish, in sums of up to 10^13 terms. */
const SAFE_EXPONENT = 56;

/** Operations below an exponent among which its largest value is looked for. */
const SHIFT_DEPTH = 6;

/** Whether something has been taken off an exponent already: a maximum or its finite part stands in it. */
function isShifted(x: Node, depth = SHIFT_DEPTH): boolean {
  if (x.op === 'reduceMax' || x.op === 'maximum' || (x.op === 'clip' && x.attributes.max === LARGEST_FLOAT32)) return true;
  const passes = isElementwise(x) || x.op === 'reshape' || x.op === 'broadcastTo';
  return depth > 0 && passes && x.inputs.some((input) => isShifted(input, depth - 1));
}

function isSafe(x: Node): boolean {
  const { low, high } = valueRange(x);
  return low >= -SAFE_EXPONENT && high <= SAFE_EXPONENT;
}

/** The largest exponent where it is finite: -inf - (-inf) and inf - inf would be NaN. */
const finite = (m: Node, rewriting: Rewriting): Node => rewriting.node('clip', [m], { min: -LARGEST_FLOAT32, max: LARGEST_FLOAT32 });

/** The exponents of exp(a) + exp(b) + ..., a positive constant as one of them. */
function exponents(sumNode: Node, rewriting: Rewriting): Node[] | undefined {
  if (sumNode.op !== 'add') return undefined;
  const { terms, constant } = sumOf(sumNode, rewriting);
  if (terms.length < 2 || constant < 0 || !terms.every(({ sign, node }) => sign === 1 && node.op === 'exp')) return undefined;
  const found = terms.map(({ node }) => node.inputs[0]!);
  if (found.every((each) => isSafe(each)) || found.every((each) => isShifted(each))) return undefined;
  return constant > 0 ? [...found, rewriting.scalar(Math.log(constant))] : found;
}

/** Logarithms of sums of exponentials: the largest exponent is taken out, so that no exponential overflows and not all vanish. */
export const logSumExpRules: readonly Rule[] = [
  defineRule({
    name: 'log-sum-exp', equation: 'log(sum(exp(x))) -> m + log(sum(exp(x - m))), m = max(x), and of a mean', values: 'stable', roots: ['log'], operands: ['reduceSum', 'reduceMean'],
    guard: 'x holds no maximum yet and is not known to be small',
    pattern: ({ inputs: [total] }) => {
      if (total!.op !== 'reduceSum' && total!.op !== 'reduceMean') return undefined;
      const [terms] = total.inputs;
      if (terms!.op !== 'exp') return undefined;
      const [x] = terms.inputs;
      return isShifted(x!) || isSafe(x!) ? undefined : { x: x!, total: total };
    },
    rewrite: ({ x, total: { op, attributes } }, rewriting, { shape }) => {
      const m = finite(rewriting.node('reduceMax', [x], { axes: attributes.axes, keepDims: true }), rewriting);
      const rest = rewriting.node(op, [rewriting.apply('exp', rewriting.apply('sub', x, m))], attributes);
      return rewriting.apply('add', rewriting.node('reshape', [m], { shape }), rewriting.apply('log', rest));
    },
  }),
  defineRule({
    name: 'log-of-exponentials', equation: 'log(exp(x) + exp(y)) -> m + log(exp(x - m) + exp(y - m)), m = max(x, y)', values: 'stable', roots: ['log'], operands: ['add'],
    guard: 'any number of terms and a constant; x and y hold no maximum yet and are not known to be small',
    pattern: ({ inputs: [total] }, rewriting) => exponents(total!, rewriting),
    rewrite: (terms, rewriting) => {
      const m = finite(terms.reduce((largest, each) => rewriting.apply('maximum', largest, each)), rewriting);
      const shifted = terms.map((each) => rewriting.apply('exp', rewriting.apply('sub', each, m)));
      return rewriting.apply('add', m, rewriting.apply('log', shifted.reduce((sum, each) => rewriting.apply('add', sum, each))));
    },
  }),
];
