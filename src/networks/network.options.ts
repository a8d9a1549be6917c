import { z } from 'zod';

export const ACTIVATIONS = ['relu', 'leakyRelu', 'tanh'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

const activation = z.enum(ACTIVATIONS).default('relu')
  .describe('Nonlinearity of hidden layers: relu = max(x, 0); leakyRelu = max(x, 0.01 x); tanh.');

const dropout = z.number().min(0).max(0.9).default(0)
  .describe('Probability of zeroing a hidden unit during training; the others are scaled by 1 / (1 - dropout). Off in evaluation.');

const width = z.int().min(1).max(8192);

/** Fixed input normalisation (x - mean) / standardDeviation, part of the model, so that attacks act on raw inputs. */
export const normalisationSchema = z
  .object({
    mean: z.array(z.number()).min(1).max(65_536)
      .describe('One number, or one for each entry of the last input axis (colour channel or feature).'),
    standardDeviation: z.array(z.number().positive()).min(1).max(65_536)
      .describe('Same length as mean; each above 0.'),
  })
  .refine((value) => value.mean.length === value.standardDeviation.length, {
    path: ['standardDeviation'], message: 'must have as many entries as mean',
  })
  .meta({ id: 'InputNormalisation' });

const normalisation = normalisationSchema.optional()
  .describe('Fixed affine map of the raw inputs, applied inside the model. Left out: measured on the training split.');

export const mlpOptionsSchema = z
  .object({
    architecture: z.literal('mlp'),
    hidden: z.array(width).max(16).default([256, 256]).describe('Width of each hidden layer; an empty list is softmax regression.'),
    activation, dropout, normalisation,
  })
  .meta({ id: 'MlpNetwork', title: 'Multi-layer perceptron' });

export const convnetOptionsSchema = z
  .object({
    architecture: z.literal('convnet'),
    channels: z.array(z.int().min(1).max(1024)).min(1).max(12).default([32, 64, 64]).describe('Output channels of each convolution.'),
    kernelSize: z.int().min(1).max(11).default(3).describe('Height and width of every convolution kernel; zero padding keeps the size.'),
    strides: z.array(z.int().min(1).max(4)).min(1).max(12).optional()
      .describe('Stride of each convolution, as many as channels. Left out: 1 for the first and 2 for the others, so [1, 2, 2] for three.'),
    dense: z.array(width).max(8).default([128]).describe('Width of each fully connected hidden layer after the convolutions.'),
    activation,
    dropout: dropout.describe('Dropout probability of the inputs of every fully connected layer during training.'),
    normalisation,
  })
  .refine((value) => value.strides === undefined || value.strides.length === value.channels.length, {
    path: ['strides'], message: 'must have as many entries as channels',
  })
  .meta({ id: 'ConvolutionalNetwork', title: 'Plain convolutional network' });

export const preactResnetOptionsSchema = z
  .object({
    architecture: z.literal('preact-resnet'),
    depth: z.union([z.literal(18), z.literal(34)]).default(18).describe('18: residual blocks 2-2-2-2; 34: 3-4-6-3.'),
    width: z.int().min(1).max(256).default(64).describe('Channels of the first group; the groups have 1, 2, 4 and 8 times as many.'),
    normalisation,
  })
  .meta({ id: 'PreActResNet', title: 'Pre-activation residual network (He et al. 2016)' });

export const networkOptionsSchema = z
  .discriminatedUnion('architecture', [mlpOptionsSchema, convnetOptionsSchema, preactResnetOptionsSchema])
  .describe('Architecture of the classifier and its options. Inputs are raw: pixels in [0, 1], NHWC.');

export type InputNormalisation = z.infer<typeof normalisationSchema>;
export type MlpOptions = z.infer<typeof mlpOptionsSchema>;
export type ConvnetOptions = z.infer<typeof convnetOptionsSchema>;
export type PreactResnetOptions = z.infer<typeof preactResnetOptionsSchema>;
export type NetworkOptions = z.infer<typeof networkOptionsSchema>;
/** As a client writes it: everything with a default may be left out. */
export type NetworkRequest = z.input<typeof networkOptionsSchema>;
