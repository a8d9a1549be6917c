import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { Settings } from '../../config/settings.js';
import { RampartError } from '../../errors/index.js';
import { NOT_MULTIPART, OPTIONS_MISSING, OPTIONS_NOT_JSON, TOO_MANY_PARTS, UPLOAD_FILE_TOO_LARGE, UPLOAD_INTERRUPTED } from '../../errors/uploads.errors.js';
import { asStorageError } from '../../storage/file-system-store.js';

export interface ReceivedFile {
  /** Name of the form field. */
  readonly field: string;
  /** Name that the client gave the file; for messages and for guessing its role, never part of a path. */
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export interface ReceivedForm {
  readonly options: Record<string, unknown>;
  readonly files: readonly ReceivedFile[];
}

type Limits = Pick<Settings, 'uploadLimitBytes' | 'uploadFileLimit'>;

function parseOptions(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text, (key, child: unknown) => (key === '__proto__' || key === 'constructor' ? refuseKey(key) : child));
  } catch (error) {
    throw OPTIONS_NOT_JSON(error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw OPTIONS_NOT_JSON('it is not an object');
  return value as Record<string, unknown>;
}

function refuseKey(key: string): never {
  throw new SyntaxError(`the key ${key} is not accepted`);
}

/** A plain field: JSON where it reads as JSON (numbers, lists, objects), else the text itself. */
function fieldValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function storeFile(part: MultipartFile, folder: string, index: number, limits: Limits): Promise<ReceivedFile> {
  const path = join(folder, `${index}.part`);
  const output = createWriteStream(path, { flags: 'wx' });
  await pipeline(part.file, output);
  if (part.file.truncated) throw UPLOAD_FILE_TOO_LARGE(part.filename, limits.uploadLimitBytes);
  return { field: part.fieldname, name: part.filename, path, bytes: output.bytesWritten };
}

const TOO_MANY = new Set(['FST_PARTS_LIMIT', 'FST_FILES_LIMIT', 'FST_FIELDS_LIMIT']);

/** What went wrong while reading a form, as an error for the client; disk errors stay what they are. */
function formError(error: unknown, limits: Limits): unknown {
  if (error instanceof RampartError) return error;
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (TOO_MANY.has(String(code))) return TOO_MANY_PARTS(limits.uploadFileLimit);
  if (syscall === 'write' || syscall === 'open' || syscall === 'mkdir') return asStorageError(error, 'the uploaded file');
  return UPLOAD_INTERRUPTED(message);
}

/**
 * Streams the files of a multipart form into `folder`, one file each, never holding more than a chunk in memory.
 * `onOptions` is called as soon as the options are known, before later files are received; it may refuse them.
 * @throws not-multipart, upload-interrupted, upload-file-too-large, too-many-parts, upload-options-missing, upload-options-not-json, storage-full
 */
export async function receiveForm(request: FastifyRequest, folder: string, limits: Limits, onOptions: (options: Record<string, unknown>) => Promise<void>): Promise<ReceivedForm> {
  if (!request.isMultipart()) throw NOT_MULTIPART(request.headers['content-type'] ?? 'without a content type');
  const files: ReceivedFile[] = [];
  let options: Record<string, unknown> | undefined;
  const fields: Record<string, unknown> = {};
  try {
    await mkdir(folder, { recursive: true });
    for await (const part of request.parts()) {
      if (part.type === 'file') {
        files.push(await storeFile(part, folder, files.length, limits));
      } else if (part.fieldname === 'options') {
        options = parseOptions(String(part.value));
        await onOptions(options);
      } else {
        fields[part.fieldname] = fieldValue(String(part.value));
      }
    }
  } catch (error) {
    throw formError(error, limits);
  }
  if (options === undefined && Object.keys(fields).length === 0) throw OPTIONS_MISSING();
  return { options: { ...options, ...fields }, files };
}
