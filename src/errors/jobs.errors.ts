import { defineError } from './define.js';

export const JOB_NOT_CANCELLABLE = defineError(
  'job-not-cancellable',
  409,
  'Job not cancellable',
  (id: string, state: string) => `Job ${id} is ${state}; only queued and running jobs can be cancelled.`,
);

/** The start of a worker is refused. */
export const ENGINE_NOT_USABLE = defineError(
  'engine-not-usable',
  503,
  'Engine not usable',
  (engine: string, device: string, reason: string) => `RAMPART_ENGINE=${engine} with RAMPART_DEVICE=${device} does not work on this machine: ${reason}`,
);

export const COMPUTE_CRASHED = defineError(
  'compute-crashed',
  500,
  'Compute process crashed',
  (cause: string, starts: number, lastLines: string) =>
    `The compute process ended with ${cause}; ${starts} starts in a row made no further checkpoint, so the job was given up.` +
    (lastLines === '' ? '' : ` Its last output was:\n${lastLines}`),
);

export const COMPUTE_FAILED = defineError(
  'compute-failed',
  500,
  'Computation failed',
  (detail: string) => `The computation stopped with an internal error: ${detail}`,
);

export const PICTURE_NOT_FOUND = defineError(
  'picture-not-found',
  404,
  'Job has no such picture',
  (id: string, file: string) => `Job ${id} has no picture "${file}"; its list of pictures has those that exist.`,
);
