import type { Readable } from 'node:stream';

export interface ObjectStat {
  readonly key: string;
  readonly bytes: number;
}

/**
 * The port to binary storage; drivers: file system (embedded default), S3/MinIO. Keys are `/`-separated segments of
 * [A-Za-z0-9._-], without `.` or `..` segments; a wrapper driver checks that. `put` is atomic: a reader sees the whole object or none.
 */
export interface ObjectStore {
  put(key: string, body: Readable | Uint8Array): Promise<ObjectStat>;
  get(key: string): Promise<Readable>;
  stat(key: string): Promise<ObjectStat | undefined>;
  list(prefix: string): AsyncIterable<ObjectStat>;
  delete(key: string): Promise<void>;
  deletePrefix(prefix: string): Promise<void>;
}
