import { defineError } from './define.js';

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');
const shown = (value: string): string => (value.length > 40 ? `${value.slice(0, 40)}...` : value);

export const FILE_ROLE_UNKNOWN = defineError(
  'file-role-unknown', 422, 'File of unknown role',
  (field: string, fileName: string, accepted: readonly string[]) =>
    `The file '${shown(fileName)}' was sent as '${shown(field)}', which says nothing about its role; accepted field names are ${list(accepted)}.`,
);

export const FILE_ROLE_MISSING = defineError(
  'file-role-missing', 422, 'A file is missing',
  (role: string, format: string, sent: readonly string[]) =>
    `Format '${format}' needs a file '${role}'; the request has ${sent.length === 0 ? 'no files' : list(sent)}.`,
);

export const FILE_ROLE_REPEATED = defineError(
  'file-role-repeated', 422, 'Two files in one role',
  (role: string, format: string) => `Format '${format}' takes one file '${role}'; the request has several.`,
);

export const SPLIT_RULE_CONFLICT = defineError(
  'split-rule-conflict', 422, 'Test files and a test fraction',
  (fraction: number) => `split.testFraction is ${fraction} although test files were sent; leave it out or send no test files.`,
  () => [{ pointer: '/split/testFraction', detail: 'accepted only without test files' }],
);

export const EMPTY_SPLIT = defineError(
  'empty-split', 422, 'A split would be empty',
  (split: string, examples: number, fraction: number) =>
    `The ${split} split would be empty: it gets a fraction of ${fraction} of ${examples} examples; send more examples or another fraction.`,
  (split) => [{ pointer: '/split', detail: `a rule that leaves at least one example for ${split}` }],
);

export const EMPTY_FILE = defineError(
  'empty-file', 422, 'Empty file',
  (file: string) => `The file ${file} holds no data; at least one example is needed.`,
);

export const TRUNCATED_FILE = defineError(
  'truncated-file', 422, 'Truncated file',
  (file: string, offset: number, missing: string) => `The file ${file} ends at byte ${offset} (uncompressed); ${missing} was expected.`,
);

export const TRAILING_DATA = defineError(
  'trailing-data', 422, 'Data after the end',
  (file: string, offset: number) => `The file ${file} goes on after byte ${offset}, where its header says that it ends.`,
);

export const WRONG_MAGIC = defineError(
  'wrong-magic-number', 422, 'Not a file of this format',
  (file: string, found: string, accepted: string) => `The file ${file} begins with ${found}; accepted is ${accepted}.`,
);

export const IDX_DIMENSIONS = defineError(
  'idx-dimensions-not-accepted', 422, 'IDX dimensions not accepted',
  (file: string, dimensions: readonly number[], accepted: string) =>
    `The IDX file ${file} has dimensions [${dimensions.join(', ')}]; accepted is ${accepted}.`,
);

export const CORRUPT_GZIP = defineError(
  'corrupt-gzip', 422, 'Damaged gzip data',
  (file: string, offset: number, reason: string) =>
    `The gzip data of ${file} cannot be read after ${offset} inflated bytes: ${reason}. A complete gzip file or an uncompressed one is accepted.`,
);

export const INFLATED_TOO_LARGE = defineError(
  'inflated-data-too-large', 413, 'File too large',
  (file: string, limit: number) => `The file ${file} holds more than ${limit} bytes when uncompressed, the largest size accepted.`,
);

export const INFLATION_RATIO_TOO_HIGH = defineError(
  'inflation-ratio-too-high', 413, 'Compressed data inflates too much',
  (file: string, ratio: number, limit: number) =>
    `The gzip data of ${file} inflates ${Math.floor(ratio)}-fold; up to ${limit}-fold is accepted. Send it uncompressed if it is genuine.`,
);

export const TOO_MANY_EXAMPLES = defineError(
  'too-many-examples', 413, 'Too many examples',
  (file: string, found: number, limit: number) => `The file ${file} has ${found} or more examples; up to ${limit} are accepted.`,
);

export const TOO_MANY_FEATURES = defineError(
  'too-many-features', 413, 'Examples too large',
  (file: string, found: number, limit: number) => `An example of ${file} has ${found} values; 1 to ${limit} are accepted.`,
);

export const TOO_MANY_CLASSES = defineError(
  'too-many-classes', 422, 'Too many classes',
  (file: string, row: number, limit: number) =>
    `Row ${row} of ${file} brings class ${limit + 1}; up to ${limit} classes are accepted. Is the label column a class?`,
);

