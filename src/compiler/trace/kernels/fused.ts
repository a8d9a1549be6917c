import type { Node } from '../../graph/graph.js';
import type { KernelCall } from '../kernel-rule.js';

/** A vector of one number per channel, as it broadcasts: channels stand last, in NCHW before height and width. */
const perChannel = (call: KernelCall, vector: Node): Node =>
  (call.attributes.dataFormat === 'NCHW' && vector.shape.length === 1 ? call.reshape(vector, [vector.shape[0]!, 1, 1]) : vector);

/** The activation that fused kernels end with. */
function activate(call: KernelCall, x: Node): Node {
  const { activation, leakyreluAlpha } = call.attributes;
  switch (activation as string | undefined) {
    case undefined: case 'linear': return x;
    case 'relu': return call.emit('relu', [x], {});
    case 'relu6': return call.emit('clip', [x], { min: 0, max: 6 });
    case 'elu': return call.emit('elu', [x], { alpha: 1 });
    case 'sigmoid': return call.emit('sigmoid', [x], {});
    case 'leakyrelu': return call.emit('leakyRelu', [x], { alpha: leakyreluAlpha as number });
    case 'prelu': {
      const scaled = call.emit('mul', [x, perChannel(call, call.operand('preluActivationWeights'))], {});
      return call.emit('select', [call.emit('greater', [x, call.scalar(0)], {}), x, scaled], {});
    }
    default: return call.refuse(`there is no rule for the activation '${activation as string}'`);
  }
}

/** Bias and activation of a fused kernel. */
export function finish(call: KernelCall, product: Node): Node {
  const bias = call.optional('bias');
  return activate(call, bias === undefined ? product : call.emit('add', [product, perChannel(call, bias)], {}));
}
