/** An answer of the API that is an error: the problem document (RFC 9457) as an Error. */
export class ApiError extends Error {
  /**
   * @param {string} request method and path
   * @param {number} status
   * @param {{ code?: string, title?: string, detail?: string, errors?: { pointer: string, detail: string }[] }} problem
   */
  constructor(request, status, problem) {
    const pointers = (problem.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`).join('');
    super(`${request} answered ${status} ${problem.title ?? ''}: ${problem.detail ?? 'no detail'}${pointers}`);
    this.status = status;
    this.code = problem.code;
  }
}

/**
 * The REST API at an address.
 * @typedef {object} Api
 * @property {string} url address of the service
 * @property {(path: string) => Promise<any>} get the JSON at a path
 * @property {(path: string, body: unknown) => Promise<any>} post sends JSON, gives the JSON of the answer
 * @property {(path: string) => Promise<string>} text the text at a path
 * @property {(path: string, headers?: Record<string, string>) => Promise<Response>} open the answer itself, for streams
 */

/**
 * @param {string} url address of the service
 * @param {AbortSignal} signal ends every request
 * @returns {Api} its functions throw ApiError for every answer that is not a success
 */
export function createApi(url, signal) {
  /** @param {string} path @param {RequestInit} init */
  const request = async (path, init) => {
    const response = await fetch(`${url}/api/v1${path}`, { ...init, signal });
    if (response.ok) return response;
    const text = await response.text();
    const isProblem = (response.headers.get('content-type') ?? '').includes('json');
    throw new ApiError(`${init.method} ${path}`, response.status, isProblem ? JSON.parse(text) : { detail: text });
  };
  return {
    url,
    get: async (path) => (await request(path, { method: 'GET' })).json(),
    post: async (path, body) =>
      (await request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json(),
    text: async (path) => (await request(path, { method: 'GET' })).text(),
    open: (path, headers = {}) => request(path, { method: 'GET', headers }),
  };
}
