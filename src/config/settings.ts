import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { DEVICES, ENGINE_DEVICES, ENGINE_NAMES, type Device, type EngineName } from '../compiler/engine.options.js';
import { INVALID_SETTINGS } from '../errors/config.errors.js';
import { choice, optionalText, optionalUrl, text, whole, type Setting } from './setting.js';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** Every setting of the service, in the order in which `--help` lists them. */
export const SETTINGS = {
  host: text('RAMPART_HOST', '127.0.0.1', 'an address or host name', 'Address to listen on.', { flag: 'host' }),
  allowUnauthenticated: choice('RAMPART_ALLOW_UNAUTHENTICATED', 'no', ['no', 'yes'], 'Whether to listen on an address that other machines reach, without API keys.', { flag: 'allow-unauthenticated' }),
  port: whole('RAMPART_PORT', 8080, [0, 65_535], 'port', 'Port to listen on; 0 takes a free one.', { flag: 'port' }),
  dataFolder: text('RAMPART_DATA', './data', 'a folder', 'Folder of the embedded database, the object store, caches and work files.', { flag: 'data' }),
  role: choice('RAMPART_ROLE', 'all', ['all', 'api', 'worker'], 'What this process does; worker alone needs DATABASE_URL.', { flag: 'role' }),
  databaseUrl: optionalUrl('DATABASE_URL', ['postgres', 'postgresql'], 'PostgreSQL to use instead of the embedded database.', { secret: true }),
  databasePool: whole('RAMPART_DATABASE_POOL', 10, [2, 200], 'connections', 'Connections to PostgreSQL; the embedded database always has one.'),

  bodyLimitBytes: whole('RAMPART_BODY_LIMIT_BYTES', 32 * MiB, [1024, 2 * GiB], 'bytes', 'Longest JSON body accepted.'),
  uploadLimitBytes: whole('RAMPART_UPLOAD_LIMIT_BYTES', 4 * GiB, [1024, 1024 * GiB], 'bytes', 'Longest uploaded file accepted.'),
  uploadUnpackedLimitBytes: whole('RAMPART_UPLOAD_UNPACKED_LIMIT_BYTES', 16 * GiB, [1024, 4096 * GiB], 'bytes', 'Most bytes that an uploaded file may unpack to.'),
  uploadFileLimit: whole('RAMPART_UPLOAD_FILE_LIMIT', 16, [1, 1000], 'files', 'Most files in one upload.'),
  requestTimeoutSeconds: whole('RAMPART_REQUEST_TIMEOUT_SECONDS', 60, [1, 3600], 'seconds', 'Longest time a request may take; uploads, downloads and event streams are exempt.'),
  pageLimit: whole('RAMPART_PAGE_LIMIT', 200, [1, 10_000], 'rows', 'Most rows on one page of a list.'),
  sseHeartbeatSeconds: whole('RAMPART_SSE_HEARTBEAT_SECONDS', 10, [1, 15], 'seconds', 'Silence after which an event stream sends a comment.'),
  shutdownGraceSeconds: whole('RAMPART_SHUTDOWN_GRACE_SECONDS', 20, [1, 600], 'seconds', 'Time that requests and jobs in hand have to end after SIGTERM.'),

  predictRowLimit: whole('RAMPART_PREDICT_ROW_LIMIT', 4096, [1, 1_000_000], 'rows', 'Most examples in one prediction request.'),
  attackRowLimit: whole('RAMPART_ATTACK_ROW_LIMIT', 512, [1, 100_000], 'rows', 'Most examples in one synchronous attack request.'),
  generationRowLimit: whole('RAMPART_GENERATION_ROW_LIMIT', 10_000, [1, 1_000_000], 'pictures', 'Most pictures in one answer of a generator.'),
  generationStepLimit: whole('RAMPART_GENERATION_STEP_LIMIT', 200_000, [1, 1_000_000_000], 'steps', 'Most chain steps in one request to a generator, counted over all pictures.'),
  servingCacheModels: whole('RAMPART_SERVING_CACHE_MODELS', 4, [1, 1000], 'models', 'Models held ready for requests; the least recently used one goes first.'),
  servingCacheBytes: whole('RAMPART_SERVING_CACHE_BYTES', 2 * GiB, [1024 * 1024, 1024 * GiB], 'bytes', 'Stored bytes of the models held ready; one model is held whatever its size.'),
  servingThreads: whole('RAMPART_SERVING_THREADS', 1, [1, 256], 'threads', 'Threads of one inference session in the api process.'),
  servingBatchRows: whole('RAMPART_SERVING_BATCH_ROWS', 256, [1, 65_536], 'rows', 'Most examples of concurrent predictions that are computed together; longer requests are computed in pieces.'),
  servingBatchDelayMs: whole('RAMPART_SERVING_BATCH_DELAY_MS', 1, [0, 1000], 'ms', 'Time that a prediction waits for company while its model is idle.'),
  servingWaitingRows: whole('RAMPART_SERVING_WAITING_ROWS', 16_384, [1, 10_000_000], 'rows', 'Most examples of predictions that wait for one model; beyond that requests are refused.'),

  expressionSourceBytes: whole('RAMPART_EXPRESSION_SOURCE_BYTES', 65_536, [256, 16 * MiB], 'bytes', 'Longest source of an expression.'),
  expressionNodes: whole('RAMPART_EXPRESSION_NODES', 5_000, [10, 1_000_000], 'operations', 'Most operations of an expression, functions written out; ten times as many with its derivatives.'),
  expressionElements: whole('RAMPART_EXPRESSION_ELEMENTS', 16_777_216, [1, 2 ** 31], 'elements', 'Largest tensor of an expression.'),
  expressionMemoryBytes: whole('RAMPART_EXPRESSION_MEMORY_BYTES', GiB, [MiB, 1024 * GiB], 'bytes', 'Most bytes of the results of one call of an expression, inner ones included.'),
  expressionStateBytes: whole('RAMPART_EXPRESSION_STATE_BYTES', 256 * MiB, [1024, 64 * GiB], 'bytes', 'Most bytes of the shared variables of an expression.'),
  expressionSeconds: whole('RAMPART_EXPRESSION_SECONDS', 20, [1, 3600], 'seconds', 'Longest computation of one call of an expression.'),
  expressionProcesses: whole('RAMPART_EXPRESSION_PROCESSES', 2, [1, 64], 'processes', 'Processes that compute expressions; each is started when a call needs it.'),
  expressionWaiting: whole('RAMPART_EXPRESSION_WAITING', 64, [1, 100_000], 'calls', 'Most calls of expressions that wait for a process; beyond that calls are refused.'),
  expressionCache: whole('RAMPART_EXPRESSION_CACHE', 8, [1, 1000], 'expressions', 'Expressions that one such process holds compiled; the least recently used one goes first.'),
  expressionIdleSeconds: whole('RAMPART_EXPRESSION_IDLE_SECONDS', 300, [1, 86_400], 'seconds', 'Time without a call after which such a process ends.'),

  workerSlots: whole('RAMPART_WORKER_SLOTS', 1, [1, 64], 'jobs', 'Jobs that one worker runs at the same time.'),
  computeThreads: whole('RAMPART_COMPUTE_THREADS', availableParallelism(), [1, 256], 'threads', 'Threads of one compute process; results repeat bit for bit at the same number.'),
  computeHeapMegabytes: whole('RAMPART_COMPUTE_HEAP_MB', 512, [64, 65_536], 'MiB', 'JavaScript heap limit of a compute process; tensors lie outside it.'),
  engine: choice('RAMPART_ENGINE', 'onnx', ENGINE_NAMES, 'What computes the jobs that leave the engine open; tried at the start.'),
  device: choice('RAMPART_DEVICE', 'auto', ['auto', ...DEVICES], 'Where that engine computes; auto is the CPU, and with tensorflow what its package is made for.'),
  compileCache: optionalText('RAMPART_COMPILE_CACHE', 'a folder, or off', 'Folder of compiled programs, which several workers may share; not set, cache/compiled in the data folder.'),
  compileCacheBytes: whole('RAMPART_COMPILE_CACHE_BYTES', GiB, [MiB, 1024 * GiB], 'bytes', 'Most bytes of compiled programs that are kept; those used least recently go first.'),
  jobStarts: whole('RAMPART_JOB_STARTS', 3, [1, 100], 'starts', 'Starts without a new checkpoint after which a crashing job is given up.'),
  cancelGraceSeconds: whole('RAMPART_CANCEL_GRACE_SECONDS', 10, [1, 600], 'seconds', 'Time that a compute process has to obey before it is killed.'),
  leaseSeconds: whole('RAMPART_LEASE_SECONDS', 30, [10, 3600], 'seconds', 'Silence of a worker after which its jobs go to another one.'),

  logLevel: choice('RAMPART_LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error'], 'Least serious log line written.'),
  logFormat: choice('RAMPART_LOG_FORMAT', 'text', ['text', 'json'], 'Shape of log lines.'),
} as const satisfies Record<string, Setting<z.ZodType>>;

