import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompileKey } from './compile-key.js';

/** A program as it is kept: its graph as it runs (`encodeGraph`) and its models, in their order. */
export interface CompiledForm {
  readonly graph: Uint8Array;
  readonly models: readonly Uint8Array[];
}

export interface CompileCacheOptions {
  /** Made when it is missing; several processes may share it. */
  readonly folder: string;
  /** Most bytes of all files; those used least recently go first. */
  readonly maxBytes: number;
  /** Version of Rampart, part of every key. */
  readonly version: string;
}

const EXTENSION = '.compiled';
/** A file that is being written; one of this age was left by a process that died. */
const PARTIAL = '.partial';
const ABANDONED_MS = 3_600_000;
const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** [SHA-256 of the rest] and for the graph and each model [length: uint32][bytes] */
function pack({ graph, models }: CompiledForm): Buffer {
  const body = Buffer.concat([graph, ...models].flatMap((part) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(part.length);
    return [length, part];
  }));
  return Buffer.concat([digestOf(body), body]);
}

/** Nothing where a byte is not as it was written. */
function unpack(file: Buffer): CompiledForm | undefined {
  const body = file.subarray(DIGEST_BYTES);
  if (file.length < DIGEST_BYTES || !digestOf(body).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + LENGTH_BYTES + body.readUInt32BE(at);
    parts.push(body.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  const [graph, ...models] = parts;
  return graph && { graph, models };
}

/**
 * Compiled programs in a folder, one file for each key. Files appear whole, by renaming, so that processes may read, write
 * and evict at the same time. The cache only saves time: a file that cannot be read is as good as none, and one that cannot
 * be written is left out.
 */
export class CompileCache {
  readonly version: string;
  private readonly folder: string;
  private readonly maxBytes: number;

  constructor({ folder, maxBytes, version }: CompileCacheOptions) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.version = version;
  }

  /** The program of a key, if it is there and undamaged; it then counts as used now. */
  async read(key: CompileKey): Promise<CompiledForm | undefined> {
    const path = this.pathOf(key);
    const file = await readFile(path).catch(() => undefined);
    const found = file && unpack(file);
    if (found) await utimes(path, new Date(), new Date()).catch(() => undefined);
    else if (file) await rm(path, { force: true }).catch(() => undefined);
    return found;
  }

  /** Keeps a program, and evicts others where there is no room for all. */
  async write(key: CompileKey, form: CompiledForm): Promise<void> {
    const bytes = pack(form);
    if (bytes.length > this.maxBytes) return;
    const partial = join(this.folder, `${key}.${randomUUID()}${PARTIAL}`);
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, this.pathOf(key));
      await this.evict();
    } catch {
      await rm(partial, { force: true }).catch(() => undefined);
    }
  }

  /** A path beside the kept files for what ONNX Runtime writes; the caller removes it. */
  async scratchPath(): Promise<string | undefined> {
    const made = await mkdir(this.folder, { recursive: true }).then(() => true, () => false);
    return made ? join(this.folder, `${randomUUID()}${PARTIAL}`) : undefined;
  }

  private pathOf(key: CompileKey): string {
    return join(this.folder, `${key}${EXTENSION}`);
  }

  private async evict(): Promise<void> {
    const files = await this.list();
    const now = Date.now();
    await Promise.all(files.filter(({ name, usedAt }) => name.endsWith(PARTIAL) && now - usedAt > ABANDONED_MS).map(({ name }) => this.remove(name)));
    const kept = files.filter(({ name }) => name.endsWith(EXTENSION)).sort((a, b) => b.usedAt - a.usedAt);
    let total = 0;
    for (const { name, bytes } of kept) {
      total += bytes;
      if (total > this.maxBytes) await this.remove(name);
    }
  }

  private async list(): Promise<{ name: string; bytes: number; usedAt: number }[]> {
    const names = await readdir(this.folder);
    const found = await Promise.all(names.map(async (name) => {
      const file = await stat(join(this.folder, name)).catch(() => undefined); // another process may have removed it
      return file === undefined ? [] : [{ name, bytes: file.size, usedAt: file.mtimeMs }];
    }));
    return found.flat();
  }

  private remove(name: string): Promise<void> {
    return rm(join(this.folder, name), { force: true });
  }
}
