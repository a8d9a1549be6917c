import type { ScheduleOptions } from './schedule.options.js';

function shape(options: ScheduleOptions, progress: number): number {
  switch (options.name) {
    case 'constant': return 1;
    case 'step': return options.factor ** options.milestones.filter((milestone) => progress >= milestone).length;
    // Loshchilov and Hutter 2017: f + (1 - f) (1 + cos(pi t / T)) / 2
    case 'cosine': return options.finalFraction + (1 - options.finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}

/**
 * Multiplier of the base learning rate, in [0, 1].
 * @param step 0 for the first update
 */
export function rateMultiplier(options: ScheduleOptions, step: number, totalSteps: number): number {
  const warmup = step < options.warmupSteps ? (step + 1) / options.warmupSteps : 1;
  return warmup * shape(options, step / totalSteps);
}
