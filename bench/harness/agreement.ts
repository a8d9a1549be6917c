import type { HostTensor, NamedHostTensors } from '../../src/compiler/tensors.js';
import type { Agreement } from '../workloads/index.js';

/** What a contender computed in the calls before the timing. */
export interface Computed {
  readonly losses: readonly number[];
  readonly outputs: NamedHostTensors;
}

/** Losses below this are compared as if they were as large: relative differences of nearly nothing mean nothing. */
const LOSS_FLOOR = 0.05;

/** Largest relative difference of two sequences of losses, as far as both go; NaN if there is one. */
export const lossDifference = (losses: readonly number[], reference: readonly number[]): number =>
  Math.max(0, ...losses.slice(0, reference.length).map((loss, i) => Math.abs(loss - reference[i]!) / Math.max(Math.abs(reference[i]!), LOSS_FLOOR)));

function relativeDifferences(tensor: HostTensor, reference: HostTensor): Float64Array {
  let scale = 0;
  for (const value of reference.data) scale += Math.abs(value) / reference.data.length;
  return Float64Array.from(tensor.data, (value, i) => Math.abs(value - reference.data[i]!) / Math.max(Math.abs(reference.data[i]!), scale));
}

/** The difference that all but the allowed share of elements keep within. */
export function outputDifference(tensor: HostTensor | undefined, reference: HostTensor, share: number): number {
  if (tensor === undefined || tensor.shape.join() !== reference.shape.join()) return Infinity;
  const sorted = relativeDifferences(tensor, reference).sort();
  return sorted.some(Number.isNaN) ? NaN : sorted[Math.max(0, Math.ceil(sorted.length * (1 - share)) - 1)]!;
}

/**
 * Largest difference of a contender's results from those of the reference.
 * @throws plain error when it exceeds what the workload allows
 */
export function checkAgreement(what: string, computed: Computed, reference: Computed, agreement: Agreement): number {
  const loss = lossDifference(computed.losses, reference.losses);
  const worst = Math.max(0, ...Object.entries(reference.outputs).map(([name, tensor]) => outputDifference(computed.outputs[name], tensor, agreement.outputs.share)));
  if (!(loss <= agreement.loss)) throw new Error(`${what}: losses differ by ${loss}, allowed are ${agreement.loss}`);
  if (!(worst <= agreement.outputs.relative)) throw new Error(`${what}: outputs differ by ${worst}, allowed are ${agreement.outputs.relative}`);
  return Math.max(loss, worst);
}
