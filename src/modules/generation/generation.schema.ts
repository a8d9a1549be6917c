import { z } from 'zod';
import {
  arithmeticFields, attributeFields, chainFields, decodeFields, FRAME_FORMATS, inferFields, inpaintFields, interpolateFields, nearestFields, NUMBER_FORMATS, PICTURE_FORMATS, sampleFields,
} from '../../generation/generation.options.js';
import { storedExamples } from '../datasets/stored-examples.schema.js';
import { servedModel } from '../serving/prediction.schema.js';

const instance = z.unknown().describe('An example: numbers nested to the input shape of the model, one flat row of them, or a PNG or JPEG in base64 (a data: URL will do)');

const instances = z.array(instance).min(1).optional().describe('Examples: each nested to the input shape of the model, a flat row of numbers, or a PNG or JPEG in base64');
const examples = storedExamples.optional().describe('Examples of a stored data set, instead of instances; their classes are used where the model takes classes');
const latents = z.array(z.array(z.number())).min(1).optional().describe('Latents z, instead of examples');

const numberFormat = z.enum(NUMBER_FORMATS).optional().describe('Left out: as the header Accept says, else json');
const pictureFormat = z.enum(PICTURE_FORMATS).optional().describe('png: a grid; zip: each picture as a PNG; npz: arrays for NumPy. Left out: as the header Accept says, else json');
const frameFormat = z.enum(FRAME_FORMATS).optional().describe('gif and apng are animations (gif has 256 colours, apng all). Left out: as the header Accept says, else json');

export const samplesRequest = z.strictObject({ ...sampleFields, format: pictureFormat }).meta({ id: 'SamplesRequest' });
export const chainRequest = z.strictObject({ instances, examples, ...chainFields, format: frameFormat }).meta({ id: 'ChainRequest' });
export const inpaintRequest = z
  .strictObject({
    picture: instance,
    mask: z.unknown().optional().describe('One 0 or 1 for each pixel, nested [height][width] or flat, or a black and white PNG in base64; left out with maskConvention alpha'),
    ...inpaintFields,
    format: pictureFormat,
  })
  .meta({ id: 'InpaintRequest' });
export const attributesRequest = z.strictObject({ instances, examples, ...attributeFields, format: numberFormat }).meta({ id: 'AttributesRequest' });
export const encodeRequest = z.strictObject({ instances, examples, ...inferFields, format: numberFormat }).meta({ id: 'EncodeRequest' });
export const reconstructRequest = z.strictObject({ instances, examples, ...inferFields, format: pictureFormat }).meta({ id: 'ReconstructRequest' });
export const decodeRequest = z.strictObject({ latents: z.array(z.array(z.number())).min(1), ...decodeFields, format: pictureFormat }).meta({ id: 'DecodeRequest' });
export const interpolateRequest = z.strictObject({ instances, examples, latents, ...interpolateFields, format: pictureFormat }).meta({ id: 'InterpolateRequest' });
export const arithmeticRequest = z.strictObject({ instances, examples, latents, ...arithmeticFields, format: pictureFormat }).meta({ id: 'LatentArithmeticRequest' });
export const nearestRequest = z.strictObject({ instances, examples, ...nearestFields, format: pictureFormat }).meta({ id: 'NearestRequest' });

export type SamplesRequest = z.infer<typeof samplesRequest>;
export type ChainRequest = z.infer<typeof chainRequest>;
export type InpaintRequest = z.infer<typeof inpaintRequest>;
export type AttributesRequest = z.infer<typeof attributesRequest>;
export type EncodeRequest = z.infer<typeof encodeRequest>;
export type ReconstructRequest = z.infer<typeof reconstructRequest>;
export type DecodeRequest = z.infer<typeof decodeRequest>;
export type InterpolateRequest = z.infer<typeof interpolateRequest>;
export type ArithmeticRequest = z.infer<typeof arithmeticRequest>;
export type NearestRequest = z.infer<typeof nearestRequest>;

const pictures = (what: string) => z.array(z.unknown()).describe(`${what}, nested to the input shape of the model`);
const matrix = (what: string) => z.array(z.array(z.number())).describe(what);
const labelled = matrix('Class probabilities of each picture, of models with labels as visible variables').optional();
const classes = z.array(z.int()).describe('Class of each picture, where the model was given one').optional();
const answered = { model: servedModel, method: z.string().describe('Method that the model was trained with') };
const seeded = { ...answered, seed: z.int() };

export const samplesAnswer = z
  .object({ ...seeded, steps: z.int(), samples: pictures('Samples'), latents: matrix('The latents that they were decoded from'), labels: labelled, classes })
  .meta({ id: 'Samples' });
export const chainAnswer = z
  .object({ ...seeded, steps: z.int(), every: z.int(), frames: z.array(z.array(z.unknown())).describe('Frames; each holds one picture of every chain'), latents: z.array(matrix('Latents of a frame')), classes })
  .meta({ id: 'Chain' });
export const inpaintAnswer = z
  .object({
    ...seeded, steps: z.int(), maskConvention: z.string(), knownPixels: z.int(),
    completions: pictures('Completions; known pixels are those of the picture, bit for bit'),
    deviation: z.array(z.unknown()).describe('Standard deviation of each pixel over the completions, [height][width]'),
    labels: labelled,
  })
  .meta({ id: 'Inpainting' });
export const attributesAnswer = z.object({ ...seeded, steps: z.int(), probabilities: matrix('Class probabilities of each example') }).meta({ id: 'Attributes' });
export const encodeAnswer = z
  .object({ ...seeded, mean: matrix('Mean of q(z | x)'), sigma: matrix('Standard deviation of q(z | x)'), latents: matrix('mean + temperature * sigma * eps') })
  .meta({ id: 'Encoding' });
export const reconstructAnswer = z
  .object({ ...seeded, reconstructions: pictures('Dec(z)'), squaredErrors: z.array(z.number()).describe('Mean squared error of each example'), latents: matrix('z'), labels: labelled })
  .meta({ id: 'Reconstruction' });
export const decodeAnswer = z.object({ ...answered, samples: pictures('Dec(z)'), latents: matrix('z'), labels: labelled }).meta({ id: 'Decoding' });
export const interpolateAnswer = z
  .object({ ...seeded, path: z.string(), steps: z.int(), samples: pictures('Pictures on the path; row by row for a grid'), latents: matrix('Their latents'), labels: labelled })
  .meta({ id: 'Interpolation' });
export const arithmeticAnswer = z.object({ ...answered, samples: pictures('The decoded sum, one picture'), latents: matrix('The sum'), labels: labelled }).meta({ id: 'LatentArithmetic' });
export const nearestAnswer = z
  .object({
    ...seeded, dataset: z.string().describe('Name or id of the data set searched'), split: z.string(),
    queries: pictures('The pictures looked up'),
    indices: z.array(z.array(z.int())).describe('Index in the split of each neighbour, nearest first'),
    distances: matrix('Euclidean distance to each neighbour over all values'),
    neighbourLabels: z.array(z.array(z.int())).describe('Class of each neighbour'),
  })
  .meta({ id: 'NearestExamples' });
