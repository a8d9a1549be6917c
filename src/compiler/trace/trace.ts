import { RampartError } from '../../errors/index.js';
import { tensorMismatch, tensorUnknown, traceFailed } from '../../errors/compiler.errors.js';
import { inputLeaf, stateLeaf } from '../graph/build.js';
import { sameShape } from '../graph/dimensions.js';
import type { Graph, Node } from '../graph/graph.js';
import { verify } from '../graph/verify.js';
import type { NamedTensors, Program, ProgramSignature } from '../program.js';
import { atBatch, describeSpec, isDynamic } from '../signature.js';
import type { NamedSpecs, TensorSpec } from '../tensors.js';
import { recording } from './backend.js';
import { reconcile } from './reconcile.js';

/** Two batch sizes without a common factor; neither is 1, which broadcasts. */
export const TRACE_BATCHES = [7, 11] as const;

const mapValues = <A, B>(record: Readonly<Record<string, A>>, map: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));

const specsAt = (specs: NamedSpecs, batch: number): NamedSpecs =>
  mapValues(specs, ({ dtype, shape }): TensorSpec => ({ dtype, shape: atBatch(shape, batch) }));

function checkUpdates(program: string, state: NamedSpecs, updates: Readonly<Record<string, Node>>): void {
  for (const [name, update] of Object.entries(updates)) {
    const spec = state[name];
    if (spec === undefined) throw tensorUnknown(program, 'state', name, Object.keys(state));
    if (update.dtype !== spec.dtype || !sameShape(update.shape, spec.shape)) {
      throw tensorMismatch(program, 'new state', name, describeSpec(update), describeSpec(spec));
    }
  }
}

function traceStatic(program: Program, signature: ProgramSignature): Graph {
  const inputs = mapValues(signature.inputs, (spec, name) => inputLeaf(name, spec));
  const state = mapValues(signature.state, (spec, name) => stateLeaf(name, spec));
  return recording(program.name, (recorder) => {
    const tensors = (nodes: Readonly<Record<string, Node>>): NamedTensors => mapValues(nodes, (node) => recorder.tensor(node));
    const result = program.apply(tensors(state), tensors(inputs));
    const outputs = mapValues(result.outputs, (tensor) => recorder.nodeOf(tensor));
    const updates = mapValues(result.state ?? {}, (tensor) => recorder.nodeOf(tensor));
    checkUpdates(program.name, signature.state, updates);
    return { name: program.name, inputs: Object.values(inputs), state: Object.values(state), outputs, updates };
  });
}

function traceAt(program: Program, signature: ProgramSignature, batch: number): Graph {
  const inputs = specsAt(signature.inputs, batch);
  try {
    return traceStatic(program, { state: signature.state, inputs });
  } catch (error) {
    if (error instanceof RampartError || !(error instanceof Error)) throw error;
    const given = Object.entries(inputs).map(([name, spec]) => `${name} ${describeSpec(spec)}`).join(', ');
    const failed = traceFailed(program.name, given || '(none)', error.message);
    failed.cause = error;
    throw failed;
  }
}

/**
 * Records a program as a graph. With batch dimensions in the signature it is recorded at two batch sizes and the two
 * graphs are reconciled into one whose shapes carry -k. Synchronous; the current TensorFlow.js backend is restored and
 * no tensor stays.
 * @throws kernel-unsupported, data-dependent-read, hidden-randomness, batch-not-reconcilable, tensor-mismatch,
 *   tensor-unknown, trace-failed
 */
export function trace(program: Program, signature: ProgramSignature): Graph {
  const dynamic = Object.values(signature.inputs).some(({ shape }) => isDynamic(shape));
  const [first, second] = TRACE_BATCHES;
  const graph = dynamic
    ? reconcile(traceAt(program, signature, first), traceAt(program, signature, second), TRACE_BATCHES)
    : traceAt(program, signature, first);
  verify(graph, 'after trace');
  return graph;
}
