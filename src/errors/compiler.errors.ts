import { defineError } from './define.js';

export const invalidSeed = defineError('invalid-seed', 422, 'Seed out of range', (seed: number) =>
  `The seed is ${seed}; a whole number from 0 to ${Number.MAX_SAFE_INTEGER} or a text is accepted.`);

export const invalidKey = defineError('invalid-random-key', 422, 'Not a random key', (text: string) =>
  `'${text.slice(0, 40)}' is not a random key; 16 hexadecimal digits in lower case are accepted.`);

export const invalidDistribution = defineError(
  'invalid-distribution-parameter', 422, 'Distribution parameter out of range',
  (distribution: string, parameter: string, value: number, accepted: string) =>
    `${distribution}: ${parameter} is ${value}; accepted is ${accepted}.`,
);

export const tensorMissing = defineError('tensor-missing', 422, 'Tensor missing', (program: string, role: string, name: string) =>
  `Program '${program}' needs the ${role} tensor '${name}', which was not given.`);

export const tensorUnknown = defineError(
  'tensor-unknown', 422, 'Unknown tensor',
  (program: string, role: string, name: string, known: readonly string[]) =>
    `Program '${program}' has no ${role} tensor '${name}'; its ${role} tensors are ${known.join(', ') || 'none'}.`,
);

export const tensorMismatch = defineError(
  'tensor-mismatch', 422, 'Tensor of the wrong shape or type',
  (program: string, role: string, name: string, given: string, accepted: string) =>
    `Program '${program}': the ${role} tensor '${name}' is ${given}; accepted is ${accepted}.`,
);

export const entryUnknown = defineError('program-entry-unknown', 422, 'Unknown program', (name: string, known: readonly string[]) =>
  `There is no program entry '${name}'; the entries are ${known.join(', ')}.`);

export const executableDisposed = defineError('executable-disposed', 409, 'Executable disposed', (program: string) =>
  `Program '${program}' was called after its executable was disposed.`);

export const profileNotAvailable = defineError('profile-not-available', 409, 'Program not profiled', (program: string, reason: string) =>
  `Program '${program}' has no profile: ${reason}.`);

export const kernelUnsupported = defineError(
  'kernel-unsupported', 422, 'Operation not supported by the compiler',
  (program: string, kernel: string, site: string, reason: string) =>
    `Program '${program}' uses the TensorFlow.js kernel '${kernel}' at ${site}: ${reason}. Supported kernels are listed in docs/kernels.md.`,
);

export const dataDependentRead = defineError('data-dependent-read', 422, 'Program reads tensor values', (program: string, site: string) =>
  `Program '${program}' reads the values of a tensor at ${site}. A program is traced without data: ` +
  'make the value an output, or choose with tf.where instead of if.');

export const hiddenRandomness = defineError('hidden-randomness', 422, 'Program draws random numbers', (program: string, site: string) =>
  `Program '${program}' draws random numbers at ${site}. Draw them outside from a key and pass them as an input tensor.`);

export const batchNotReconcilable = defineError(
  'batch-not-reconcilable', 422, 'Program does not work for every batch size',
  (program: string, node: string, site: string, what: string, first: string, second: string) =>
    `Program '${program}', ${node} at ${site}: ${what} is ${first} in one batch size and ${second} in another, ` +
    'which cannot be written for all batch sizes; lengths in proportion to the batch size can.',
);

export const traceFailed = defineError('trace-failed', 422, 'Program cannot be traced', (program: string, signature: string, reason: string) =>
  `Program '${program}' fails for inputs ${signature}: ${reason}`);
