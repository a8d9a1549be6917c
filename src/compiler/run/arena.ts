import { createMemory, type WasmMemory } from '../fuse/index.js';
import type { NativeTensor } from '../onnxruntime/native-tensor.js';
import { sizeOf } from '../signature.js';
import type { DType, HostTensor, TensorSpec } from '../tensors.js';
import { HostView } from './host-view.js';
import type { HostMemory } from './open-model.js';

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, int32: 4, bool: 1 };

/** Buffers begin at cache lines: a 64-byte load that crosses two of them costs ONNX Runtime's kernels up to a third of their speed. */
const lineBytes = 64;
const wholeLines = (bytes: number): number => Math.ceil(bytes / lineBytes) * lineBytes;

/** Bytes that a tensor occupies in a shared arena: whole cache lines, so that fused kernels, which take 16 bytes at once, need no tail. */
export const paddedBytes = ({ dtype, shape }: TensorSpec): number => wholeLines(sizeOf(shape) * bytesPerElement[dtype]);

/** Memory of one tensor that models read and write; its views are valid until the arena grows. */
export interface Buffer extends HostMemory {
  readonly spec: TensorSpec;
  /** Byte address in the shared arena; -1 elsewhere. */
  readonly address: number;
}

/** Where the buffers of a compiled program are. */
export interface Arena {
  allocate(spec: TensorSpec): Buffer;
}

/** A tensor in memory of its own. */
export class HeapBuffer extends HostView implements Buffer {
  readonly address = -1;

  get spec(): TensorSpec {
    return this.host;
  }

  /** A tensor of zeros. */
  static allocate({ dtype, shape }: TensorSpec): HeapBuffer {
    return new HeapBuffer({ dtype, shape, data: new arrays[dtype](sizeOf(shape)) });
  }
}

/** Each buffer in memory of its own: for state too large for one WebAssembly memory. */
export const heapArena: Arena = { allocate: (spec) => HeapBuffer.allocate(spec) };

/** A range of a WebAssembly memory. Growing replaces the memory's ArrayBuffer: the views are made again when that happened. */
class SharedBuffer implements Buffer {
  private source: ArrayBuffer | undefined;
  private view: HostView | undefined;

  constructor(readonly spec: TensorSpec, readonly address: number, private readonly memory: WasmMemory) {}

  get host(): HostTensor {
    return this.current().host;
  }

  get tensor(): NativeTensor {
    return this.current().tensor;
  }

  private current(): HostView {
    if (!this.view || this.source !== this.memory.buffer) {
      const { dtype, shape } = this.spec;
      this.source = this.memory.buffer;
      this.view = new HostView({ dtype, shape, data: new arrays[dtype](this.source, this.address, sizeOf(shape)) });
    }
    return this.view;
  }
}

const pageBytes = 65_536;

/** One growing WebAssembly memory that kernels and ONNX Runtime share. Addresses are multiples of 64, 0 is not used. */
export class SharedArena implements Arena {
  readonly memory = createMemory(1);
  private end = lineBytes;

  allocate(spec: TensorSpec): Buffer {
    return this.at(this.reserve(paddedBytes(spec)), spec);
  }

  /** A tensor in memory that is reserved already. */
  at(address: number, spec: TensorSpec): Buffer {
    return new SharedBuffer(spec, address, this.memory);
  }

  /** The address of `bytes` more bytes, all zero. Throws RangeError past 4 GiB. */
  reserve(bytes: number): number {
    const address = this.end;
    this.end += wholeLines(bytes);
    // A kernel reads whole vectors, so up to a line behind the last tensor.
    const missing = Math.ceil((this.end + lineBytes - this.memory.buffer.byteLength) / pageBytes);
    if (missing > 0) this.memory.grow(missing);
    return address;
  }
}
