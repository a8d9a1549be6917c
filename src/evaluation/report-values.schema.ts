import { z } from 'zod';

/** Values that reports of classifiers and of generators share. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
export const share = z.number().min(0).max(1);
export const count = z.int().nonnegative();

export const proportionSchema = z
  .strictObject({ value: share, count, n: z.int().positive(), low: share, high: share })
  .describe('A share of n examples and its 95 % Wilson interval');
