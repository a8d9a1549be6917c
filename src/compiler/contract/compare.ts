import type { HostTensor, NamedHostTensors } from '../tensors.js';

/**
 * Where `actual` differs from `expected` by more than `absolute + relative * |expected|`, as text; nothing if nowhere.
 * Names, dtypes and shapes must be equal; NaN equals NaN.
 */
export function difference(actual: NamedHostTensors, expected: NamedHostTensors, relative: number, absolute = relative): string | undefined {
  if (Object.keys(actual).sort().join() !== Object.keys(expected).sort().join()) {
    return `names ${Object.keys(actual).join(', ')} instead of ${Object.keys(expected).join(', ')}`;
  }
  for (const [name, want] of Object.entries(expected)) {
    const fault = tensorDifference(actual[name]!, want, relative, absolute);
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  return undefined;
}

function tensorDifference(actual: HostTensor, expected: HostTensor, relative: number, absolute: number): string | undefined {
  const spec = ({ dtype, shape }: HostTensor): string => `${dtype}[${shape.join(',')}]`;
  if (spec(actual) !== spec(expected)) return `${spec(actual)} instead of ${spec(expected)}`;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (!Object.is(a, e) && !(Math.abs(a - e) <= absolute + relative * Math.abs(e)) && a !== e) return `[${i}] is ${a} instead of ${e}`;
  }
  return undefined;
}
