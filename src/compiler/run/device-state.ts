import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { tensorUnknown } from '../../errors/compiler.errors.js';
import { encodeModel } from '../lower/index.js';
import type { CompileOptions } from '../program.js';
import { valueNames } from '../schedule/schedule.js';
import { checkTensors, copyTensor, sizeOf } from '../signature.js';
import type { DType, HostTensor, NamedHostTensors, NamedSpecs, TensorSpec } from '../tensors.js';
import type { Backing } from './backing.js';
import type { ProgramState } from './compiled-program.js';
import { openProgram } from './open-program.js';
import { createBindingSession, fromOrtTensor, toOrtTensor } from './binding-session.js';
import { ResultMemory } from './result-memory.js';
import { DeviceTensor, type ModelResult, type ModelTensor } from './open-model.js';

/** `bool` stays in host memory: ONNX Runtime's GPU buffers of it cannot be bound. So does what has no elements. */
const isOnDevice = ({ dtype, shape }: TensorSpec): boolean => dtype !== 'bool' && sizeOf(shape) > 0;

/**
 * Copies between host and `webgpu` memory by models of one Identity over n elements: ONNX Runtime's Node binding cannot copy
 * otherwise, and reading a GPU tensor by its own method ends the process.
 */
class Transfers {
  private readonly sessions = new Map<string, Promise<InferenceSession>>();

  async upload({ dtype, shape, data }: HostTensor): Promise<Tensor> {
    const session = await this.session(dtype, true);
    const { y } = await session.run({ x: new Tensor(dtype, data, [data.length]) });
    return Tensor.fromGpuBuffer(y!.gpuBuffer, { dataType: dtype, dims: shape, dispose: () => y!.dispose() });
  }

  async download(tensor: Tensor): Promise<HostTensor> {
    const dtype = tensor.type as DType;
    const session = await this.session(dtype, false);
    const flat = Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: dtype, dims: [tensor.size] });
    const { y } = await session.run({ x: flat });
    return { ...fromOrtTensor(y!), shape: tensor.dims };
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private session(type: DType, toDevice: boolean): Promise<InferenceSession> {
    const key = `${type} ${toDevice}`;
    const known = this.sessions.get(key);
    if (known) return known;
    const value = (name: string) => ({ name, type, dims: ['n'] });
    const nodes = [{ opType: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }];
    const model = encodeModel({ name: 'transfer', nodes, initialisers: [], inputs: [value('x')], outputs: [value('y')] });
    const session = createBindingSession(model, { device: 'webgpu', ...(toDevice && { deviceOutputs: ['y'] }) });
    this.sessions.set(key, session);
    return session;
  }
}

/** State tensors in `webgpu` memory. A run allocates new values: the binding does not write into given GPU tensors. */
class DeviceState implements ProgramState {
  private readonly transfers = new Transfers();
  private readonly tensors = new Map<string, Tensor>();

  constructor(private readonly label: string, readonly specs: NamedSpecs) {}

  current(name: string): ModelTensor {
    return new DeviceTensor(this.tensor(name));
  }

  next(): undefined {
    return undefined;
  }

  replace(names: readonly string[], written: ReadonlyMap<string, ModelResult>): void {
    for (const name of names) {
      const value = written.get(name)!;
      this.tensor(name).dispose();
      this.tensors.set(name, value instanceof DeviceTensor ? value.ort : toOrtTensor(value));
    }
  }

  async read(names: readonly string[] = Object.keys(this.specs)): Promise<NamedHostTensors> {
    const values: NamedHostTensors = {};
    for (const name of names) values[name] = await this.value(this.tensor(name));
    return values;
  }

  async write(values: NamedHostTensors): Promise<void> {
    const unknown = Object.keys(values).find((name) => !(name in this.specs));
    if (unknown !== undefined) throw tensorUnknown(this.label, 'state', unknown, Object.keys(this.specs));
    checkTensors(this.label, 'state', Object.fromEntries(Object.keys(values).map((name) => [name, this.specs[name]!])), values);
    for (const [name, value] of Object.entries(values)) {
      const tensor = await this.place(value);
      this.tensors.get(name)?.dispose();
      this.tensors.set(name, tensor);
    }
  }

  async release(): Promise<void> {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
    await this.transfers.release();
  }

  private place(value: HostTensor): Promise<Tensor> {
    return isOnDevice(value) ? this.transfers.upload(value) : Promise.resolve(toOrtTensor(copyTensor(value)));
  }

  private value(tensor: Tensor): Promise<HostTensor> {
    return tensor.location === 'gpu-buffer' ? this.transfers.download(tensor) : Promise.resolve(copyTensor(fromOrtTensor(tensor)));
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw tensorUnknown(this.label, 'state', name, Object.keys(this.specs));
    return tensor;
  }
}

/** State in memory of the `webgpu` device, where a call reads and writes it; inputs and outputs of a call are copied. */
export async function webgpuBacking(label: string, specs: NamedSpecs, { state: initial, threads = 0, profile = false }: CompileOptions): Promise<Backing> {
  checkTensors(label, 'state', specs, initial);
  const state = new DeviceState(label, specs);
  const results = new ResultMemory();
  await state.write(initial);
  return {
    compile(program) {
      const updated = Object.keys(program.graph.updates).filter((name) => isOnDevice(specs[name]!));
      const deviceOutputs = updated.map(valueNames.update);
      return openProgram(program, { state, results }, { threads, device: 'webgpu', deviceOutputs, profile });
    },
    read: (names) => state.read(names),
    write: (values) => state.write(values),
    recycle: (given) => results.recycle(given),
    release: () => state.release(),
  };
}
