import type { Readable } from 'node:stream';
import { INVALID_OBJECT_KEY } from '../errors/storage.errors.js';
import type { ObjectStat, ObjectStore } from './object-store.js';

const SEGMENT = /^[A-Za-z0-9._-]{1,128}$/;
const MAX_SEGMENTS = 16;
const MAX_LENGTH = 512;

/** 1 to 16 segments of [A-Za-z0-9._-], none of them `.` or `..`, at most 512 characters. */
export function isObjectKey(key: string): boolean {
  const segments = key.split('/');
  return key.length <= MAX_LENGTH && segments.length <= MAX_SEGMENTS && segments.every((s) => SEGMENT.test(s) && s !== '.' && s !== '..');
}

function checkKey(key: string): string {
  if (!isObjectKey(key)) throw INVALID_OBJECT_KEY(key);
  return key;
}

/** A prefix is a key, whole or cut off in a segment, or whole folders with a slash at the end; never empty. */
function checkPrefix(prefix: string): string {
  checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  return prefix;
}

/** Applies the policy for keys in front of any driver. */
export class CheckedStore implements ObjectStore {
  constructor(private readonly driver: ObjectStore) {}

  async put(key: string, body: Readable | Uint8Array): Promise<ObjectStat> {
    return this.driver.put(checkKey(key), body);
  }

  async get(key: string): Promise<Readable> {
    return this.driver.get(checkKey(key));
  }

  async stat(key: string): Promise<ObjectStat | undefined> {
    return this.driver.stat(checkKey(key));
  }

  list(prefix: string): AsyncIterable<ObjectStat> {
    return this.driver.list(checkPrefix(prefix));
  }

  async delete(key: string): Promise<void> {
    return this.driver.delete(checkKey(key));
  }

  async deletePrefix(prefix: string): Promise<void> {
    return this.driver.deletePrefix(checkPrefix(prefix));
  }
}
