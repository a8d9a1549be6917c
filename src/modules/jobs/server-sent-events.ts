/** One server-sent event; `id` is what a client repeats as Last-Event-ID. */
export interface ServerSentEvent {
  readonly id?: string;
  readonly event: string;
  readonly data: unknown;
}

/** Time after which a client that lost the connection should come back. */
const RETRY_MS = 2_000;

function format({ id, event, data }: ServerSentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * Events as the text of a `text/event-stream`, with a comment whenever nothing was said for `heartbeatMs`, so that proxies
 * keep the connection and a dead client is noticed. Ends when `events` ends.
 */
export async function* eventStreamText(events: AsyncIterator<ServerSentEvent>, heartbeatMs: number): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let next = events.next();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), heartbeatMs)));
      const outcome = await Promise.race([next, silence]).finally(() => clearTimeout(timer));
      if (outcome === undefined) {
        yield ': still here\n\n';
        continue;
      }
      if (outcome.done === true) return;
      yield format(outcome.value);
      next = events.next();
    }
  } finally {
    next.catch(() => undefined);
    await events.return?.();
  }
}
