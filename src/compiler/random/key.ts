import { invalidKey, invalidSeed } from '../../errors/compiler.errors.js';
import { threefry2x32, type Words } from './threefry.js';

/** High counter words that keep draws, splits and folds of one key apart; draws use high words below 2^28. */
const SPLIT_TAG = 0x80000000;
const FOLD_TAG = 0x40000000;
const TEXT_TAG = 0x20000000;

/**
 * A source of randomness as a value: 64 bits, immutable. The same key always gives the same numbers, so a key is used
 * for one draw only; `split` and `fold` make statistically independent children.
 */
export class Key {
  private constructor(
    private readonly high: number,
    private readonly low: number,
  ) {}

  /**
   * @param seed a non-negative safe integer (53 bits), or any text.
   * @throws invalid-seed for other numbers.
   */
  static from(seed: number | string): Key {
    if (typeof seed === 'string') return new Key(0, 0).fold(seed);
    if (!Number.isSafeInteger(seed) || seed < 0) throw invalidSeed(seed);
    return new Key(Math.floor(seed / 2 ** 32), seed >>> 0);
  }

  /** Inverse of `toJSON`. @throws invalid-random-key unless `text` is 16 hexadecimal digits. */
  static parse(text: string): Key {
    if (!/^[0-9a-f]{16}$/.test(text)) throw invalidKey(text);
    return new Key(parseInt(text.slice(0, 8), 16), parseInt(text.slice(8), 16));
  }

  /** 16 hexadecimal digits. */
  toJSON(): string {
    return [this.high, this.low].map((word) => word.toString(16).padStart(8, '0')).join('');
  }

  /** `count` independent keys. */
  split(count = 2): Key[] {
    return Array.from({ length: count }, (_, i) => new Key(...threefry2x32(this.high, this.low, i, SPLIT_TAG)));
  }

  /** The key of one named or numbered part, e.g. `key.fold('dropout').fold(step)`; numbers are non-negative safe integers. */
  fold(data: number | string): Key {
    if (typeof data === 'number') {
      if (!Number.isSafeInteger(data) || data < 0) throw invalidSeed(data);
      return new Key(...threefry2x32(this.high, this.low, data >>> 0, (FOLD_TAG | Math.floor(data / 2 ** 32)) >>> 0));
    }
    const bytes = new TextEncoder().encode(data);
    let words: Words = threefry2x32(this.high, this.low, bytes.length, TEXT_TAG);
    for (let at = 0; at < bytes.length; at += 8) {
      const block = [0, 4].map((offset) => [0, 1, 2, 3].reduce((sum, i) => sum * 256 + (bytes[at + offset + i] ?? 0), 0));
      const mixed = threefry2x32(words[0], words[1], block[0]!, block[1]!);
      words = [(mixed[0] ^ block[0]!) >>> 0, (mixed[1] ^ block[1]!) >>> 0]; // Matyas-Meyer-Oseas
    }
    return new Key(...words);
  }

  /** Words 2i and 2i+1 of this key's stream, each uniform on 0 ... 2^32 - 1. */
  words(i: number): Words {
    return threefry2x32(this.high, this.low, i >>> 0, Math.floor(i / 2 ** 32));
  }
}
