import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bundleManifestInvalid, bundlePartDamaged, bundlePartMissing } from '../errors/bundles.errors.js';
import type { Manifest } from './manifest.js';

export const MANIFEST_FILE = 'manifest.json';
export const WEIGHTS_FILE = 'weights.safetensors';

/** Names that a part may have: one path segment, never hidden, the same on every file system and in the object store. */
const PART_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/** File of a signature, without capital letters, which keys of the object store do not have: lossGradient -> loss-gradient.onnx. */
export const signatureFile = (signature: string): string => `${signature.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.onnx`;

/**
 * Checks that a manifest's part names are plain file names, each once, and that weights and every signature are parts.
 * @throws bundle-manifest-invalid
 */
export function checkPartNames({ parts, signatures }: Pick<Manifest, 'parts' | 'signatures'>): void {
  const names = new Set<string>();
  for (const { file } of parts) {
    if (!PART_NAME.test(file) || file === MANIFEST_FILE) {
      throw bundleManifestInvalid(`the part name "${file}" is not accepted; use small letters, digits, dot, dash and underscore`);
    }
    if (names.has(file)) throw bundleManifestInvalid(`the part "${file}" is listed twice`);
    names.add(file);
  }
  for (const needed of [WEIGHTS_FILE, ...Object.values(signatures).map((signature) => signature.file)]) {
    if (!names.has(needed)) throw bundleManifestInvalid(`the file "${needed}" is used but not listed in parts`);
  }
}

/**
 * Compares the files of a bundle with its manifest: size, then SHA-256 unless `trusted`.
 * @throws bundle-part-missing, bundle-part-damaged
 */
export async function verifyParts(folder: string, parts: Manifest['parts'], trusted: boolean): Promise<void> {
  for (const { file, bytes, sha256 } of parts) {
    const path = join(folder, file);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || !found.isFile()) throw bundlePartMissing(file);
    if (found.size !== bytes) throw bundlePartDamaged(file, `${found.size} bytes`, `${bytes} bytes`);
    if (trusted) continue;
    const digest = await sha256OfFile(path);
    if (digest !== sha256) throw bundlePartDamaged(file, `SHA-256 ${digest}`, `SHA-256 ${sha256}`);
  }
}

/** SHA-256 of a file, hexadecimal, read as a stream. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
