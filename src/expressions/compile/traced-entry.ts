import { RampartError } from '../../errors/index.js';
import type { Graph } from '../../compiler/graph/graph.js';
import { trace } from '../../compiler/trace/index.js';
import type { NamedSpecs } from '../../compiler/tensors.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';
import { checkBinding } from './check-binding.js';
import { specsAtBinding, specsForBatch, type Entry } from './entry.js';

/** How unknown dimensions are compiled, and why. */
export interface DimensionMode {
  readonly mode: 'fixed' | 'batch' | 'binding';
  readonly reason: string;
}

/** An entry as a graph, before any pass. */
export interface TracedEntry {
  readonly inputs: NamedSpecs;
  readonly graph: Graph;
}

/** The larger of the batch sizes at which a program with a batch dimension is traced. */
const LARGEST_TRACED = 11;

/**
 * Traces an entry once for all lengths, if that is possible: without unknown dimensions, or with one that works as a batch
 * dimension. Otherwise it is traced for the lengths of each call.
 */
export function traceForAll(module: ExpressionModule, entry: Entry): { mode: DimensionMode; traced?: TracedEntry } {
  const names = [...module.dimensions.keys()];
  if (names.length === 0) return { mode: { mode: 'fixed', reason: 'every length is known' }, traced: traceAtBinding(module, entry, {}) };
  const [name] = names;
  const binding = (reason: string): { mode: DimensionMode } => ({ mode: { mode: 'binding', reason } });
  if (names.length > 1) return binding(`there are ${names.length} unknown dimensions, ${names.join(', ')}; programs have one at most`);
  const inputs = specsForBatch(entry, name!);
  if (inputs === undefined) return binding(`random numbers are drawn whose number is no multiple of ${name}`);
  try {
    checkBinding(module, entry.results, { [name!]: LARGEST_TRACED });
    return { mode: { mode: 'batch', reason: `${name} is the batch dimension of one program` }, traced: { inputs, graph: trace(entry.program, { state: entry.state, inputs }) } };
  } catch (error) {
    if (!(error instanceof RampartError)) throw error;
    return binding(`one program for every ${name} is not possible: ${error.message}`);
  }
}

/** Traces an entry for known lengths. @throws expression-dimension, expression-limit */
export function traceAtBinding(module: ExpressionModule, entry: Entry, binding: Binding): TracedEntry {
  checkBinding(module, entry.results, binding);
  const inputs = specsAtBinding(entry, binding);
  return { inputs, graph: trace(entry.program, { state: entry.state, inputs }) };
}
