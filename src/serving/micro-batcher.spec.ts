import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HostTensor, NamedHostTensors } from '../compiler/tensors.js';
import { BatchingModel } from './batching-model.js';
import { MicroBatcher, noBatches, type BatchingOptions } from './micro-batcher.js';
import { FakeModel } from './testing/fake-model.js';

const options: BatchingOptions = { maxRows: 8, maxDelayMs: 1, maxWaitingRows: 1000 };

/** x [rows, 2] with values that no other `tag` has. */
const rows = (count: number, tag = 1): { x: HostTensor } => ({
  x: { dtype: 'float32', shape: [count, 2], data: Float32Array.from({ length: 2 * count }, (_, i) => tag * 1000 + i) },
});
const expectAnswer = (outputs: NamedHostTensors, { x }: { x: HostTensor }): void => {
  const values = Array.from(x.data);
  expect(outputs['double']).toEqual({ dtype: 'float32', shape: x.shape, data: Float32Array.from(values, (v) => 2 * v) });
  expect(outputs['sum']!.shape).toEqual([x.shape[0]]);
  expect(Array.from(outputs['sum']!.data)).toEqual(values.flatMap((v, i) => (i % 2 === 0 ? [v + values[i + 1]!] : [])));
};

/** A gate that holds every execution until it is opened. */
function gate(): { wait: () => Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { wait: () => opened, open };
}
const settled = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('MicroBatcher', () => {
  it('joins concurrent calls into one execution and gives each its own rows', async () => {
    const model = new FakeModel();
    const totals = noBatches();
    const batcher = new MicroBatcher(model, 'predict', options, totals);
    const inputs = [rows(1, 1), rows(3, 2), rows(2, 3)];
    const answers = await Promise.all(inputs.map((input) => batcher.run(input)));
    answers.forEach((outputs, i) => expectAnswer(outputs, inputs[i]!));
    expect(model.executions).toEqual([6]);
    expect(totals).toEqual({ requests: 3, rows: 6, executions: 1, failures: 0, cancellations: 0 });
  });

  it('does not wait for company once maxRows rows are there, and cuts long calls', async () => {
    const model = new FakeModel();
    const batcher = new MicroBatcher(model, 'predict', { ...options, maxDelayMs: 60_000 });
    const inputs = [rows(19, 1), rows(5, 2)];
    const answers = await Promise.all(inputs.map((input) => batcher.run(input)));
    answers.forEach((outputs, i) => expectAnswer(outputs, inputs[i]!));
    expect(model.executions).toEqual([8, 8, 8]);
  });

  it('never mixes up answers, whatever the sizes, orders and limits', async () => {
    const call = fc.record({ count: fc.integer({ min: 1, max: 20 }), ticks: fc.nat(6) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 16 }), async (calls, maxRows) => {
        const model = new FakeModel();
        const totals = noBatches();
        const batcher = new MicroBatcher(model, 'predict', { ...options, maxRows, maxDelayMs: 0 }, totals);
        await Promise.all(
          calls.map(async ({ count, ticks }, tag) => {
            for (let i = 0; i < ticks; i++) await Promise.resolve();
            const input = rows(count, tag + 1);
            expectAnswer(await batcher.run(input), input);
          }),
        );
        const total = calls.reduce((sum, { count }) => sum + count, 0);
        expect(Math.max(...model.executions)).toBeLessThanOrEqual(maxRows);
        expect(totals).toMatchObject({ requests: calls.length, rows: total, executions: model.executions.length });
      }),
      { numRuns: 60 },
    );
  });

  it('gathers the next execution while one runs', async () => {
    const hold = gate();
    const model = new FakeModel(hold.wait);
    const batcher = new MicroBatcher(model, 'predict', { ...options, maxDelayMs: 0 });
    const first = batcher.run(rows(1));
    await settled();
    const later = [2, 3, 4].map((tag) => batcher.run(rows(1, tag)));
    await settled();
    hold.open();
    await Promise.all([first, ...later]);
    expect(model.executions).toEqual([1, 3]);
  });

  it('executes signatures whose rows depend on each other call by call', async () => {
    const model = new FakeModel();
    const batcher = new MicroBatcher(model, 'mean', options);
    const answers = await Promise.all([batcher.run(rows(1, 0)), batcher.run(rows(2, 1)), batcher.run(rows(20, 0))]);
    expect(answers.map((outputs) => outputs['mean']!.data[0])).toEqual([0.5, 1001.5, 19.5]);
    expect(model.executions).toEqual([1, 2, 20]);
  });

  it('lets a bad call fail alone', async () => {
    const totals = noBatches();
    const batcher = new MicroBatcher(new FakeModel(undefined, 2000), 'predict', options, totals);
    const results = await Promise.allSettled([batcher.run(rows(2, 1)), batcher.run(rows(1, 2)), batcher.run(rows(2, 3))]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expectAnswer((results[2] as PromiseFulfilledResult<NamedHostTensors>).value, rows(2, 3));
    expect(totals).toMatchObject({ failures: 1, rows: 4 });
  });

  it('refuses a wrong shape before it can spoil a batch, and says what fits', async () => {
    const batcher = new MicroBatcher(new FakeModel(), 'predict', options);
    const wrong: HostTensor = { dtype: 'float32', shape: [1, 3], data: new Float32Array(3) };
    await expect(batcher.run({ x: wrong })).rejects.toThrow(/float32\[1,3\].*float32\[-1,2\]/);
    await expect(batcher.run(rows(0))).rejects.toMatchObject({ code: 'signature-batch-empty' });
    expect(() => new MicroBatcher(new FakeModel(), 'encode', options)).toThrow(/predict, mean/);
  });

  it('drops a cancelled call that has not begun', async () => {
    const hold = gate();
    const model = new FakeModel(hold.wait);
    const totals = noBatches();
    const batcher = new MicroBatcher(model, 'predict', { ...options, maxDelayMs: 0 }, totals);
    const first = batcher.run(rows(1));
    await settled();
    const controller = new AbortController();
    const second = batcher.run(rows(5, 2), { signal: controller.signal });
    controller.abort(new Error('client went away'));
    await expect(second).rejects.toThrow('client went away');
    await expect(batcher.run(rows(1), { signal: controller.signal })).rejects.toThrow('client went away');
    hold.open();
    expectAnswer(await first, rows(1));
    await settled();
    expect(model.executions).toEqual([1]);
    expect(totals).toMatchObject({ cancellations: 1 });
  });

  it('gives up after the timeout, also while the execution is under way', async () => {
    const hold = gate();
    const batcher = new MicroBatcher(new FakeModel(hold.wait), 'predict', { ...options, maxDelayMs: 0 });
    await expect(batcher.run(rows(1), { timeoutMs: 5 })).rejects.toMatchObject({ code: 'serving-timeout', status: 503 });
    hold.open();
    expectAnswer(await batcher.run(rows(2)), rows(2));
  });

  it('refuses what would wait beyond the limit, but takes any size when nothing waits', async () => {
    const hold = gate();
    const batcher = new MicroBatcher(new FakeModel(hold.wait), 'predict', { ...options, maxWaitingRows: 4 });
    const large = batcher.run(rows(30));
    await expect(batcher.run(rows(1))).rejects.toMatchObject({ code: 'serving-queue-full', status: 503 });
    hold.open();
    expectAnswer(await large, rows(30));
  });
});

describe('BatchingModel', () => {
  it('joins calls of the signatures it was told to, and passes the others on', async () => {
    const fake = new FakeModel();
    const totals = noBatches();
    const bare = { manifest: fake.manifest, run: fake.run.bind(fake), dispose: () => Promise.resolve() };
    const model = new BatchingModel(bare, ['predict'], options, totals);
    await Promise.all([model.run('predict', rows(1)), model.run('mean', rows(2)), model.run('mean', rows(4)), model.run('predict', rows(2))]);
    expect(fake.executions.sort()).toEqual([2, 3, 4]);
    expect(totals).toMatchObject({ requests: 2, rows: 3, executions: 1 });
    await expect(model.run('predict', rows(1), { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
  });
});
