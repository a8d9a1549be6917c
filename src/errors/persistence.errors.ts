import { defineError } from './define.js';

export const JOB_NOT_FOUND = defineError('job-not-found', 404, 'Job not found', (id: string) => `There is no job with id "${id}".`);

export const DATASET_NOT_FOUND = defineError(
  'dataset-not-found',
  404,
  'Data set not found',
  (reference: string) => `There is no data set with id or name "${reference}".`,
);

export const MODEL_NOT_FOUND = defineError(
  'model-not-found',
  404,
  'Model not found',
  (reference: string) => `There is no model with id or name "${reference}".`,
);

export const EXPRESSION_NOT_FOUND = defineError(
  'expression-not-found',
  404,
  'Expression not found',
  (reference: string) => `There is no expression with id or name "${reference}".`,
);

export const NAME_TAKEN = defineError(
  'name-taken',
  409,
  'Name taken',
  (what: 'data set' | 'model' | 'expression' | 'live training job', name: string) =>
    `A ${what} named "${name}" already exists; choose another name, or delete or cancel that one first.`,
  (_what, name) => [{ pointer: '/name', detail: `"${name}" is taken` }],
);

export const DATASET_IN_USE = defineError(
  'dataset-in-use',
  409,
  'Data set in use',
  (name: string, jobId: string, state: string) =>
    `Data set "${name}" is read by job ${jobId}, which is ${state}. Wait until the job has ended, or cancel it, then delete the data set.`,
);

export const MODEL_IN_USE = defineError(
  'model-in-use',
  409,
  'Model in use',
  (name: string, jobId: string, state: string) =>
    `Model "${name}" is read by job ${jobId}, which is ${state}. Wait until the job has ended, or cancel it, then delete the model.`,
);

export const INVALID_CURSOR = defineError(
  'invalid-cursor',
  400,
  'Invalid cursor',
  (cursor: string) => `"${cursor.slice(0, 80)}" is not a cursor of this list; pass the nextCursor of the page before, or none for the first page.`,
  () => [{ pointer: '/cursor', detail: 'not a cursor of this list' }],
);
