import { defineError } from './define.js';

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** `position` = index of the example, `found` = what it is, in words, `pointer` = its place in the request. */
export const WRONG_INPUT_SHAPE = defineError<[position: number, found: string, shape: readonly number[], pointer: string]>(
  'wrong-input-shape',
  422,
  'Example has another shape than the model takes',
  (position, found, shape) =>
    `example ${position} is ${found}: the model takes examples of shape ${shapeText(shape)}, nested or as one flat row of ${shape.reduce((a, b) => a * b, 1)} numbers.`,
  (_position, _found, shape, pointer) => [{ pointer, detail: `numbers of shape ${shapeText(shape)}, or one flat row of them` }],
);

export const TOO_MANY_INSTANCES = defineError(
  'too-many-instances',
  422,
  'Too many examples in one request',
  (count: number, limit: number, setting: string) => `${count} examples were sent; at most ${limit} are taken at once (setting ${setting}). Send them in several requests.`,
  (_count, limit) => [{ pointer: '/instances', detail: `1 to ${limit} examples` }],
);

export const LABELS_MISMATCH = defineError(
  'labels-mismatch',
  422,
  'Number of labels differs from the number of examples',
  (labels: number, examples: number) => `${labels} labels were given for ${examples} examples: give exactly one for each.`,
  (_labels, examples) => [{ pointer: '/labels', detail: `${examples} integers` }],
);

export const EXAMPLES_AMBIGUOUS = defineError(
  'examples-ambiguous',
  422,
  'Examples are not given in exactly one way',
  () => 'Give the examples either as instances and labels, or as examples: {dataset, split, indices}.',
  () => [{ pointer: '', detail: 'either instances and labels, or examples' }],
);

export const INDEX_OUT_OF_RANGE = defineError(
  'index-out-of-range',
  422,
  'No example has that index',
  (index: number, position: number, split: string, count: number) => `index ${index} at position ${position} is not in the split "${split}", which has ${count} examples: use integers from 0 to ${count - 1}.`,
  (_index, position, _split, count) => [{ pointer: `/examples/indices/${position}`, detail: `an integer from 0 to ${count - 1}` }],
);

export const SIGNATURE_NOT_FOUND = defineError(
  'signature-not-found',
  404,
  'Model has no such signature',
  (model: string, signature: string, known: readonly string[]) => `model "${model}" has no signature "${signature}"; it has ${known.join(', ')}.`,
);

export const IMAGE_MISSING = defineError(
  'image-missing',
  400,
  'No image in the request',
  () => 'The request holds no image: send a PNG or JPEG as the body (content type image/png or image/jpeg) or as a file of a multipart form.',
);

export const REPORT_NOT_READY = defineError(
  'report-not-ready',
  409,
  'Report is not there yet',
  (id: string, state: string) => `Evaluation ${id} is ${state}; it has a report only once it has succeeded.`,
);

export const METRICS_MISSING = defineError(
  'metrics-missing',
  404,
  'No such metrics yet',
  (job: string, known: readonly string[]) => `Job ${job} has recorded none of these metrics; recorded so far: ${known.join(', ') || 'nothing'}.`,
);

export const REPORT_PART_NOT_FOUND = defineError(
  'report-part-not-found',
  404,
  'Report has no such part',
  (id: string, file: string) => `The report of evaluation ${id} has no ${file}.`,
);
