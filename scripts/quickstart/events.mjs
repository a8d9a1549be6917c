/**
 * One server-sent event.
 * @typedef {{ id: string | undefined, event: string, data: any }} ServerEvent
 */

/**
 * The event of one block of a stream, or undefined for comments and for blocks without data.
 * @param {string} block lines between two empty lines
 * @returns {ServerEvent | undefined}
 */
function parseBlock(block) {
  const fields = new Map();
  for (const line of block.split('\n')) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name, name === 'data' && fields.has('data') ? `${fields.get('data')}\n${value}` : value);
  }
  if (!fields.has('data')) return undefined;
  return { id: fields.get('id'), event: fields.get('event') ?? 'message', data: JSON.parse(fields.get('data')) };
}

/**
 * The events of one connection, until the server ends it.
 * @param {Response} response of type text/event-stream
 * @returns {AsyncGenerator<ServerEvent>}
 */
async function* readEvents(response) {
  if (response.body === null) return;
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk.replaceAll('\r', '')).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

const FINAL = new Set(['succeeded', 'failed', 'cancelled', 'diverged']);
/** Connections that may break one after another without a new event in between. */
const ATTEMPTS = 5;

/**
 * Follows a job to its end. A connection that breaks is opened again after the last event seen.
 * @param {import('./api.mjs').Api} api
 * @param {string} path of the job
 * @param {(event: ServerEvent) => void} onEvent
 * @returns {Promise<any>} the job in its final state
 */
export async function followJob(api, path, onEvent) {
  /** @type {string | undefined} */
  let lastId;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      for await (const event of readEvents(await api.open(`${path}/events/stream`, lastId === undefined ? {} : { 'last-event-id': lastId }))) {
        if (event.id !== undefined) {
          lastId = event.id;
          attempt = 0;
        }
        onEvent(event);
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch reports a broken connection so; everything else is final
    }
    const job = await api.get(path);
    if (FINAL.has(job.state)) return job;
  }
  throw new Error(`the event stream of ${path} broke ${ATTEMPTS} times in a row`);
}
