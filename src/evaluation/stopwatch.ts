/** Adds up the wall time of awaited work by name. */
export class Stopwatch<Phase extends string> {
  private readonly totals = new Map<Phase, number>();

  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.totals.set(phase, this.seconds(phase) + (performance.now() - start) / 1000);
    }
  }

  seconds(phase: Phase): number {
    return this.totals.get(phase) ?? 0;
  }
}
