import type { JobObserver } from '../../observer/job-observer.js';

/** Shares of right decisions of a discriminator that still teaches. */
const HEALTHY_ACCURACY = [0.55, 0.9] as const;
/** Above this on both sides for `PATIENCE` reports, the discriminator has won. */
const WON = 0.97;
const PATIENCE = 4;
/** Samples whose spread is below this share of the data's look alike. */
const COLLAPSED = 0.1;

/** Warns when one player has won or the samples have become alike; once for each time it begins. */
export class BalanceMonitor {
  private reportsWon = 0;
  private collapsed = false;

  constructor(private readonly observer: JobObserver) {}

  /** @param metrics training metrics; those without a discriminator say nothing */
  report(step: number, metrics: Readonly<Record<string, number>>): void {
    const accuracies = [metrics['train/accuracy-data'], metrics['train/accuracy-generated']];
    const won = accuracies.every((accuracy) => accuracy !== undefined && accuracy > WON);
    this.reportsWon = won ? this.reportsWon + 1 : 0;
    if (this.reportsWon !== PATIENCE) return;
    const [low, high] = HEALTHY_ACCURACY;
    this.observer.event('warn', `The discriminator sorts more than ${WON} of both sides right and teaches little; healthy shares are ${low} to ${high}`, { step, alarm: 'discriminator-won' });
  }

  /** @param relative spread of the samples over that of the data */
  samples(step: number, relative: number): void {
    const before = this.collapsed;
    this.collapsed = relative < COLLAPSED;
    if (this.collapsed && !before) {
      this.observer.event('warn', `Samples are nearly alike: their spread is ${relative.toFixed(3)} of the data's`, { step, alarm: 'mode-collapse', diversity: relative });
    }
  }
}