/** The settings as the code sees them: converted, checked, with absolute paths. */
export type Settings = { readonly [K in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[K]['schema']> };

/** What is wrong with the device of the engine, if both are usable by themselves. */
function deviceProblem(engine: unknown, device: unknown): string[] {
  const accepted = ENGINE_DEVICES[engine as EngineName] as readonly Device[] | undefined;
  if (accepted === undefined || device === 'auto' || !DEVICES.some((known) => known === device) || accepted.includes(device as Device)) return [];
  return [`RAMPART_DEVICE=${String(device)}: the engine ${String(engine)} computes on ${accepted.join(' or ')}`];
}

type Entries = readonly (readonly [string, Setting<z.ZodType>])[];
const entries: Entries = Object.entries(SETTINGS);

function readFlags(argv: readonly string[], problems: string[]): Map<string, string> {
  const known = new Map(entries.flatMap(([, setting]) => (setting.flag === undefined ? [] : [[setting.flag, setting] as const])));
  const options = Object.fromEntries([...known.keys()].map((flag) => [flag, { type: 'string' as const }]));
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  const values = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" is not understood: expected a flag (${[...known.keys()].map((f) => `--${f}`).join(', ')})`);
    if (token.kind !== 'option' || token.name === 'help') continue;
    if (!known.has(token.name)) problems.push(`${token.rawName} is not a flag: expected one of ${[...known.keys()].map((f) => `--${f}`).join(', ')}`);
    else if (token.value === undefined) problems.push(`--${token.name} needs a value: expected ${known.get(token.name)!.accepts}`);
    else values.set(token.name, token.value);
  }
  return values;
}

