import type { ApiBodyOptions } from '@nestjs/swagger';
import type { RequestExample } from '../openapi/api-decorators.js';

type Examples = Readonly<Record<string, RequestExample>>;

const REGRESSION = `input x: float32[n, 2]
input y: int32[n]
shared w: float32[2, 2] = zeros
let loss = mean(crossEntropy(x @ w, y))
update w = w - 0.5 * grad(loss, w)
output loss
output accuracy = mean(argmax(x @ w) == y)`;

const POINTS = { x: [[1, 0], [0, 1], [1, 0.2], [0.1, 1]], y: [0, 1, 0, 1] };

export const SAFETENSORS = 'application/x-safetensors';

export const CREATE_EXAMPLES: Examples = {
  regression: { summary: 'Logistic regression that learns with each call', value: { name: 'logistic-regression', source: REGRESSION } },
};

export const EVALUATE_EXAMPLES: Examples = { points: { summary: 'Four labelled points (expression logistic-regression)', value: { inputs: POINTS } } };

export const GRADIENT_EXAMPLES: Examples = {
  loss: { summary: 'Of the loss by the weights and by the points', value: { of: 'loss', wrt: ['w', 'x'], inputs: POINTS } },
};

export const VERIFY_EXAMPLES: Examples = { loss: { summary: 'The gradient of the loss', value: { of: 'loss', wrt: ['w', 'x'], inputs: POINTS, seed: 1 } } };

export const NON_FINITE_EXAMPLES: Examples = { points: { summary: 'Nothing is found', value: { inputs: POINTS } } };

export const COPY_EXAMPLES: Examples = { swapped: { summary: 'A copy with other weights', value: { name: 'other-weights', state: { w: [[1, -1], [-1, 1]] } } } };

export const BINARY_BODY: ApiBodyOptions = { schema: { type: 'string', format: 'binary' } };
