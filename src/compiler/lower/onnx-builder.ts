import type { Node } from '../graph/graph.js';
import type { DType, Shape } from '../tensors.js';
import type {
  ExternalRange, OnnxAttributes, OnnxDomain, OnnxGraph, OnnxInitialiser, OnnxNode, OnnxType, OnnxValueInfo,
} from './onnx-proto.js';

type Elements = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** Name of a run-time length: `batch` for -1, `9*batch` for -9. */
const dimName = (dim: number): number | string => (dim >= 0 ? dim : dim === -1 ? 'batch' : `${-dim}*batch`);
export const onnxDims = (shape: Shape): (number | string)[] => shape.map(dimName);

/**
 * Collects the nodes, constants, inputs and outputs of one ONNX graph; values are known by name. The body of a loop sees
 * the values around it, so names are unique over all bodies, and constants and lengths belong to the outermost graph.
 */
export class OnnxBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxInitialiser[] = [];
  readonly inputs: OnnxValueInfo[] = [];
  readonly outputs: OnnxValueInfo[] = [];
  /** The graph node that each ONNX node was written for, by the name of the ONNX node: its first output. */
  readonly origins = new Map<string, Node>();
  private origin: Node | undefined;
  private readonly taken = new Set<string>();
  private readonly shared = new Map<string, string>();
  private serial = 0;
  private batchSource: { readonly value: string; readonly axis: number; readonly multiple: number } | undefined;

  /** The builder of the outermost graph. */
  private readonly outermost: OnnxBuilder;

  constructor(around?: OnnxBuilder) {
    this.outermost = around?.outermost ?? this;
  }

  /** A builder for the body of a loop in this graph. */
  inner(): OnnxBuilder {
    return new OnnxBuilder(this);
  }

  /** Claims a name for a graph input, output or frozen tensor; false when something else has it. */
  claim(name: string): boolean {
    const { taken } = this.outermost;
    if (taken.has(name)) return false;
    taken.add(name);
    return true;
  }

  addInput(name: string, dtype: DType, shape: Shape): void {
    this.inputs.push({ name, type: dtype, dims: onnxDims(shape) });
    const axis = shape.findIndex((dim) => dim < 0);
    if (axis >= 0 && (this.batchSource?.multiple ?? Infinity) > -shape[axis]!) {
      this.batchSource = { value: name, axis, multiple: -shape[axis]! };
    }
  }

  /** Declares an output that some node writes under this very name. */
  addOutput(name: string, dtype: DType, shape: Shape): void {
    this.outputs.push({ name, type: dtype, dims: onnxDims(shape) });
  }

  /** What was collected. */
  asGraph(name: string): OnnxGraph {
    const { nodes, initialisers, inputs, outputs } = this;
    return { name, nodes, initialisers, inputs, outputs };
  }

  /** Declares an input of a body and returns its name. */
  addLeaf(type: OnnxType, shape: Shape): string {
    const name = this.fresh('leaf');
    this.inputs.push({ name, type, dims: onnxDims(shape) });
    return name;
  }

  /** Declares an output of a body. What is not the result of a node of its own, or is an output already, is copied. */
  addResult(value: string, type: OnnxType, shape: Shape): void {
    const own = this.nodes.some(({ outputs }) => outputs.includes(value)) && !this.outputs.some(({ name }) => name === value);
    this.outputs.push({ name: own ? value : this.op('Identity', [value]), type, dims: onnxDims(shape) });
  }

  addExternal(name: string, dtype: DType, dims: readonly number[], external: ExternalRange): void {
    this.initialisers.push({ name, type: dtype, dims, content: { external } });
  }

  addFrozen(name: string, dtype: DType, dims: readonly number[], data: Float32Array | Int32Array | Uint8Array): void {
    this.initialisers.push({ name, type: dtype, dims, content: { raw: littleEndianBytes(data) } });
  }

  /** ONNX nodes added from now on are written for this node of the graph; those in the body of a loop are all written for the loop. */
  writeFor(origin: Node): void {
    if (this === this.outermost) this.origin = origin;
  }

  /** Adds a node with one output and returns the output's name. */
  op(opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
    return this.opMany(opType, inputs, 1, attributes)[0]!;
  }

  /** As `op`, for an operator of ONNX Runtime's own. */
  foreignOp(domain: OnnxDomain, opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
    const output = this.fresh(opType);
    this.push({ domain, opType, inputs, outputs: [output], attributes });
    return output;
  }

  opMany(opType: string, inputs: readonly string[], outputCount: number, attributes: OnnxAttributes = {}): string[] {
    const outputs = Array.from({ length: outputCount }, () => this.fresh(opType));
    this.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  /** Gives a value a second, declared name. */
  alias(value: string, name: string): void {
    this.push({ opType: 'Identity', inputs: [value], outputs: [name], attributes: {} });
  }

  constant(type: OnnxType, dims: readonly number[], data: Elements): string {
    const name = this.fresh('constant');
    this.outermost.initialisers.push({ name, type, dims, content: { raw: littleEndianBytes(data) } });
    return name;
  }

  /** A scalar of rank 0; equal scalars share one constant. */
  scalar(dtype: DType, value: number): string {
    return this.share(`${dtype} ${Object.is(value, -0) ? '-0' : value}`, () => this.constant(dtype, [], scalarData(dtype, value)));
  }

  /** An int64 vector: axes, lengths, pads. */
  int64(values: readonly number[]): string {
    return this.share(`int64 ${values.join()}`, () => this.constant('int64', [values.length], BigInt64Array.from(values, BigInt)));
  }

  /** The batch size of the call as an int64 vector of length 1. */
  batch(): string {
    const { outermost } = this;
    return this.share('batch', () => {
      if (!outermost.batchSource) throw new Error('internal: a batch dimension in a graph whose inputs have none');
      const { value, axis, multiple } = outermost.batchSource;
      const length = outermost.op('Shape', [value], { start: { i: axis }, end: { i: axis + 1 } });
      return multiple === 1 ? length : outermost.op('Div', [length, this.int64([multiple])]);
    });
  }

  /** A shape as an int64 vector, computed at run time where it depends on the batch size. */
  shape(shape: Shape): string {
    if (shape.every((dim) => dim >= 0)) return this.int64(shape);
    const { outermost } = this;
    return this.share(`shape ${shape.join()}`, () => {
      const parts: string[] = [];
      for (let from = 0; from < shape.length; ) {
        const dim = shape[from]!;
        if (dim < 0) {
          parts.push(dim === -1 ? this.batch() : outermost.op('Mul', [this.batch(), this.int64([-dim])]));
          from++;
        } else {
          const next = shape.findIndex((d, i) => i > from && d < 0);
          const to = next < 0 ? shape.length : next;
          parts.push(this.int64(shape.slice(from, to)));
          from = to;
        }
      }
      return parts.length === 1 ? parts[0]! : outermost.op('Concat', parts, { axis: { i: 0 } });
    });
  }

  /** Reshape; one batch-dependent length is inferred (-1), more are computed. */
  reshape(value: string, shape: Shape): string {
    const empty = shape.includes(0);
    const inferable = !empty && shape.filter((dim) => dim < 0).length <= 1;
    const target = inferable ? this.int64(shape.map((dim) => Math.max(dim, -1))) : this.shape(shape);
    return this.op('Reshape', [value, target], empty ? { allowzero: { i: 1 } } : {});
  }

  transpose(value: string, permutation: readonly number[]): string {
    if (permutation.every((axis, i) => axis === i)) return value;
    return this.op('Transpose', [value], { perm: { ints: permutation } });
  }

  private push(node: OnnxNode): void {
    this.nodes.push(node);
    const { origin, origins } = this.outermost;
    if (origin) origins.set(node.outputs[0]!, origin);
  }

  private share(key: string, make: () => string): string {
    const { shared } = this.outermost;
    const known = shared.get(key);
    if (known !== undefined) return known;
    const name = make();
    shared.set(key, name);
    return name;
  }

  private fresh(stem: string): string {
    let name: string;
    do name = `${stem}_${this.outermost.serial++}`;
    while (!this.claim(name));
    return name;
  }
}

function scalarData(dtype: DType, value: number): Elements {
  if (dtype === 'float32') return Float32Array.of(value);
  return dtype === 'int32' ? Int32Array.of(value) : Uint8Array.of(value);
}

/** ONNX raw data is little-endian, as is every platform that ONNX Runtime's Node package supports. */
function littleEndianBytes(data: Elements): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
