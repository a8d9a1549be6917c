import { describe, expect, it } from 'vitest';
import { scheduleOptionsSchema } from './schedule.options.js';
import { rateMultiplier } from './schedule.js';

const at = (options: object, steps: readonly number[]): number[] =>
  steps.map((step) => Number(rateMultiplier(scheduleOptionsSchema.parse(options), step, 100).toPrecision(6)));

describe('rateMultiplier', () => {
  it.each([
    [{ name: 'constant' }, [0, 50, 99], [1, 1, 1]],
    [{ name: 'constant', warmupSteps: 4 }, [0, 1, 3, 4], [0.25, 0.5, 1, 1]],
    [{ name: 'step' }, [0, 59, 60, 84, 85, 99], [1, 1, 0.1, 0.1, 0.01, 0.01]],
    [{ name: 'cosine' }, [0, 50, 99], [1, 0.5, 0.00024672]],
    [{ name: 'cosine', finalFraction: 0.2, warmupSteps: 2 }, [0, 50], [0.5, 0.6]],
  ])('%j', (options, steps, expected) => expect(at(options, steps)).toEqual(expected));
  it('refuses milestones out of order', () => {
    expect(scheduleOptionsSchema.safeParse({ name: 'step', milestones: [0.5, 0.4] }).success).toBe(false);
  });
});
