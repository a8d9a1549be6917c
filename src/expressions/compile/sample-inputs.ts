import { expressionDimension } from '../../errors/expressions.errors.js';
import { Key, normal } from '../../compiler/random/index.js';
import { sizeOf } from '../../compiler/signature.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';

/**
 * Inputs to take times with: float32 from a normal distribution, the same for the same name; int32 and bool zeros, which
 * stand for places that exist.
 * @throws expression-dimension where a length is missing, or makes a tensor larger than the limits allow.
 */
export function sampleInputs({ inputs, dimensions, limits }: ExpressionModule, lengths: Binding): NamedHostTensors {
  const missing = [...dimensions.keys()].filter((name) => !(Number.isSafeInteger(lengths[name]) && lengths[name]! >= 1));
  if (missing.length > 0) throw expressionDimension(`Lengths of at least 1 for ${missing.join(', ')} are needed.`);
  return Object.fromEntries(Array.from(inputs, ([name, { dtype, shape }]): [string, HostTensor] => {
    const known = shape.map((length) => length.evaluate(lengths));
    const size = sizeOf(known);
    if (size > limits.elements) throw expressionDimension(`'${name}' would have ${size} elements; at most ${limits.elements} are accepted.`);
    switch (dtype) {
      case 'float32': return [name, { dtype, shape: known, data: normal(Key.from(0).fold(name), size) }];
      case 'int32': return [name, { dtype, shape: known, data: new Int32Array(size) }];
      case 'bool': return [name, { dtype, shape: known, data: new Uint8Array(size) }];
    }
  }));
}
