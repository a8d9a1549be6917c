import type { Model } from '../bundles/model.js';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';

/** Most rows of one execution, so that what lies between the layers stays small whatever is asked for. */
export const MAX_BATCH_ROWS = 256;

const rowsOf = ({ shape, data }: HostTensor, from: number, to: number): HostTensor['data'] => {
  const width = data.length / shape[0]!;
  return data.subarray(from * width, to * width);
};

/**
 * Runs a signature whose tensors all have the batch as first dimension, in batches of at most `MAX_BATCH_ROWS` rows.
 * @returns outputs over all rows
 */
export async function runRows(model: Model, signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
  const rows = Object.values(inputs)[0]!.shape[0]!;
  if (rows <= MAX_BATCH_ROWS) return model.run(signature, inputs);
  const joined: NamedHostTensors = {};
  for (let from = 0; from < rows; from += MAX_BATCH_ROWS) {
    const to = Math.min(from + MAX_BATCH_ROWS, rows);
    const part = Object.entries(inputs).map(([name, tensor]) => [name, { ...tensor, shape: [to - from, ...tensor.shape.slice(1)], data: rowsOf(tensor, from, to) }] as const);
    const outputs = await model.run(signature, Object.fromEntries(part));
    for (const [name, output] of Object.entries(outputs)) {
      const whole = (joined[name] ??= allocate(output, rows));
      whole.data.set(output.data, from * (output.data.length / (to - from)));
    }
  }
  return joined;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function allocate({ dtype, shape, data }: HostTensor, rows: number): HostTensor {
  return { dtype, shape: [rows, ...shape.slice(1)], data: new ARRAYS[dtype](rows * (data.length / shape[0]!)) };
}
