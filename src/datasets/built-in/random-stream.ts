import type { Key } from '../../compiler/random/index.js';

/** The numbers of one key, one after the other. */
export class RandomStream {
  private counter = 0;
  private spare: number | undefined;

  constructor(private readonly key: Key) {}

  /** 32 random bits. */
  word(): number {
    if (this.spare !== undefined) {
      const word = this.spare;
      this.spare = undefined;
      return word;
    }
    const [word, spare] = this.key.words(this.counter++);
    this.spare = spare;
    return word;
  }

  /** Uniform on [low, high). */
  uniform(low: number, high: number): number {
    return low + (this.word() / 2 ** 32) * (high - low);
  }

  /** Uniform on [-size, size). */
  symmetric(size: number): number {
    return this.uniform(-size, size);
  }

  /** Normal with mean 0 and variance 1 (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.word() + 1) / 2 ** 32));
    return radius * Math.cos(this.uniform(0, 2 * Math.PI));
  }
}
