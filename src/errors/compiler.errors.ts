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
