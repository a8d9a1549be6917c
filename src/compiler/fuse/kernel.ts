import type { Node } from '../graph/graph.js';
import { type Cluster } from './clusters.js';
import { emitInstruction } from './instructions.js';
import { FunctionAssembler } from './wasm-assembler.js';
import { instantiate, type WasmMemory } from './webassembly.js';

/** Runs a kernel on `count` rows of a table in the memory that it was instantiated with. */
export type Kernel = (table: number, count: number) => void;

/** 32-bit words of one table row: byte length, tensors read, scalars read, tensors written. */
export const rowWords = ({ tensors, scalars, updates }: Cluster): number => 1 + tensors.length + scalars.length + updates.length;

/** Clusters with equal keys compute the same expression and share one kernel. */
export function kernelKey(cluster: Cluster): string {
  const place = new Map<Node, string>();
  cluster.tensors.forEach((node, i) => place.set(node, `t${i}`));
  cluster.scalars.forEach((node, i) => place.set(node, `s${i}`));
  cluster.nodes.forEach((node, i) => place.set(node, `n${i}`));
  const operand = (node: Node): string => place.get(node) ?? immediate(node).toString();
  const lines = cluster.nodes.map((node) => `${node.op} ${JSON.stringify(node.attributes)} ${node.inputs.map(operand).join(' ')}`);
  return [...lines, cluster.updates.map(([, value]) => operand(value)).join(' ')].join('\n');
}

function immediate(node: Node): number {
  if (node.op !== 'constant') throw new Error(`internal: '${node.op}' is not a constant`);
  return node.attributes.value[0]!;
}

/**
 * Compiles a cluster into a WebAssembly module: for each table row, for each group of four elements, load, compute,
 * and only then store, so that a tensor can be read and replaced in place. Addresses are multiples of 16 and lengths
 * are rounded up to 16 bytes: the owner of the memory pads each tensor, so there is no tail.
 */
export function assembleKernel(cluster: Cluster): Uint8Array<ArrayBuffer> {
  const code = new FunctionAssembler(2);
  const [row, count] = [0, 1];
  const words = rowWords(cluster);
  const locals = (items: readonly unknown[], type: 'i32' | 'v128'): number[] => items.map(() => code.local(type));
  const done = code.local('i32');
  const offset = code.local('i32');
  const length = code.local('i32');
  const reads = locals(cluster.tensors, 'i32');
  const writes = locals(cluster.updates, 'i32');
  const value = new Map<Node, number>();
  for (const node of [...cluster.scalars, ...cluster.tensors, ...cluster.nodes]) value.set(node, code.local('v128'));
  const push = (node: Node): void => {
    if (value.has(node)) code.get(value.get(node)!);
    else code.splat(immediate(node));
  };
  const word = (index: number): FunctionAssembler => code.get(row).loadInteger(4 * index);
  code.whileBelow(done, count, () => {
    word(0).set(length);
    reads.forEach((local, i) => word(1 + i).set(local));
    cluster.scalars.forEach((node, i) => word(1 + reads.length + i).loadSplat().set(value.get(node)!));
    writes.forEach((local, i) => word(1 + reads.length + cluster.scalars.length + i).set(local));
    code.integer(0).set(offset);
    code.whileBelow(offset, length, () => {
      cluster.tensors.forEach((node, i) => code.get(reads[i]!).get(offset).addInteger().loadFloats().set(value.get(node)!));
      for (const node of cluster.nodes) {
        emitInstruction(code, node, (i) => push(node.inputs[i]!));
        code.set(value.get(node)!);
      }
      cluster.updates.forEach(([, node], i) => {
        code.get(writes[i]!).get(offset).addInteger();
        push(node);
        code.storeFloats();
      });
      code.get(offset).integer(16).addInteger().set(offset);
    });
    code.get(row).integer(4 * words).addInteger().set(row);
    code.get(done).integer(1).addInteger().set(done);
  });
  return code.assemble();
}

/** Instantiates a kernel over a memory. */
export const loadKernel = (module: Uint8Array<ArrayBuffer>, memory: WasmMemory): Kernel => instantiate(module, memory) as Kernel;
