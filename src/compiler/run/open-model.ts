import type { Tensor } from 'onnxruntime-node';
import type { NativeTensor } from '../onnxruntime/native-tensor.js';
import type { HostTensor } from '../tensors.js';

/** A tensor in host memory that models read and write in place. */
export interface HostMemory {
  readonly host: HostTensor;
  readonly tensor: NativeTensor;
}

/** A tensor in memory of a device, which only ONNX Runtime's Node.js binding knows. */
export class DeviceTensor {
  constructor(readonly ort: Tensor) {}
}

export type ModelTensor = HostMemory | DeviceTensor;
export type ModelResult = HostTensor | DeviceTensor;

/** An ONNX model that is ready to run. */
export interface OpenModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Runs once; writes to the memory of `destination`, and returns by name what has none. Calls must not overlap. */
  run(source: (name: string) => ModelTensor, destination: (name: string) => HostMemory | undefined): Promise<ReadonlyMap<string, ModelResult>>;
  /** Ends the profile of a model that was opened with one. */
  endProfile(): void;
  release(): Promise<void>;
}
