import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string(), description: z.string() });

/** The package file lies above `src` in the sources, above `dist/src` in the build and above `.cache/bench/src` in benchmarks. */
function readPackage(): unknown {
  const above = ['../../../package.json', '../../../../package.json', '../../../../../package.json'];
  for (const path of above) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('internal: package.json is missing');
}

/** Version and description of the service. */
export const PACKAGE = packageSchema.parse(readPackage());

/** The stamp of the build lies at the top of `dist`; sources that run as they are have none. */
function readStamp(): string {
  try {
    return readFileSync(new URL('../../../.sources.sha256', import.meta.url), 'utf8').trim();
  } catch {
    return 'sources';
  }
}

/** Version and sources of this build: two builds that could compute differently differ. */
export const BUILD = `${PACKAGE.version} ${readStamp()}`;
