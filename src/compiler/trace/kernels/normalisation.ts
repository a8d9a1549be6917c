import type { KernelRules } from '../kernel-rule.js';

export const normalisationKernels: KernelRules = {
  /** (x - mean) / sqrt(variance + epsilon) * scale + offset, statistics along the last axis or of the shape of x */
  FusedBatchNorm: (call) => {
    const epsilon = call.scalar((call.attributes.varianceEpsilon as number | undefined) ?? 0.001);
    const inverse = call.emit('rsqrt', [call.emit('add', [call.float('variance'), epsilon], {})], {});
    const scale = call.optional('scale');
    const factor = scale === undefined ? inverse : call.emit('mul', [inverse, scale], {});
    const centred = call.emit('sub', [call.float('x'), call.float('mean')], {});
    const scaled = call.emit('mul', [centred, factor], {});
    const offset = call.optional('offset');
    return offset === undefined ? scaled : call.emit('add', [scaled, offset], {});
  },
};
