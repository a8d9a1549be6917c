import { defineError } from './define.js';

export const epsilonOutOfRange = defineError<
  [epsilon: number, norm: string, largest: number, bounds: readonly [number, number], pointer: string]
>(
  'epsilon-out-of-range',
  422,
  'Epsilon is outside the input range',
  (epsilon, norm, largest, bounds) =>
    `epsilon ${epsilon} is not a ${norm} radius for inputs in [${bounds[0]}, ${bounds[1]}]: use a number from 0 to ${largest}, in input units.`,
  (_epsilon, _norm, largest, _bounds, pointer) => [{ pointer, detail: `a number from 0 to ${largest}` }],
);

export const targetLabelInvalid = defineError(
  'target-label-invalid',
  422,
  'Target label does not exist',
  (label: number, classes: number) =>
    `target label ${label} is not a class of this model: use an integer from 0 to ${classes - 1}.`,
  (_label, classes) => [{ pointer: '/targetLabels', detail: `integers from 0 to ${classes - 1}` }],
);

export const targetCountMismatch = defineError(
  'target-count-mismatch',
  422,
  'Number of target labels differs from the number of examples',
  (targets: number, examples: number) =>
    `${targets} target labels were given for ${examples} examples: give one label for all or exactly one for each example.`,
  (_targets, examples) => [{ pointer: '/targetLabels', detail: `one integer, or ${examples} integers` }],
);

export const labelInvalid = defineError(
  'label-invalid',
  422,
  'Label does not exist',
  (label: number, position: number, classes: number) =>
    `label ${label} of example ${position} is not a class of this model: use integers from 0 to ${classes - 1}.`,
  (_label, position, classes) => [{ pointer: `/labels/${position}`, detail: `an integer from 0 to ${classes - 1}` }],
);

export const inputOutOfBounds = defineError(
  'input-out-of-bounds',
  422,
  'Input is outside the input bounds of the model',
  (value: number, position: number, bounds: readonly [number, number]) =>
    `value ${value} in example ${position} is outside [${bounds[0]}, ${bounds[1]}]: attacks start from valid inputs only.`,
  (_value, position, bounds) => [
    { pointer: `/instances/${position}`, detail: `finite numbers from ${bounds[0]} to ${bounds[1]}` },
  ],
);

export const modelNotDifferentiable = defineError(
  'model-not-differentiable',
  422,
  'Model has no input gradient',
  (model: string, signature: string, signatures: readonly string[]) =>
    `model "${model}" has the signatures ${signatures.join(', ')} but no ${signature}, which ${signature === 'vjp' ? 'attacks with an objective of their own' : 'white-box attacks'} need.`,
);

export const notAnImageModel = defineError(
  'not-an-image-model',
  422,
  'Inputs of this model are not images',
  (shape: readonly number[]) =>
    `inputs of shape [${shape.join(', ')}] cannot be drawn: a picture needs [height, width, 1 or 3 channels].`,
);

export const modelOutputNotFinite = defineError(
  'model-output-not-finite',
  422,
  'Model gives numbers that are not finite',
  (model: string, position: number) =>
    `model "${model}" gives logits that are not finite for example ${position} of the batch; it cannot be judged.`,
);
