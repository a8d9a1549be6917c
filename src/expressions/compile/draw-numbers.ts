import { Key, normal, uniform } from '../../compiler/random/index.js';
import { sizeOf } from '../../compiler/signature.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';
import type { Draw } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import type { Binding } from '../types/dimension.js';

/** Calls that each stream has answered. */
export type StreamCounters = Readonly<Record<string, number>>;

/**
 * Keys follow from the seed, and for a stream from its name, the number of the call and the place of the draw among
 * those of the stream: equal seeds give equal numbers, and no call repeats another.
 */
function keyOf({ source }: Draw, streams: ExpressionModule['streams'], counters: StreamCounters): Key {
  if (source.kind === 'seed') return Key.from(source.seed);
  return Key.from(streams.get(source.stream)!).fold(source.stream).fold(counters[source.stream]!).fold(source.index);
}

/** The random numbers of one call, as inputs of its program. */
export function drawNumbers(draws: readonly Draw[], streams: ExpressionModule['streams'], counters: StreamCounters, binding: Binding): NamedHostTensors {
  return Object.fromEntries(draws.map((draw): [string, HostTensor] => {
    const shape = draw.shape.map((length) => length.evaluate(binding));
    const key = keyOf(draw, streams, counters);
    const data = draw.distribution === 'uniform' ? uniform(key, sizeOf(shape)) : normal(key, sizeOf(shape));
    return [draw.input, { dtype: 'float32', shape, data }];
  }));
}
