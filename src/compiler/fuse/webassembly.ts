/** The part of the WebAssembly JavaScript interface that kernels use; Node.js has it, its type package does not. */
interface WebAssemblyInterface {
  readonly Memory: new (descriptor: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: Readonly<Record<string, unknown>> };
}
type WasmModule = object;
type WasmImports = Readonly<Record<string, Readonly<Record<string, WasmMemory>>>>;

/** Grows by pages of 64 KiB up to 4 GiB; growing replaces `buffer` and detaches the old one. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyInterface };

export const createMemory = (pages: number): WasmMemory => new WebAssembly.Memory({ initial: pages });

/** Compiles and instantiates a module that imports the memory as `host.memory`; returns its function `run`. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WasmMemory): unknown {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports['run'];
}
