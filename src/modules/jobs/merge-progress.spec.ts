import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { JobEventEntity } from '../../persistence/entities/job-event.entity.js';
import { mergeProgress } from './merge-progress.js';
import type { ServerSentEvent } from './server-sent-events.js';

const event = (sequence: number): JobEventEntity => ({
  jobId: 'a', sequence, at: new Date(0), level: 'info', type: 'metrics', step: sequence, message: '', data: { loss: 1 },
});

describe('progress between the events of a log', () => {
  it('keeps ids to logged events, tells progress when it changed, and ends with the log', async () => {
    let step = 0;
    let changed = (): void => undefined;
    async function* log(): AsyncGenerator<JobEventEntity> {
      yield event(1);
      step = 5;
      changed();
      await sleep(1200);
      yield event(2);
    }
    const seen: ServerSentEvent[] = [];
    const progress = () => Promise.resolve(step === 0 ? null : { step, totalSteps: 10 });
    const subscribe = (listener: () => void) => {
      changed = listener;
      return () => undefined;
    };
    for await (const one of mergeProgress(log(), progress, subscribe)) seen.push(one);
    expect(seen.map(({ id, event: type }) => [id, type])).toEqual([['1', 'metrics'], [undefined, 'progress'], ['2', 'metrics']]);
    expect(seen[1]!.data).toEqual({ step: 5, totalSteps: 10 });
  });

  it('closes the log when the reader leaves', async () => {
    let closed = false;
    async function* log(): AsyncGenerator<JobEventEntity> {
      try {
        for (let i = 1; ; i++) {
          yield event(i);
          await sleep(1);
        }
      } finally {
        closed = true;
      }
    }
    for await (const one of mergeProgress(log(), () => Promise.resolve(null), () => () => undefined)) if (one.id === '3') break;
    expect(closed).toBe(true);
  });
});
