import { NativeTensor } from '../onnxruntime/native-tensor.js';
import type { HostTensor } from '../tensors.js';
import type { HostMemory } from './open-model.js';

/** A tensor in host memory, as ONNX Runtime's tensor too when that is asked for. */
export class HostView implements HostMemory {
  private native: NativeTensor | undefined;

  constructor(readonly host: HostTensor) {}

  get tensor(): NativeTensor {
    return (this.native ??= new NativeTensor(this.host));
  }
}
