import { sizeOf } from '../signature.js';
import type { DType, HostTensor, Shape } from '../tensors.js';
import { bytesAt, onnxRuntime, pinned, pointers, type Pointer } from './library.js';

/** `ONNXTensorElementDataType` */
const elementTypes = { float32: 1, int32: 6, bool: 9 } as const satisfies Record<DType, number>;
const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
let cpuMemory: Pointer | undefined;
const cpuMemoryInfo = (): Pointer => (cpuMemory ??= onnxRuntime().make('createCpuMemoryInfo', ARENA_ALLOCATOR, DEFAULT_MEMORY));

/** The dtype of an `ONNXTensorElementDataType`, if programs have it. */
export const dtypeOf = (elementType: number): DType | undefined =>
  (Object.keys(elementTypes) as DType[]).find((dtype) => elementTypes[dtype] === elementType);

/** Releases tensors whose owner is gone. */
const registry = new FinalizationRegistry<Pointer>((handle) => onnxRuntime().release('value', handle));

/** A tensor of ONNX Runtime over memory of JavaScript: nothing is copied, and the memory is kept as long as this. */
export class NativeTensor {
  readonly handle: Pointer;

  constructor(private readonly memory: HostTensor) {
    const { dtype, shape, data } = memory;
    const dims = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, shape.length)), 0, shape.length);
    shape.forEach((length, i) => (dims[i] = BigInt(length)));
    this.handle = onnxRuntime().make('createTensorWithData', cpuMemoryInfo(), pinned(data), data.byteLength, dims, shape.length, elementTypes[dtype]);
    registry.register(this, this.handle, this);
  }

  /** The memory as it is now. */
  get host(): HostTensor {
    return this.memory;
  }

  /** Releases the tensor now instead of with this object. */
  release(): void {
    registry.unregister(this);
    onnxRuntime().release('value', this.handle);
  }
}

/** Copies a tensor that ONNX Runtime allocated, and releases it. */
export function takeTensor(handle: Pointer, dtype: DType): HostTensor {
  const ort = onnxRuntime();
  try {
    const info = ort.make('getTensorTypeAndShape', handle);
    const shape = shapeOf(info);
    ort.release('tensorInfo', info);
    const Elements = arrays[dtype];
    const length = sizeOf(shape);
    if (length === 0) return { dtype, shape, data: new Elements(0) };
    const memory = bytesAt(ort.make('getTensorMutableData', handle), length * Elements.BYTES_PER_ELEMENT);
    return { dtype, shape, data: new Elements(memory).slice() };
  } finally {
    ort.release('value', handle);
  }
}

/** Lengths of a tensor; -1 where they depend on the call. */
export function shapeOf(info: Pointer): number[] {
  const ort = onnxRuntime();
  const count = pointers(1);
  ort.call('getDimensionsCount', info, count);
  const rank = Number(count[0]!);
  const dims = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, rank)), 0, rank);
  if (rank > 0) ort.call('getDimensions', info, dims, rank);
  return Array.from(dims, Number);
}

/** A tensor of zeros in fresh memory. */
export const emptyTensor = (dtype: DType, shape: Shape): HostTensor => ({ dtype, shape, data: new arrays[dtype](sizeOf(shape)) });
