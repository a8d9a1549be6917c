import { defineError } from './define.js';

export const latentShapeMismatch = defineError(
  'latent-shape-mismatch', 422, 'Latent has another length than the model takes',
  (position: number, found: number, expected: number) => `latent ${position} has ${found} numbers: the model takes latents of ${expected} finite numbers.`,
  (position, _found, expected) => [{ pointer: `/latents/${position}`, detail: `${expected} finite numbers` }],
);

export const sourcesAmbiguous = defineError(
  'sources-ambiguous', 422, 'What to work on is not given in exactly one way',
  (accepted: readonly string[]) => `Give exactly one of ${accepted.join(', ')}.`,
  (accepted) => [{ pointer: '', detail: `exactly one of ${accepted.join(', ')}` }],
);

export const pixelOutOfBounds = defineError(
  'pixel-out-of-bounds', 422, 'Value outside the input bounds of the model',
  (value: number, pointer: string, bounds: readonly [number, number]) => `value ${value} at ${pointer} is outside [${bounds[0]}, ${bounds[1]}].`,
  (_value, pointer, bounds) => [{ pointer, detail: `numbers from ${bounds[0]} to ${bounds[1]}` }],
);

export const classOutOfRange = defineError(
  'class-out-of-range', 422, 'Class does not exist',
  (label: number, position: number, classes: number, field: string) => `class ${label} at position ${position} of ${field} is no class of this model: use integers from 0 to ${classes - 1}.`,
  (_label, position, classes, field) => [{ pointer: field === 'class' ? '/class' : `/${field}/${position}`, detail: `an integer from 0 to ${classes - 1}` }],
);

export const classNotModelled = defineError(
  'class-not-modelled', 422, 'The model does not know classes',
  (model: string, method: string) => `model "${model}" (${method}) was trained without classes: leave class and labels out.`,
);

export const classRequired = defineError(
  'class-required', 422, 'The model needs a class',
  (model: string) => `model "${model}" is conditional: it needs the class of every example (class or labels).`,
  () => [{ pointer: '/labels', detail: 'one class for each example' }],
);

export const attributesNotModelled = defineError(
  'attributes-not-modelled', 422, 'The model does not predict attributes',
  (model: string, method: string) => `model "${model}" (${method}) was trained without labels as visible variables, so its chain cannot predict them.`,
);

export const tooManyPictures = defineError(
  'too-many-pictures', 422, 'Too many pictures in one request',
  (count: number, limit: number, reason: string) => `${count} pictures were asked for; at most ${limit} are given in one answer (${reason}). Ask in several requests, with other seeds.`,
);

export const tooManySteps = defineError(
  'too-many-steps', 422, 'Too much work for one request',
  (steps: number, limit: number, setting: string) => `The request asks for ${steps} chain steps, counted over all pictures; at most ${limit} are taken in one request (setting ${setting}).`,
);

export const maskSizeMismatch = defineError(
  'mask-size-mismatch', 422, 'Mask of another size than the picture',
  (found: string, expected: string) => `The mask is ${found}; the model's pictures are ${expected}: one value for each pixel.`,
  (_found, expected) => [{ pointer: '/mask', detail: `${expected}, one value for each pixel` }],
);

export const maskNotBinary = defineError(
  'mask-not-binary', 422, 'Mask with other values than the two',
  (value: number, position: number, accepted: string) => `The mask holds ${value} at position ${position}; accepted are ${accepted}. A mask must not be scaled with smoothing or stored as JPEG.`,
  (_value, _position, accepted) => [{ pointer: '/mask', detail: `${accepted} only` }],
);

export const maskWithoutUnknown = defineError(
  'mask-all-known', 422, 'Nothing to complete',
  (convention: string) => `By the mask (${convention}) every pixel is known: there is nothing to complete.`,
  () => [{ pointer: '/mask', detail: 'at least one unknown pixel' }],
);

export const maskWithoutKnown = defineError(
  'mask-all-unknown', 422, 'Nothing is known',
  (convention: string) => `By the mask (${convention}) no pixel is known: ask for samples instead.`,
  () => [{ pointer: '/mask', detail: 'at least one known pixel' }],
);

export const maskMissing = defineError(
  'mask-missing', 422, 'No mask',
  (convention: string, needed: string) => `With maskConvention "${convention}", ${needed}.`,
  () => [{ pointer: '/mask', detail: 'a mask that fits maskConvention' }],
);

export const generatedNotFinite = defineError(
  'generated-not-finite', 422, 'Model gives numbers that are not finite',
  (model: string, signature: string, output: string) => `"${output}" of the signature "${signature}" of model "${model}" is not finite for these inputs; try smaller latents or temperatures.`,
);

export const endpointCountInvalid = defineError(
  'interpolation-ends-invalid', 422, 'Interpolation between another number of ends',
  (path: string, found: number, expected: number) => `${path} interpolation needs exactly ${expected} ends; ${found} were given.`,
);

export const weightsMismatch = defineError(
  'weights-mismatch', 422, 'Number of weights differs from the number of latents',
  (weights: number, latents: number) => `${weights} weights were given for ${latents} latents: give exactly one for each.`,
  (_weights, latents) => [{ pointer: '/weights', detail: `${latents} numbers` }],
);