/**
 * Reads every setting once: flag over environment variable over default. An empty variable counts as not set.
 * @throws invalid-settings with one line per problem.
 */
export function loadSettings(env: Readonly<Record<string, string | undefined>>, argv: readonly string[] = []): Settings {
  const problems: string[] = [];
  const flags = readFlags(argv, problems);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of entries) {
    const flag = setting.flag === undefined ? undefined : flags.get(setting.flag);
    const variable = env[setting.env] === '' ? undefined : env[setting.env];
    const given = flag ?? variable ?? setting.default;
    const outcome = setting.schema.safeParse(given);
    if (outcome.success) values[name] = outcome.data;
    else problems.push(`${flag === undefined ? setting.env : `--${setting.flag}`}=${setting.secret ? '(hidden)' : given}: ${outcome.error.issues[0]!.message}`);
  }
  if (values['role'] === 'worker' && values['databaseUrl'] === undefined && !problems.some((line) => line.startsWith('DATABASE_URL='))) {
    problems.push('RAMPART_ROLE=worker: a worker of its own needs DATABASE_URL, since the embedded database takes one process');
  }
  problems.push(...deviceProblem(values['engine'], values['device']));
  if (problems.length > 0) throw INVALID_SETTINGS(problems);
  values['dataFolder'] = resolve(String(values['dataFolder']));
  if (typeof values['compileCache'] === 'string' && values['compileCache'] !== 'off') values['compileCache'] = resolve(values['compileCache']);
  return Object.freeze(values) as Settings;
}

/** The table that `--help` prints: variable, flag, default, accepted values and meaning of every setting. */
export function describeSettings(): string {
  const lines = entries.flatMap(([, setting]) => {
    const names = setting.flag === undefined ? setting.env : `${setting.env}, --${setting.flag}`;
    return [`  ${names}`, `      ${setting.description}`, `      default ${setting.default ?? '(not set)'}; accepts ${setting.accepts}`];
  });
  return ['Settings (flags win over environment variables):', ...lines].join('\n');
}
