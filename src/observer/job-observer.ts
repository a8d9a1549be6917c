export type EventLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where a long computation stands. `step` counts optimiser updates or evaluated batches, from 0 to `totalSteps`. */
export interface JobProgress {
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch?: number;
  readonly etaSeconds?: number;
}

/** What a long computation tells the outside; the same in a forked process, a test and a benchmark. */
export interface JobObserver {
  event(level: EventLevel, message: string, data?: Readonly<Record<string, unknown>>): void;
  progress(progress: JobProgress): void;
  /** Scalar metrics at a step, e.g. `train/loss`, `validation/accuracy`. */
  metrics(step: number, values: Readonly<Record<string, number>>): void;
  /** A PNG that shows where the computation stands at a step, e.g. a grid named `samples`. */
  picture(step: number, name: string, png: Uint8Array): Promise<void>;
  /** A complete, atomically written checkpoint folder that a resumed run may start from. Awaited: the caller may copy it. */
  checkpoint(step: number, folder: string): Promise<void>;
}
