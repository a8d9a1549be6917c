import * as attacks from './attacks.errors.js';
import * as bundles from './bundles.errors.js';
import * as compiler from './compiler.errors.js';
import * as config from './config.errors.js';
import * as control from './control.errors.js';
import * as datasets from './datasets.errors.js';
import * as engine from './engine.errors.js';
import * as evaluation from './evaluation.errors.js';
import * as expressions from './expressions.errors.js';
import * as generation from './generation.errors.js';
import * as http from './http.errors.js';
import * as images from './images.errors.js';
import * as inference from './inference.errors.js';
import * as jobs from './jobs.errors.js';
import * as networks from './networks.errors.js';
import * as persistence from './persistence.errors.js';
import * as serving from './serving.errors.js';
import * as storage from './storage.errors.js';
import * as training from './training.errors.js';
import * as uploads from './uploads.errors.js';

/** What documentation says of an error; its detail depends on the values of the case. */
export interface ErrorSummary {
  readonly code: string;
  readonly status: number;
  readonly title: string;
}

/** The files that define errors; a test compares the list with the folder. */
export const ERROR_SOURCES = { attacks, bundles, compiler, config, control, datasets, engine, evaluation, expressions, generation, http, images, inference, jobs, networks, persistence, serving, storage, training, uploads } as const;

function isDefinition(value: unknown): value is ErrorSummary {
  return typeof value === 'function' && 'code' in value && 'status' in value && 'title' in value;
}

/** Every error that the service can answer with, by status, then code. */
export const ERROR_REGISTRY: readonly ErrorSummary[] = Object.values(ERROR_SOURCES)
  .flatMap((source) => Object.values(source).filter(isDefinition))
  .map(({ code, status, title }) => ({ code, status, title }))
  .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));

/** The problem type of an error: a URI relative to the server, which serves the page. */
export const problemType = (code: string): string => `/docs/errors#${code}`;
