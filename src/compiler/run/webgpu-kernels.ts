import type { OnnxNode } from '../lower/index.js';

/**
 * Operators that ONNX Runtime 1.30 computes wrongly or not at all on `webgpu`, as the contract rows show; they run on the CPU.
 * - MaxPool with its second output: "The Indices output is not supported yet", at the first run.
 * - Conv with groups: wrong values where a group has several outputs and the window is strided or padded.
 * - ConvTranspose with groups: wrong values where a group has several channels.
 * - ScatterElements: rows are written all at once, so that of several for one place any may stay, and sums do not repeat bit for bit.
 * - Pow of two tensors that broadcast both: fails at the first run.
 * - IsNaN: shaders may assume that there is no NaN.
 */
function runsOnCpu({ opType, outputs, attributes }: OnnxNode): boolean {
  switch (opType) {
    case 'MaxPool': return outputs.length > 1;
    case 'Conv':
    case 'ConvTranspose': {
      const groups = attributes['group'];
      return groups !== undefined && 'i' in groups && groups.i > 1;
    }
    case 'ScatterElements':
    case 'Pow':
    case 'IsNaN': return true;
    default: return false;
  }
}

/** Names of the nodes that `webgpu` leaves to the CPU. */
export const cpuNodes = (operators: readonly OnnxNode[]): string[] => operators.filter(runsOnCpu).map(({ outputs }) => outputs[0]!);
