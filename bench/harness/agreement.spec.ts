import { describe, expect, it } from 'vitest';
import type { HostTensor } from '../../src/compiler/tensors.js';
import { sameLosses, sameOutputs } from '../workloads/workload.js';
import { checkAgreement, lossDifference, outputDifference } from './agreement.js';

const f32 = (...values: number[]): HostTensor => ({ dtype: 'float32', shape: [values.length], data: Float32Array.from(values) });

describe('lossDifference', () => {
  it('is relative, goes as far as both sequences, and takes tiny losses for 0.05', () => {
    expect(lossDifference([1, 2.2], [1, 2, 5])).toBeCloseTo(0.1, 12);
    expect(lossDifference([0.002], [0.001])).toBeCloseTo(0.02, 12);
  });

  it('keeps NaN wherever it is', () => {
    expect(lossDifference([NaN, 1], [1, 1])).toBeNaN();
    expect(lossDifference([1, NaN], [1, 1])).toBeNaN();
  });
});

describe('outputDifference', () => {
  it('forgives the allowed share of elements only', () => {
    const reference = f32(1, 1, 1, 1);
    expect(outputDifference(f32(1, 1, 1, 3), reference, 0)).toBe(2);
    expect(outputDifference(f32(1, 1, 1, 3), reference, 0.25)).toBe(0);
    expect(outputDifference(f32(1, 1, 2, 3), reference, 0.25)).toBe(1);
  });

  it('is infinite for another shape and NaN for NaN', () => {
    expect(outputDifference(f32(1), f32(1, 1), 0)).toBe(Infinity);
    expect(outputDifference(undefined, f32(1), 0)).toBe(Infinity);
    expect(outputDifference(f32(NaN, 1), f32(1, 1), 0.5)).toBeNaN();
  });
});

describe('checkAgreement', () => {
  it('returns the largest difference, or says whose results are wrong', () => {
    const reference = { losses: [1, 2], outputs: { y: f32(1, 2) } };
    expect(checkAgreement('peer', { losses: [1, 2], outputs: {} }, { losses: [1, 2], outputs: {} }, sameLosses(2, 0.01))).toBe(0);
    expect(checkAgreement('peer', reference, reference, sameOutputs(1e-6))).toBe(0);
    expect(() => checkAgreement('peer', { losses: [1, 2.1], outputs: {} }, reference, sameLosses(2, 0.01))).toThrow(/peer: losses differ by 0.05/);
    expect(() => checkAgreement('peer', { losses: [1, NaN], outputs: {} }, reference, sameLosses(2, 0.01))).toThrow(/peer: losses differ by NaN/);
    expect(() => checkAgreement('peer', { losses: [], outputs: { y: f32(1, 3) } }, reference, sameOutputs(1e-3))).toThrow(/peer: outputs differ by 0.5/);
  });
});
