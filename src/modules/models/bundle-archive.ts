import { Readable } from 'node:stream';
import yazl from 'yazl';
import type { ModelEntity } from '../../persistence/entities/model.entity.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface Archive {
  readonly stream: Readable;
  readonly bytes: number;
}

/**
 * The files of a bundle as a zip, stored without compression (weights do not shrink), read from the store only as the client
 * takes them. The same model always gives the same bytes.
 */
export async function openArchive(objects: ObjectStore, model: ModelEntity): Promise<Archive> {
  const zip = new yazl.ZipFile();
  for await (const { key, bytes } of objects.list(model.prefix)) {
    const path = key.slice(model.prefix.length);
    const options = { compress: false, mtime: model.createdAt, size: bytes };
    zip.addReadStreamLazy(path, options, (deliver) => {
      objects.get(key).then(
        (stream) => deliver(null, stream),
        (error: unknown) => deliver(error, Readable.from([])),
      );
    });
  }
  // The published types leave out that the callback gets the size.
  const end = zip.end.bind(zip) as (options: object, sized: (bytes: number) => void) => void;
  const bytes = await new Promise<number>((resolve) => end({ forceZip64Format: false }, resolve));
  const stream = zip.outputStream as Readable;
  zip.on('error', (error: Error) => void stream.destroy(error));
  return { stream, bytes };
}
