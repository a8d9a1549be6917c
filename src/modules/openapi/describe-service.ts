import { loadSettings } from '../../config/settings.js';
import { createHttpApp } from '../http-app.js';
import type { Platform } from '../platform/platform.js';
import { errorsMarkdown } from './error-pages.js';
import { createOpenApiDocument } from './openapi.document.js';

/** The generated documents of the service by file name, made without opening a database or a port. */
export async function describeService(): Promise<Readonly<Record<string, string>>> {
  // A preview instantiates no provider, so the description needs no platform behind it.
  const platform = { settings: loadSettings({}), lifecycle: { accepting: false } } as Platform;
  const app = await createHttpApp(platform, { preview: true });
  try {
    return { 'openapi.json': `${JSON.stringify(createOpenApiDocument(app), null, 1)}\n`, 'docs/errors.md': errorsMarkdown() };
  } finally {
    await app.close();
  }
}
