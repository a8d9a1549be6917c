import { setTimeout as sleep } from 'node:timers/promises';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** JSON of any endpoint, or {text}. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly attempt: number;
  readonly progress: { readonly step: number; readonly totalSteps: number } | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
  readonly [field: string]: unknown;
}

export interface StreamEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const LIVE = ['queued', 'running'];

/** A REST client for tests. */
export class Api {
  constructor(readonly url: string) {}

  async request(method: string, path: string, body?: unknown): Promise<Reply> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      headers: body === undefined || isForm ? {} : { 'content-type': 'application/json' },
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson && text !== '' ? JSON.parse(text) : { text }) as Reply['body'] };
  }

  get(path: string): Promise<Reply> {
    return this.request('GET', path);
  }

  post(path: string, body?: unknown): Promise<Reply> {
    return this.request('POST', path, body ?? {});
  }

  delete(path: string): Promise<Reply> {
    return this.request('DELETE', path);
  }

  async bytes(path: string, accept = '*/*'): Promise<{ status: number; type: string; body: Buffer }> {
    const response = await fetch(`${this.url}${path}`, { headers: { accept } });
    return { status: response.status, type: response.headers.get('content-type') ?? '', body: Buffer.from(await response.arrayBuffer()) };
  }

  /** Waits until a job satisfies `check`; fails when it ends before, or after `limitMs`. */
  async until(path: string, check: (job: Job) => boolean, limitMs = 60_000): Promise<Job> {
    const end = Date.now() + limitMs;
    for (;;) {
      const job = (await this.get(path)).body as unknown as Job;
      if (check(job)) return job;
      if (!LIVE.includes(job.state) || Date.now() > end) throw new Error(`unexpected job: ${JSON.stringify(job)}`);
      await sleep(25);
    }
  }

  ended(path: string, limitMs = 120_000): Promise<Job> {
    return this.until(path, (job) => !LIVE.includes(job.state), limitMs);
  }

  /** Reads a stream of server-sent events until the server ends it or `enough` says so. */
  async events(path: string, options: { lastEventId?: number; enough?: (events: readonly StreamEvent[]) => boolean } = {}): Promise<StreamEvent[]> {
    const stop = new AbortController();
    const response = await fetch(`${this.url}${path}`, {
      signal: stop.signal,
      headers: { accept: 'text/event-stream', ...(options.lastEventId === undefined ? {} : { 'last-event-id': String(options.lastEventId) }) },
    });
    if (response.status !== 200) throw new Error(`events: ${response.status} ${await response.text()}`);
    const events: StreamEvent[] = [];
    let pending = '';
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = (pending + chunk).split('\n\n');
        pending = blocks.pop()!;
        for (const block of blocks) {
          const event = parseBlock(block);
          if (event !== undefined) events.push(event);
        }
        if (options.enough?.(events) === true) break;
      }
    } finally {
      stop.abort();
    }
    return events;
  }
}

function parseBlock(block: string): StreamEvent | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: Number(fields.get('id')), event: fields.get('event') ?? 'message', data: JSON.parse(data) as Record<string, unknown> };
}
