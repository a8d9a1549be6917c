import type { JobObserver } from '../../observer/job-observer.js';

/** An observer that keeps what it hears. */
export class Recorder implements JobObserver {
  readonly values: [number, Readonly<Record<string, number>>][] = [];
  readonly messages: string[] = [];
  readonly saved: number[] = [];
  readonly pictures: [number, string, Uint8Array][] = [];
  onStep: (step: number) => void = () => undefined;
  onCheckpoint: (step: number) => Promise<void> = () => Promise.resolve();
  event(_: string, message: string): void { this.messages.push(message); }
  progress({ step }: { step: number }): void { this.onStep(step); }
  metrics(step: number, values: Readonly<Record<string, number>>): void { this.values.push([step, values]); }
  picture(step: number, name: string, png: Uint8Array): Promise<void> { this.pictures.push([step, name, png]); return Promise.resolve(); }
  checkpoint(step: number): Promise<void> { this.saved.push(step); return this.onCheckpoint(step); }
}
