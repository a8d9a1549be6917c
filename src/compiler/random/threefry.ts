/**
 * Threefry-2x32 with 20 rounds: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.2.
 * A keyed bijection of 64-bit counters; the output of counter `c` needs no earlier output.
 */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

export type Words = readonly [number, number];

/** Two unsigned 32-bit words from a 64-bit key and a 64-bit counter, each given as two 32-bit words. */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): Words {
  const keys = [k0 | 0, k1 | 0, (PARITY ^ k0 ^ k1) | 0] as const;
  let x0 = (c0 + keys[0]) | 0;
  let x1 = (c1 + keys[1]) | 0;
  for (let round = 0; round < 20; round++) {
    const rotation = ROTATIONS[round % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + keys[injection % 3]!) | 0;
      x1 = (x1 + keys[(injection + 1) % 3]! + injection) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}
