import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const HOST = '127.0.0.1';
const PREFERRED_PORT = 8080;
/** Longest time to the line `ready`; the first start unpacks the database. */
const START_MS = 60_000;
/** Longest time from the request to stop until the server is killed. */
const STOP_MS = 40_000;
const LAST_LINES = 15;

/**
 * A server that this process has started.
 * @typedef {object} Server
 * @property {string} url address without a slash at the end
 * @property {Promise<string>} ended resolves when the process has ended, with how: `exit code 0`, `signal SIGKILL`
 * @property {() => Promise<void>} stop ends it in order; resolves when it is gone
 */

/**
 * The preferred port when nobody listens there, else 0, which lets the server take a free one.
 * @returns {Promise<number>}
 */
async function choosePort() {
  const probe = createServer();
  try {
    probe.listen(PREFERRED_PORT, HOST);
    await once(probe, 'listening');
    return PREFERRED_PORT;
  } catch {
    return 0;
  } finally {
    probe.close();
  }
}

/**
 * Starts the compiled service on a data folder and waits until it is ready.
 * @param {string} root folder of the repository
 * @param {string} dataFolder
 * @returns {Promise<Server>}
 * @throws when it ends, or says nothing of `ready`, before it is ready; the message carries its last lines
 */
export async function startServer(root, dataFolder) {
  try {
    return await launch(root, dataFolder, await choosePort());
  } catch (error) {
    // Somebody may have taken the port while the server was loading.
    if (!(error instanceof Error && error.message.includes('EADDRINUSE'))) throw error;
    return launch(root, dataFolder, 0);
  }
}

/**
 * @param {string} root
 * @param {string} dataFolder
 * @param {number} port
 * @returns {Promise<Server>}
 */
async function launch(root, dataFolder, port) {
  const args = [join(root, 'dist', 'server', 'main.js'), '--host', HOST, '--port', String(port), '--data', dataFolder];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {string[]} */
  const lines = [];
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(`error ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  void ended.then(() => process.removeListener('exit', killOnExit));
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  };
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > LAST_LINES) lines.shift();
        const url = /\bready (http:\/\/\S+)/.exec(line)?.[1];
        if (url !== undefined) resolve(url.replace(/\/$/, ''));
      });
    }
  });
  const url = await Promise.race([ready, outcome(ended, lines)]).catch(async (error) => {
    await stop();
    throw error;
  });
  return { url, ended, stop };
}

/**
 * Rejects when the server ends or lets the time pass.
 * @param {Promise<string>} ended
 * @param {readonly string[]} lines
 * @returns {Promise<never>}
 */
async function outcome(ended, lines) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, START_MS, `no answer within ${START_MS / 1000} s`)));
  const how = await Promise.race([ended, late]);
  clearTimeout(timer);
  throw new Error(`the server did not start (${how}):\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
