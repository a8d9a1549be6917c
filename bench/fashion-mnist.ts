/**
 * The main job on the real Fashion-MNIST files over REST, with its figures: start times, accuracy, seconds per epoch,
 * peak memory of api and compute process, FGSM images per second against the forward-only rate.
 * Run: npm run bench -- fashion-mnist [epochs]   (Linux; data: RAMPART_DATA_SETS, by default ../shared/data)
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const DATA = resolve(process.env.RAMPART_DATA_SETS ?? '../shared/data', 'fashion-mnist');
const epochs = Number(process.argv[2] ?? 8);
const FILES = {
  'train-images': 'train-images-idx3-ubyte.gz', 'train-labels': 'train-labels-idx1-ubyte.gz',
  'test-images': 't10k-images-idx3-ubyte.gz', 'test-labels': 't10k-labels-idx1-ubyte.gz',
};

async function start(folder: string): Promise<{ child: ChildProcess; url: string; seconds: number }> {
  const begin = performance.now();
  const child = spawn(process.execPath, ['dist/server/main.js', '--port', '0', '--data', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^ready (http:\/\/\S+)/.exec(line);
    if (match !== null) return { child, url: match[1]!, seconds: (performance.now() - begin) / 1000 };
  }
  throw new Error('the server ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Peak resident memory in MB, and the parent, of a process. */
async function memory(pid: number | string): Promise<{ parent: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return { parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), peak: Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024 };
}

async function computeMemory(parent: number): Promise<number> {
  const all = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(memory));
  return Math.max(0, ...all.filter((process) => process.parent === parent).map((process) => process.peak));
}

async function call<T>(url: string, body?: unknown): Promise<T> {
  const isForm = body instanceof FormData;
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: isForm ? body : JSON.stringify(body), headers: isForm ? {} : { 'content-type': 'application/json' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

interface Job { readonly id: string; readonly state: string; readonly startedAt: string; readonly finishedAt: string; readonly progress: { readonly step: number; readonly totalSteps: number } | null }

/** Follows a job to its end; gives it and the highest peak memory seen of its compute process. */
async function follow(url: string, server: number): Promise<{ job: Job; peak: number }> {
  let peak = 0;
  for (;;) {
    const job = await call<Job>(url);
    peak = Math.max(peak, await computeMemory(server));
    if (job.state !== 'queued' && job.state !== 'running') {
      if (job.state !== 'succeeded') throw new Error(JSON.stringify(job));
      return { job, peak };
    }
    await sleep(500);
  }
}

const seconds = (job: Job): number => (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000;
const folder = await mkdtemp(join(tmpdir(), 'rampart-fashion-'));
let child: ChildProcess | undefined;
try {
  const first = await start(folder);
  await stop(first.child);
  const second = await start(folder);
  child = second.child;
  const pid = child.pid!;
  console.log(`start to ready: first ${first.seconds.toFixed(2)} s, later ${second.seconds.toFixed(2)} s`);
  const api = `${second.url}/api/v1`;
  const form = new FormData();
  form.set('options', JSON.stringify({ name: 'fashion-mnist', format: 'idx' }));
  for (const [role, name] of Object.entries(FILES)) form.set(role, await openAsBlob(join(DATA, name)), name);
  const begin = performance.now();
  await call(`${api}/datasets`, form);
  console.log(`upload and import of 70,000 images: ${((performance.now() - begin) / 1000).toFixed(2)} s`);
  const { id } = await call<Job>(`${api}/training-jobs`, {
    name: 'fashion-convnet', dataset: 'fashion-mnist', network: { architecture: 'convnet' }, epochs, batchSize: 64, seed: 1,
    optimiser: { name: 'adam', learningRate: 1e-3 }, schedule: { name: 'cosine' },
  });
  const training = await follow(`${api}/training-jobs/${id}`, pid);
  const { manifest } = await call<{ manifest: { metrics: Record<string, number> } }>(`${api}/models/fashion-convnet`);
  console.log(`training: ${seconds(training.job).toFixed(1)} s for ${epochs} epochs, ${(seconds(training.job) / epochs).toFixed(1)} s per epoch with start, final test and bundle`);
  console.log(`test accuracy ${manifest.metrics['test/accuracy']!.toFixed(4)}, NLL ${manifest.metrics['test/nll']!.toFixed(4)}; compute process peak ${training.peak.toFixed(0)} MB`);
  const created = await call<Job>(`${api}/evaluations`, { models: ['fashion-convnet'], dataset: 'fashion-mnist', epsilons: [0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.3] });
  const evaluation = await follow(`${api}/evaluations/${created.id}`, pid);
  const report = await call<{ results: { timing: unknown; clean: { accuracy: unknown } }[] }>(`${api}/evaluations/${created.id}/report.json`);
  console.log(`FGSM evaluation of 10,000 images: ${seconds(evaluation.job).toFixed(1)} s; timing ${JSON.stringify(report.results[0]!.timing)}; compute process peak ${evaluation.peak.toFixed(0)} MB`);
  console.log(`api with the embedded database: peak ${(await memory(pid)).peak.toFixed(0)} MB`);
} finally {
  if (child?.exitCode === null) await stop(child);
  await rm(folder, { recursive: true, force: true });
}
