/** shift + scale * sin(frequency (i + 1)) for i below `count`, in float32: numbers that another program can make again. */
export function wave(count: number, frequency: number, { scale = 1, shift = 0 } = {}): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => shift + scale * Math.sin(frequency * (i + 1)));
}
