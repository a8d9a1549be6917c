import { z } from 'zod';

/** `{id}` of data sets and models: their id or their unique name. */
export const reference = z.string().min(1).max(128).describe('Id or name');

/** `{id}` of jobs. */
export const jobId = z.uuid('expected the id of a job, a UUID').describe('Id of the job');
