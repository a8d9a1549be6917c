import * as tf from '@tensorflow/tfjs-core';

interface TapeNode { readonly inputs: Readonly<Record<string, tf.Tensor>>; readonly outputs: readonly tf.Tensor[]; readonly saved: readonly tf.Tensor[] }
interface Taping { addTapeNode(...details: unknown[]): void; readonly state: { readonly activeTape: TapeNode[] } }

/**
 * TensorFlow.js puts the copies of results that a backward pass will need on the tape before the operation that gives
 * these results. A second gradient, which walks the tape once from operands to results, then misses that the copies
 * depend on the operands: it is wrong without a word (second derivatives of tanh, exp, logSoftmax and others). Here
 * each operation goes before the copies of its results.
 */
export function keepTapeInOrder(): void {
  const engine = tf.engine() as unknown as Taping;
  const addTapeNode = engine.addTapeNode.bind(engine);
  engine.addTapeNode = (...details) => {
    addTapeNode(...details);
    const { activeTape } = engine.state;
    const last = activeTape.length - 1;
    const node = activeTape[last]!;
    const results = new Set(node.outputs.map(({ id }) => id));
    const reads = ({ inputs }: TapeNode): boolean => Object.values(inputs).some(({ id }) => results.has(id));
    const copies = activeTape.slice(last - node.saved.length, last); // nothing else was recorded since they were made
    const first = copies.findIndex(reads);
    if (first >= 0) activeTape.splice(last - copies.length + first, copies.length - first + 1, node, ...copies.slice(first));
  };
}
