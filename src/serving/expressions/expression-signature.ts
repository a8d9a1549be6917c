import { showType, type CompiledExpression } from '../../expressions/index.js';
import type { ExpressionSignature } from '../../persistence/entities/expression.entity.js';

/** What is stored and shown of a compiled expression besides its source. */
export function signatureOf({ module, dimensions: { mode, reason } }: CompiledExpression): ExpressionSignature {
  return {
    inputs: Array.from(module.inputs, ([name, type]) => ({ name, type: showType(type) })),
    shared: Array.from(module.shared, ([name, { type }]) => ({ name, type: showType(type), updated: module.updates.has(name) })),
    streams: Array.from(module.streams, ([name, seed]) => ({ name, seed })),
    outputs: Array.from(module.outputs, ([name, { type }]) => ({ name, type: showType(type) })),
    dimensions: { names: [...module.dimensions.keys()], mode, reason },
  };
}