export const TOO_FEW_CLASSES = defineError(
  'too-few-classes', 422, 'Too few classes',
  (found: number) => `The labels name ${found} class${found === 1 ? '' : 'es'}; a classifier needs at least 2.`,
);

export const LABEL_COUNT_MISMATCH = defineError(
  'label-count-mismatch', 422, 'Labels and images differ in number',
  (images: string, imageCount: number, labels: string, labelCount: number) =>
    `${images} holds ${imageCount} images but ${labels} holds ${labelCount} labels; one label per image is needed.`,
);

export const LABEL_OUT_OF_RANGE = defineError(
  'label-outside-classes', 422, 'Label outside the classes',
  (file: string, row: number, label: string, accepted: string) =>
    `The label of row ${row} of ${file} is '${shown(label)}'; accepted is ${accepted}.`,
);

export const EXAMPLE_SHAPE_MISMATCH = defineError(
  'example-shape-mismatch', 422, 'Training and test examples differ in shape',
  (train: readonly number[], test: readonly number[]) =>
    `Training examples have shape [${train.join(', ')}] and test examples [${test.join(', ')}]; one shape is needed.`,
);

export const IMAGE_SHAPE_MISMATCH = defineError(
  'image-shape-mismatch', 422, 'Columns do not make an image',
  (file: string, columns: number, shape: readonly number[]) =>
    `${file} has ${columns} feature columns; imageShape [${shape.join(', ')}] needs ${shape.reduce((a, b) => a * b, 1)}.`,
  () => [{ pointer: '/imageShape', detail: 'height x width x channels = number of feature columns' }],
);

export const CSV_MALFORMED = defineError(
  'csv-malformed', 422, 'Malformed CSV',
  (file: string, row: number, reason: string) => `Line ${row} of ${file} cannot be read as CSV: ${reason}.`,
);

export const CSV_ROW_LENGTH = defineError(
  'csv-row-length', 422, 'CSV rows differ in length',
  (file: string, row: number, found: number, expected: number) =>
    `Line ${row} of ${file} has ${found} columns; the lines before have ${expected}.`,
);

export const CSV_NO_FEATURES = defineError(
  'csv-without-features', 422, 'CSV without features',
  (file: string, delimiter: string) =>
    `The lines of ${file} have one column when separated by '${delimiter === '\t' ? '\\t' : delimiter}'; a label column and at least one feature column are needed.`,
  () => [{ pointer: '/delimiter', detail: "the character between columns: ',', ';', tab, '|' or space" }],
);

export const CSV_VALUE = defineError(
  'csv-value-not-a-number', 422, 'Not a finite number',
  (file: string, row: number, column: string, value: string) =>
    `Line ${row}, column ${column} of ${file} is '${shown(value)}'; a finite decimal number is accepted.`,
);

export const CSV_VALUE_RANGE = defineError(
  'csv-value-out-of-range', 422, 'Value outside the declared range',
  (file: string, row: number, column: string, value: number, range: readonly [number, number]) =>
    `Line ${row}, column ${column} of ${file} is ${value}; the declared range is ${range[0]} to ${range[1]}.`,
  () => [{ pointer: '/valueRange', detail: 'the smallest and the largest value that a feature can take' }],
);

export const LABEL_COLUMN_MISSING = defineError(
  'label-column-missing', 422, 'No such label column',
  (file: string, column: string | number, accepted: string) => `${file} has no column ${JSON.stringify(column)}; accepted is ${accepted}.`,
  () => [{ pointer: '/labelColumn', detail: 'a name of the header line, or an index (negative ones count from the end)' }],
);

export const CONSTANT_FEATURES = defineError(
  'constant-features', 422, 'Features without variation',
  (value: number) => `Every feature of every example is ${value}; nothing can be learnt from that.`,
);

export const DATASET_DAMAGED = defineError(
  'dataset-damaged', 500, 'Stored data set damaged',
  (part: string, reason: string) => `${part} of the stored data set is damaged: ${reason}. Delete the data set and create it again.`,
);

export const SPLIT_NOT_FOUND = defineError(
  'split-not-found', 422, 'No such split',
  (dataset: string, split: string, present: readonly string[]) =>
    `Data set '${dataset}' has no ${split} split; it has ${list(present)}.`,
);
