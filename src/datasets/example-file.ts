import { open, type FileHandle } from 'node:fs/promises';

const BUFFER_BYTES = 256 * 1024;

/** A `.bin` file being written front to back; small writes are put together. */
export class ExampleFile {
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private buffered = 0;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  static async create(path: string): Promise<ExampleFile> {
    return new ExampleFile(path, await open(path, 'w'));
  }

  /** Runs `write` with a new file at `path` and closes it afterwards. */
  static async with<T>(path: string, write: (file: ExampleFile) => Promise<T>): Promise<T> {
    const file = await ExampleFile.create(path);
    try {
      return await write(file);
    } finally {
      await file.close();
    }
  }

  /** Appends `bytes`; they may be changed by the caller after the returned promise is fulfilled. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.buffered + bytes.length > BUFFER_BYTES) await this.flush();
    if (bytes.length >= BUFFER_BYTES) await this.writeAll(bytes);
    else {
      this.buffer.set(bytes, this.buffered);
      this.buffered += bytes.length;
    }
  }

  /** Writes what is buffered and closes the file. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.handle.close();
    }
  }

  private async flush(): Promise<void> {
    const bytes = this.buffer.subarray(0, this.buffered);
    this.buffered = 0;
    await this.writeAll(bytes);
  }

  private async writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) at += (await this.handle.write(bytes, at)).bytesWritten;
  }
}
