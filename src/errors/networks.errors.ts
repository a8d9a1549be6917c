import { defineError } from './define.js';

export const networkInputMismatch = defineError(
  'network-input-mismatch', 422, 'Network does not take these examples',
  (architecture: string, shape: readonly number[]) =>
    `The architecture '${architecture}' takes images of shape [height, width, channels]; the data set has examples of shape [${shape.join(', ')}]. Use 'mlp' for tables.`,
  () => [{ pointer: '/network/architecture', detail: 'mlp takes examples of any shape' }],
);

export const normalisationMismatch = defineError(
  'normalisation-mismatch', 422, 'Normalisation does not fit the examples',
  (given: number, channels: number) =>
    `network.normalisation has ${given} entries; accepted are 1 or ${channels}, the length of the last axis of an example.`,
  (_, channels) => [{ pointer: '/network/normalisation/mean', detail: `1 or ${channels} entries` }],
);

export const networkTooLarge = defineError(
  'network-too-large', 422, 'Network has too many parameters',
  (count: number, limit: number) => `The network would have ${count} parameters; at most ${limit} are accepted. Use smaller widths or larger strides.`,
  () => [{ pointer: '/network', detail: 'fewer parameters' }],
);

export const mixPointOutsideNetwork = defineError(
  'mix-point-outside-network', 422, 'Mix point outside the network',
  (mixPoint: number, last: number, architecture: string) =>
    `Mix point ${mixPoint} does not exist in this network; '${architecture}' as configured has mix points 0 to ${last} (0 is the input; at least one nonlinear block must stay above).`,
  (_, last) => [{ pointer: '/method/mixPoints', detail: `whole numbers from 0 to ${last}` }],
);
