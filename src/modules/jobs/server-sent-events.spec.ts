import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventStreamText, type ServerSentEvent } from './server-sent-events.js';

async function collect(events: AsyncGenerator<ServerSentEvent>, heartbeatMs: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of eventStreamText(events, heartbeatMs)) texts.push(text);
  return texts;
}

describe('server-sent events', () => {
  it('writes id, event and data, and ends with its source', async () => {
    async function* source(): AsyncGenerator<ServerSentEvent> {
      yield { id: '7', event: 'metrics', data: { loss: 0.5 } };
      await sleep(0);
      yield { event: 'progress', data: { step: 1 } };
    }
    expect(await collect(source(), 1000)).toEqual([
      'retry: 2000\n\n',
      'id: 7\nevent: metrics\ndata: {"loss":0.5}\n\n',
      'event: progress\ndata: {"step":1}\n\n',
    ]);
  });

  it('fills silence with comments', async () => {
    async function* source(): AsyncGenerator<ServerSentEvent> {
      await sleep(80);
      yield { event: 'message', data: 'late' };
    }
    const texts = await collect(source(), 20);
    expect(texts.filter((text) => text.startsWith(':')).length).toBeGreaterThanOrEqual(2);
    expect(texts.at(-1)).toBe('event: message\ndata: "late"\n\n');
  });

  it('closes its source when the reader leaves', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<ServerSentEvent> {
      try {
        for (;;) {
          yield { event: 'message', data: 1 };
          await sleep(1);
        }
      } finally {
        closed = true;
      }
    }
    for await (const text of eventStreamText(source(), 1000)) if (text.startsWith('event')) break;
    expect(closed).toBe(true);
  });
});
