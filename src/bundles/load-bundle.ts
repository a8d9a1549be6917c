import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openSession, type SessionModel } from '../compiler/run/session-model.js';
import { describeSpec } from '../compiler/signature.js';
import type { NamedHostTensors, NamedSpecs } from '../compiler/tensors.js';
import { bundleManifestInvalid, bundlePartDamaged, bundlePartMissing } from '../errors/bundles.errors.js';
import { executableDisposed } from '../errors/compiler.errors.js';
import { checkPartNames, MANIFEST_FILE, verifyParts } from './bundle-parts.js';
import { manifestSchema, type Manifest } from './manifest.js';
import type { LoadedModel } from './model.js';
import { checkSignatureInputs } from './signature-inputs.js';

/** Longest manifest that is read. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

export interface LoadOptions {
  /** Threads inside one kernel; 0 or absent lets ONNX Runtime choose. */
  readonly threads?: number;
  /** Skips the SHA-256 of every part (sizes are still compared): for a folder that this process wrote itself. */
  readonly trusted?: boolean;
}

/**
 * Opens a model bundle. The manifest and every part are checked now; a signature's session opens at its first run.
 * Calls may overlap: those of one signature queue, and `dispose` waits for those in hand.
 * @throws bundle-manifest-invalid, bundle-part-missing, bundle-part-damaged; a run: signature-unknown,
 *   signature-batch-empty, tensor-missing, tensor-unknown, tensor-mismatch, onnx-model-unreadable, executable-disposed
 */
export async function loadBundle(folder: string, { threads = 0, trusted = false }: LoadOptions = {}): Promise<LoadedModel> {
  const manifest = await readManifest(folder);
  await verifyParts(folder, manifest.parts, trusted);
  return new BundleModel(folder, manifest, threads);
}

/**
 * Reads and checks `manifest.json` alone.
 * @throws bundle-manifest-invalid, bundle-part-missing
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw bundlePartMissing(MANIFEST_FILE);
  if (found.size > MAX_MANIFEST_BYTES) throw bundleManifestInvalid(`${found.size} bytes; up to ${MAX_MANIFEST_BYTES} are accepted`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw bundleManifestInvalid(`it is not JSON (${(error as Error).message})`);
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw bundleManifestInvalid(z.prettifyError(parsed.error));
  checkPartNames(parsed.data);
  return parsed.data;
}

class BundleModel implements LoadedModel {
  private readonly sessions = new Map<string, Promise<SessionModel>>();
  private disposed = false;

  constructor(
    private readonly folder: string,
    readonly manifest: Manifest,
    private readonly threads: number,
  ) {}

  async run(signature: string, inputs: NamedHostTensors): Promise<NamedHostTensors> {
    if (this.disposed) throw executableDisposed(this.manifest.name);
    checkSignatureInputs(this.manifest, signature, inputs);
    const session = await this.session(signature);
    return session.run(inputs);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    const opened = await Promise.allSettled(this.sessions.values());
    this.sessions.clear();
    const sessions = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all(sessions.map((session) => session.dispose()));
  }

  private session(signature: string): Promise<SessionModel> {
    let opening = this.sessions.get(signature);
    if (opening === undefined) {
      opening = this.open(signature);
      this.sessions.set(signature, opening);
      opening.catch(() => this.sessions.delete(signature)); // a failure (memory, files) may pass: the next call tries again
    }
    return opening;
  }

  private async open(signature: string): Promise<SessionModel> {
    const { file, inputs } = this.manifest.signatures[signature]!;
    const session = await openSession(join(this.folder, file), { threads: this.threads });
    const [found, expected] = [describeInputs(session.inputs), describeInputs(inputs)];
    if (found === expected) return session;
    await session.dispose();
    throw bundlePartDamaged(file, `the inputs ${found}`, expected);
  }
}

function describeInputs(specs: NamedSpecs): string {
  return Object.entries(specs).map(([name, spec]) => `${name} ${describeSpec(spec)}`).sort().join(', ');
}
