import { node as build } from '../../graph/build.js';
import { reachable, type Node, type NodeOf } from '../../graph/graph.js';
import { bodyNodes, rewriteBody, type BodyRule, type LoopDraft } from './draft.js';
import { stateless } from './stateless.js';

/** Readers of each node among the nodes of a body; a result counts as one. */
function readersOf(draft: LoopDraft, order: readonly Node[]): (node: Node) => readonly (Node | undefined)[] {
  const readers = new Map<Node, (Node | undefined)[]>(order.map((node) => [node, []]));
  for (const node of order) for (const input of node.inputs) readers.get(input)!.push(node);
  for (const node of [...draft.states.map(({ next }) => next), ...draft.stacks, ...(draft.until ? [draft.until] : [])]) readers.get(node)!.push(undefined);
  return (node) => readers.get(node) ?? [];
}

const isPlain = (node: Node): node is NodeOf<'matmul'> =>
  node.op === 'matmul' && !node.attributes.transposeA && node.inputs.every(({ shape }) => shape.length === 2);

/** Rows `from` to `to` of op(W), as rows of W or, transposed, as its columns. */
function rows(w: Node, transposed: boolean, from: number, to: number, site: string | undefined): Node {
  const [height, width] = w.shape as [number, number];
  const [begin, end] = transposed ? [[0, from], [height, to]] : [[from, 0], [to, width]];
  return build('slice', [w], { begin, end, strides: [1, 1] }, site);
}

/** Columns `from` to `to` of op(W). */
const columns = (w: Node, transposed: boolean, from: number, to: number, site: string | undefined): Node => rows(w, !transposed, from, to, site);

const sum = (terms: readonly Node[], site: string | undefined): Node => terms.reduce((a, b) => build('add', [a, b], {}, site));

/** [x, h] W = x W_x + h W_h, where a state enters some of the joined operands only. */
function splitProducts(draft: LoopDraft): BodyRule {
  const free = stateless(draft, bodyNodes(draft));
  return (copy, original) => {
    if (!isPlain(copy) || !isPlain(original)) return copy;
    const [left, right] = original.inputs as [Node, Node];
    const [parts, w] = copy.inputs as [Node, Node];
    if (left.op !== 'concat' || parts.op !== 'concat' || left.attributes.axis !== 1 || !free.has(right)) return copy;
    const isFree = left.inputs.map((part) => free.has(part));
    if (isFree.every(Boolean) || !isFree.some(Boolean)) return copy;
    let place = 0;
    const terms = parts.inputs.map((part, i) => {
      const [from, to] = [place, (place += part.shape[1]!)];
      return { free: isFree[i]!, term: build('matmul', [part, rows(w, copy.attributes.transposeB, from, to, copy.site)], copy.attributes, copy.site) };
    });
    const ordered = [...terms.filter((each) => !each.free), ...terms.filter((each) => each.free)];
    return sum(ordered.map(({ term }) => term), copy.site);
  };
}

/** Whether a slice takes a run of columns of a matrix. */
const isColumnRun = (node: Node | undefined): node is NodeOf<'slice'> =>
  node?.op === 'slice' && node.shape.length === 2 && node.shape[0] === node.inputs[0]!.shape[0] && node.attributes.strides[1] === 1;

/** (x W)[:, a:b] = x W[:, a:b], where the steps need one run of columns at most: the others can leave the loop. */
function narrowProducts(draft: LoopDraft): BodyRule {
  const order = bodyNodes(draft);
  const readers = readersOf(draft, order);
  const free = stateless(draft, order);
  const needed = new Set(reachable([...draft.states.map(({ next }) => next), ...(draft.until ? [draft.until] : [])]));
  const isNarrowed = (product: Node): boolean => {
    const slices = readers(product).filter(isColumnRun);
    const [used, width] = [slices.filter((slice) => needed.has(slice)), slices.reduce((total, { shape }) => total + shape[1]!, 0)];
    return isPlain(product) && free.has(product.inputs[1]!) && slices.length === readers(product).length && used.length < 2 &&
      (used.length < slices.length || width < product.shape[1]!) && width <= product.shape[1]!;
  };
  return (copy, original) => {
    const product = copy.inputs[0];
    if (!isColumnRun(copy) || !product || !isPlain(product) || !isNarrowed(original.inputs[0]!)) return copy;
    const [x, w] = product.inputs as [Node, Node];
    const part = columns(w, product.attributes.transposeB, copy.attributes.begin[1]!, copy.attributes.end[1]!, copy.site);
    return build('matmul', [x, part], product.attributes, copy.site);
  };
}

/** (a + s) + b = s + (a + b), where a state enters s but neither a nor b: these can then be added before the loop. */
function regroupSums(draft: LoopDraft): BodyRule {
  const order = bodyNodes(draft);
  const readers = readersOf(draft, order);
  const free = stateless(draft, order);
  const isInner = (node: Node): boolean => {
    const [reader, ...others] = readers(node);
    return node.op === 'add' && !free.has(node) && others.length === 0 && reader?.op === 'add' && !free.has(reader);
  };
  const termsOf = (node: Node): Node[] => node.inputs.flatMap((input) => (isInner(input) ? termsOf(input) : [input]));
  return (copy, original, at) => {
    if (original.op !== 'add' || free.has(original) || isInner(original)) return copy;
    const terms = termsOf(original);
    const [stateful, stateFree] = [terms.filter((term) => !free.has(term)), terms.filter((term) => free.has(term))];
    if (stateFree.length < 2 || stateful.length === 0) return copy;
    return build('add', [sum(stateful.map(at), copy.site), sum(stateFree.map(at), copy.site)], {}, copy.site);
  };
}

/** The draft with sums and products arranged so that as much as possible of them has no state in it. */
export function regrouped(given: LoopDraft): ReturnType<typeof rewriteBody> {
  return [splitProducts, narrowProducts, regroupSums].reduce<ReturnType<typeof rewriteBody>>(({ draft, at }, rule) => {
    const next = rewriteBody(draft, rule(draft));
    return { draft: next.draft, at: (node) => next.at(at(node)) };
  }, { draft: given, at: (node) => node });
}
