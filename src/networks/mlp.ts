import { sequence, type Layer } from './layer.js';
import { activation, dense, dropout, flatten, normalise, roleBefore } from './layers.js';
import { defineNetwork, segment, type Network, type Segment } from './network.js';
import type { InputNormalisation, MlpOptions } from './network.options.js';

/**
 * Multi-layer perceptron: every hidden layer, dense - activation - dropout, is a segment; the linear output layer is the
 * last one. Mix point k is the output of hidden layer k; the last allowed one is below the last hidden layer.
 */
export function mlp(options: MlpOptions, inputShape: readonly number[], classCount: number, normalisation: InputNormalisation): Network {
  const input = sequence([normalise(inputShape, normalisation), flatten(inputShape)]);
  const segments: Segment[] = [];
  let below: readonly Layer[] = [input];
  let [width] = input.outputShape as readonly [number];
  options.hidden.forEach((units, i) => {
    const name = `hidden${i + 1}`;
    segments.push(segment(name, sequence([
      ...below,
      dense(name, width, units, roleBefore(options.activation)),
      activation(options.activation, [units]),
      dropout(`${name}/dropout`, [units], options.dropout),
    ])));
    below = [];
    width = units;
  });
  segments.push(segment('logits', sequence([...below, dense('logits', width, classCount, 'linear')])));
  return defineNetwork('mlp', inputShape, segments, Math.max(0, segments.length - 2));
}
