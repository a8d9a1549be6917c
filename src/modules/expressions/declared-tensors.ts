import type { DType, NamedHostTensors } from '../../compiler/tensors.js';
import type { ExpressionSignature } from '../../persistence/entities/expression.entity.js';
import { readTensor, showTensor, type TensorInput, type TensorOutput } from './tensor-json.js';

/** dtype of a type such as `float32[n, 3]`. */
const dtypeOf = (type: string): DType => type.split('[', 1)[0] as DType;

/**
 * Tensors of a request by name. Nested lists have the dtype that their input or shared variable declares; a name that is not declared
 * is refused by the call itself.
 * @param place JSON pointer of the record.
 * @throws expression-tensor-invalid
 */
export function readTensors(values: Readonly<Record<string, TensorInput>>, { inputs, shared, streams }: ExpressionSignature, place: string, elements: number): NamedHostTensors {
  const dtypes = new Map<string, DType>([
    ...[...inputs, ...shared].map(({ name, type }) => [name, dtypeOf(type)] as const),
    ...streams.map(({ name }) => [name, 'int32'] as const), // number of calls
  ]);
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, readTensor(value, dtypes.get(name) ?? 'float32', `${place}/${name}`, elements)]));
}

export const showTensors = (tensors: NamedHostTensors): Record<string, TensorOutput> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, showTensor(tensor)]));
