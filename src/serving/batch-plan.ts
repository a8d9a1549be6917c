import type { SignatureDescription } from '../bundles/manifest.js';
import type { HostTensor, NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';

/** Rows [begin, begin + rows) of one request's inputs. */
export interface RowRange {
  readonly inputs: NamedHostTensors;
  readonly begin: number;
  readonly rows: number;
}

/**
 * Whether calls may be joined and results split by rows: every tensor has the batch as its first dimension and nowhere
 * else. (Programs are pure functions of each example then; one that reduces over the batch has an output without it.)
 */
export function isSplittable({ inputs, outputs }: SignatureDescription): boolean {
  const tensors = [...Object.values(inputs), ...Object.values(outputs)];
  return Object.keys(inputs).length > 0 && tensors.every(({ shape }) => shape[0] === -1 && shape.slice(1).every((length) => length >= 0));
}

/** Lays row ranges one after the other; a single whole request is passed on as it is. */
export function joinRows(specs: NamedSpecs, ranges: readonly RowRange[]): NamedHostTensors {
  const rows = ranges.reduce((sum, range) => sum + range.rows, 0);
  const joined: NamedHostTensors = {};
  for (const [name, spec] of Object.entries(specs)) {
    const only = ranges.length === 1 ? ranges[0]!.inputs[name]! : undefined;
    if (only !== undefined && only.shape[0] === rows) {
      joined[name] = only;
      continue;
    }
    const width = widthOf(spec.shape);
    const target = allocate(spec.dtype, rows, spec.shape);
    let at = 0;
    for (const { inputs, begin, rows: count } of ranges) {
      target.data.set(inputs[name]!.data.subarray(begin * width, (begin + count) * width), at * width);
      at += count;
    }
    joined[name] = target;
  }
  return joined;
}

/** Copies rows [from, from + rows) of `results` to rows [to, to + rows) of `target`. */
export function copyRows(results: NamedHostTensors, from: number, target: NamedHostTensors, to: number, rows: number): void {
  for (const [name, { shape, data }] of Object.entries(target)) {
    const width = widthOf(shape);
    data.set(results[name]!.data.subarray(from * width, (from + rows) * width), to * width);
  }
}

/** Zeroed tensors for `rows` rows of every spec. */
export function allocateRows(specs: NamedSpecs, rows: number): NamedHostTensors {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, allocate(spec.dtype, rows, spec.shape)]));
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function allocate(dtype: HostTensor['dtype'], rows: number, shape: readonly number[]): HostTensor {
  return { dtype, shape: [rows, ...shape.slice(1)], data: new ARRAYS[dtype](rows * widthOf(shape)) };
}

/** Elements of one row. */
function widthOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, length) => product * length, 1);
}
