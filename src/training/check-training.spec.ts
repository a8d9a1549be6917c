import { describe, expect, it } from 'vitest';
import { checkTraining, trainingLength } from './check-training.js';
import { separableDataset } from './testing/memory-dataset.js';
import { trainingOptionsSchema } from './training.options.js';

const { descriptor } = separableDataset([8, 8, 1], 3, { train: 100 });
const NETWORK = { architecture: 'convnet', channels: [2, 2] };
const parse = (request: object) => trainingOptionsSchema.parse({ network: NETWORK, batchSize: 32, epochs: 2, ...request });

describe('checkTraining', () => {
  it('accepts what fits', () => {
    expect(() => checkTraining(parse({ method: { name: 'manifold-mixup' } }), descriptor)).not.toThrow();
    expect(trainingLength(parse({}), 100)).toEqual({ stepsPerEpoch: 3, totalSteps: 6 });
    expect(trainingLength(parse({ epochs: undefined, steps: 7 }), 100).totalSteps).toBe(7);
  });
  it.each([
    ['batch-larger-than-data', { batchSize: 101 }, /101.*100 examples/],
    ['validation-split-missing', { validation: {} }, /no validation split/],
    ['warmup-too-long', { schedule: { name: 'constant', warmupSteps: 7 } }, /7.*6 steps/],
    ['mix-point-outside-network', { method: { name: 'manifold-mixup', mixPoints: [0, 3] } }, /Mix point 3.*0 to 2/],
    ['loss-takes-no-smoothing', { method: { name: 'erm', labelSmoothing: 0.1 }, loss: { source: 'input logits: float32[n, k]\ninput labels: int32[n]\noutput loss = mean(crossEntropy(logits, labels))' } }, /0\.1.*targets: float32\[n, k\]/],
    ['expression-unfit', { loss: { source: 'input logits: float32[n, 10]\ninput labels: int32[n]\noutput loss = mean(crossEntropy(logits, labels))' } }, /at \/loss.*float32\[n, 10\].*n = 32 of examples and k = 3 classes/],
  ])('%s', (code, request, detail) => {
    const check = (): void => checkTraining(parse(request), descriptor);
    expect(check).toThrow(expect.objectContaining({ code, status: 422 }) as Error);
    expect(check).toThrow(detail);
  });
  it('keeps a loss to the limits of the settings', () => {
    const loss = { source: `input logits: float32[n, k]\ninput labels: int32[n]\noutput loss = mean(crossEntropy(logits, labels))` };
    expect(() => checkTraining(parse({ loss }), descriptor, { sourceBytes: 200 })).not.toThrow();
    expect(() => checkTraining(parse({ loss }), descriptor, { sourceBytes: 50 })).toThrow(expect.objectContaining({ code: 'expression-too-long' }) as Error);
  });
  it('network-input-mismatch', () => {
    const table = separableDataset([5], 3, { train: 100 }).descriptor;
    expect(() => checkTraining(parse({}), table)).toThrow(expect.objectContaining({ code: 'network-input-mismatch' }) as Error);
  });
  it('takes exactly one of epochs and steps', () => {
    for (const request of [{ epochs: 1, steps: 1 }, { epochs: undefined }]) {
      expect(trainingOptionsSchema.safeParse({ ...parse({}), ...request }).success).toBe(false);
    }
  });
});
