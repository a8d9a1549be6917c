import { defineError } from './define.js';

export const servingQueueFull = defineError(
  'serving-queue-full',
  503,
  'Too many predictions are waiting',
  (rows: number, waiting: number, limit: number) =>
    `The request has ${rows} examples and ${waiting} are waiting already; up to ${limit} may wait. Try again shortly.`,
);

export const servingTimeout = defineError(
  'serving-timeout',
  503,
  'The prediction took too long',
  (seconds: number) => `No answer was ready within ${seconds} s. Send fewer examples at once, or try again later.`,
);

export const servingStopped = defineError('serving-stopped', 503, 'The server is stopping', () => 'The server is stopping; try again shortly.');
