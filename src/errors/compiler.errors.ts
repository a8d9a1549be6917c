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
