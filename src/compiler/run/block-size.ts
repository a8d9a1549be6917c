import { node as build, inputLeaf } from '../graph/build.js';
import type { Node } from '../graph/graph.js';
import { lowerToOnnx } from '../lower/index.js';
import { NativeSession } from '../onnxruntime/native-session.js';
import { emptyTensor, NativeTensor } from '../onnxruntime/native-tensor.js';

/** More channels than the widest vector has floats, so that their order shows the width. */
const channels = 64;

/**
 * Asks ONNX Runtime: the picture [1,64,1,2] with the values 0, 1, 2, ... is converted, and the place of the 1, the second pixel of the first
 * channel, is the number of channels that lie side by side.
 */
async function probe(threads: number): Promise<number | undefined> {
  const x = inputLeaf('x', { dtype: 'float32', shape: [1, channels, 1, 2] });
  // The true block is not known yet; its only effect here is a shape.
  const y = build('toBlocked', [x], { block: channels }) as Node;
  const session = await NativeSession.create(lowerToOnnx({ name: 'block-size', inputs: [x], state: [], outputs: { y }, updates: {} }), { threads });
  try {
    const data = Float32Array.from({ length: 2 * channels }, (_, i) => i);
    const result = emptyTensor('float32', y.shape);
    session.run([new NativeTensor({ dtype: 'float32', shape: x.shape, data })], [new NativeTensor(result)]);
    const block = result.data.indexOf(1);
    return block > 1 && channels % block === 0 ? block : undefined;
  } finally {
    session.release();
  }
}

let found: Promise<number | undefined> | undefined;

/** Channels in a block of ONNX Runtime's blocked images on this processor: 16, 8, or nothing where it has no such kernels. */
export const blockSize = (threads: number): Promise<number | undefined> => (found ??= probe(threads).catch(() => undefined));
