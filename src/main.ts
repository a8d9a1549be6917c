import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { describeSettings, loadSettings, type Settings } from './config/settings.js';
import { ADDRESS_IN_USE, INSECURE_BINDING } from './errors/http.errors.js';
import { RampartError } from './errors/index.js';
import { createLogger } from './modules/logger.js';
import { PACKAGE } from './modules/openapi/package.js';
import { openPlatform, type Platform } from './modules/platform/platform.js';
import { findEngine, type EngineInUse } from './workers/engine-in-use.js';
import { JobRunner } from './workers/job-runner.js';
import { WorkerPresence } from './workers/worker-presence.js';

/** Exit codes: settings or surroundings refused; a second signal or a shutdown that took too long. */
const EXIT_REFUSED = 1;
const EXIT_FORCED = 130;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** The worker role: what runs jobs, and what says that it is there. */
interface Worker {
  readonly runner: JobRunner;
  readonly presence: WorkerPresence;
}

interface Service {
  readonly platform: Platform;
  readonly worker: Worker | undefined;
  readonly app: NestFastifyApplication | undefined;
}

const usage = (): string =>
  `Rampart ${PACKAGE.version}: ${PACKAGE.description}\n\nUsage: npm start -- [--port 8080] [--data ./data] [--role all|api|worker] ...\n\n${describeSettings()}\n`;

function refuseInsecureBinding({ host, role, allowUnauthenticated }: Settings): void {
  if (role !== 'worker' && !LOOPBACK.has(host) && !host.startsWith('127.') && allowUnauthenticated === 'no') throw INSECURE_BINDING(host);
}

function createWorker({ settings, objects, queue, datasets, jobs, events, models, bus, workers, database }: Platform, engine: EngineInUse): Worker {
  const logger = new Logger('worker');
  const write = { info: 'log', warn: 'warn', error: 'error' } as const;
  const runner = new JobRunner({
    settings, engine, store: objects, queue, datasets, jobs, events, models, bus,
    log: (level, message) => logger[write[level]](message),
    onJobsChanged: () => presence.beat(),
  });
  const presence = new WorkerPresence({
    settings, engine, workers,
    exclusive: database.exclusive,
    jobs: () => runner.jobs,
    onError: (error) => logger.warn(`No sign of life could be written: ${error instanceof Error ? error.message : String(error)}`),
  });
  return { runner, presence };
}

/** Listens; @returns the address as a URL, with the port that was really taken. @throws address-in-use */
async function listen(app: NestFastifyApplication, { host, port }: Settings): Promise<string> {
  await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? ADDRESS_IN_USE(host, port) : error;
  });
  const address = app.getHttpServer().address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
}

function announce(url: string | undefined, settings: Settings): void {
  if (url === undefined) {
    process.stdout.write('ready worker\n');
    return;
  }
  process.stdout.write(`Rampart ${PACKAGE.version} is ready: API ${url}/api/v1, Swagger UI ${url}/docs, data in ${settings.dataFolder}\nready ${url}\n`);
}

/** Ends in the reverse order of the start: no new work, requests in hand, jobs in hand, queue, expressions, models, database. */
async function stop({ app, worker, platform }: Service): Promise<void> {
  platform.lifecycle.accepting = false;
  await app?.close();
  await worker?.runner.stop();
  await worker?.presence.stop();
  await platform.queue.stop();
  await platform.expressionRuntime.close();
  await platform.serving.close();
  await platform.database.close();
}

function stopOnSignals(service: Service, graceSeconds: number): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(EXIT_FORCED);
    stopping = true;
    // Requests may take their whole time and jobs as well, so the limit is above both.
    setTimeout(() => process.exit(EXIT_FORCED), (2 * graceSeconds + 5) * 1000).unref();
    stop(service).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

function fail(error: unknown): void {
  const text = error instanceof RampartError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(EXIT_REFUSED);
}

async function start(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(usage());
    return;
  }
  const settings = loadSettings(process.env, argv);
  refuseInsecureBinding(settings);
  Logger.overrideLogger(createLogger(settings));
  // The HTTP modules load while the database opens; a worker alone does without them.
  const http = settings.role === 'worker' ? undefined : import('./modules/http-app.js');
  const trial = settings.role === 'api' ? undefined : findEngine(settings);
  const [platform, loaded, engine] = await Promise.all([openPlatform(settings), http, trial]);
  const worker = engine && createWorker(platform, engine);
  const app = await loaded?.createHttpApp(platform);
  stopOnSignals({ platform, worker, app }, settings.shutdownGraceSeconds);
  const url = app && (await listen(app, settings));
  await worker?.presence.start();
  await worker?.runner.start();
  announce(url, settings);
}

start(process.argv.slice(2)).catch(fail);
