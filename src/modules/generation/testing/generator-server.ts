import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadBundle } from '../../../bundles/load-bundle.js';
import type { Manifest } from '../../../bundles/manifest.js';
import type { LoadedModel } from '../../../bundles/model.js';
import { writeBundle, type BundleContents } from '../../../bundles/write-bundle.js';
import { loadSettings } from '../../../config/settings.js';
import { createBuiltIn } from '../../../datasets/create-built-in.js';
import { DATASET_NOT_FOUND, MODEL_NOT_FOUND } from '../../../errors/persistence.errors.js';
import { ModelCache } from '../../../serving/model-cache.js';
import { createHttpApp } from '../../http-app.js';
import type { Platform } from '../../platform/platform.js';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** JSON of the answer; empty for files. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

/** A model that counts its runs. */
function counted(model: LoadedModel, counter: { runs: number }): LoadedModel {
  return {
    manifest: model.manifest,
    run: (signature, inputs) => {
      counter.runs += 1;
      return model.run(signature, inputs);
    },
    dispose: () => model.dispose(),
  };
}

/** The HTTP side on bundles and one built-in data set (`glyphs`) in a temporary folder, without database and workers. */
export class GeneratorServer {
  private constructor(
    private readonly folder: string,
    private readonly app: NestFastifyApplication,
    private readonly cache: ModelCache,
    private readonly counter: { runs: number },
  ) {}

  /** @param models bundles by the name they are served under */
  static async start(models: Readonly<Record<string, BundleContents>>, environment: Readonly<Record<string, string>> = {}): Promise<GeneratorServer> {
    const folder = await mkdtemp(join(tmpdir(), 'rampart-generation-'));
    const manifests = new Map<string, Manifest>();
    for (const [name, contents] of Object.entries(models)) manifests.set(name, await writeBundle(join(folder, name), contents));
    const dataset = await createBuiltIn(
      { builtIn: 'glyphs', name: 'glyphs', trainCount: 40, validationCount: 0, testCount: 10, seed: 1, noise: 0.1, distortion: 1, clutter: 2 },
      join(folder, 'cache', 'api-datasets', 'glyphs'),
    );
    const counter = { runs: 0 };
    const cache = new ModelCache({ maxModels: 16, maxBytes: 1e9, materialise: (id) => Promise.resolve(join(folder, id)), load: async (path) => counted(await loadBundle(path, { threads: 1 }), counter) });
    const settings = loadSettings({ RAMPART_DATA: folder, ...environment });
    const found = <T>(value: T | undefined, error: Error): Promise<T> => (value === undefined ? Promise.reject(error) : Promise.resolve(value));
    const platform = {
      settings, lifecycle: { accepting: true }, serving: cache,
      models: { get: (id: string) => found(manifests.has(id) ? { id, name: id, digest: `digest of ${id}` } : undefined, MODEL_NOT_FOUND(id)) },
      datasets: { get: (id: string) => found(id === 'glyphs' ? { id, name: id, prefix: '', descriptor: dataset } : undefined, DATASET_NOT_FOUND(id)) },
      database: {}, objects: {}, bus: {}, jobs: {}, events: {}, workers: {}, batchTotals: {},
    } as unknown as Platform;
    const app = await createHttpApp(platform);
    return new GeneratorServer(folder, app, cache, counter);
  }

  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const { statusCode: status, headers: given, rawPayload: bytes } = await this.app.inject({ method: 'POST', url: `/api/v1/models/${path}`, payload: body as object, headers });
    const isJson = /json/.test(String(given['content-type']));
    return { status, headers: given, bytes, body: (isJson ? JSON.parse(bytes.toString()) : {}) as Reply['body'] };
  }

  /** Runs of signatures so far, over all models. */
  get runs(): number {
    return this.counter.runs;
  }

  /** Listens on a free loopback port. @returns the URL */
  async listen(): Promise<string> {
    await this.app.listen(0, '127.0.0.1');
    return this.app.getUrl();
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.cache.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
