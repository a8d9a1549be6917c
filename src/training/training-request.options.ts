import { z } from 'zod';
import { generatorNetworkSchema } from '../networks/generators/generator.options.js';
import { convnetOptionsSchema, mlpOptionsSchema, preactResnetOptionsSchema } from '../networks/network.options.js';
import { generationMethodOptionsSchema, type GenerationMethodOptions } from './generation/generation-method.options.js';
import { generatorTrainingFields, generatorTrainingOptionsSchema, type GeneratorTrainingOptions } from './generation/generator-training.options.js';
import { methodOptionsSchema, type MethodOptions } from './methods/method.options.js';
import { optimiserOptionsSchema } from './optimisers/optimiser.options.js';
import { EXACTLY_ONE_LENGTH, exactlyOneLength, trainingFields, trainingOptionsSchema, type TrainingOptions } from './training.options.js';

/** Every kind of network; the architecture of a generator must be named here, to tell it from the others. */
const network = z
  .discriminatedUnion('architecture', [
    mlpOptionsSchema, convnetOptionsSchema, preactResnetOptionsSchema,
    generatorNetworkSchema.extend({ architecture: z.literal('generator') }).meta({ id: 'GeneratorNetworkRequest', title: 'Encoder, decoder and discriminator of a generator' }),
  ])
  .optional()
  .describe('Architecture and its options. Classifiers need mlp, convnet or preact-resnet; generators take generator, or nothing.');

const method = z
  .discriminatedUnion('name', [...methodOptionsSchema.options, ...generationMethodOptionsSchema.options])
  .prefault({ name: 'erm' })
  .describe('Training method and its options: erm and the mixups train classifiers, the others generators.');

/** A training of either kind, as a client asks for it, without the cross-field rules. */
export const trainingRequestFields = {
  ...trainingFields,
  network,
  method,
  optimiser: optimiserOptionsSchema.optional().describe('Left out: Adam; for generators with rate 0.0005 and beta1 0.5.'),
  averageDecay: generatorTrainingFields.averageDecay.unwrap().optional().describe('Generators only: decay of the moving average of encoder and decoder that the model keeps, 0.999 when left out.'),
  pictures: generatorTrainingFields.pictures.unwrap().optional().describe('Generators only: how often a picture of samples is stored and told as an event.'),
} as const;

export type TrainingRequestOptions = z.infer<z.ZodObject<typeof trainingRequestFields>>;

const isGeneration = (options: MethodOptions | GenerationMethodOptions): options is GenerationMethodOptions =>
  generationMethodOptionsSchema.options.some(({ shape }) => shape.name.value === options.name);

/** The rules between fields: one length, and only what the kind of method takes. */
export function checkTrainingRequest(request: TrainingRequestOptions, context: z.RefinementCtx): void {
  const issue = (path: readonly string[], message: string): void => context.addIssue({ code: 'custom', path: [...path], message });
  if (!exactlyOneLength(request)) issue(EXACTLY_ONE_LENGTH.path, EXACTLY_ONE_LENGTH.message);
  const { name } = request.method;
  const architecture = request.network?.architecture;
  if (isGeneration(request.method)) {
    if (architecture !== undefined && architecture !== 'generator') issue(['network', 'architecture'], `the method ${name} takes the architecture generator`);
    if (request.loss !== undefined) issue(['loss'], `the method ${name} has losses of its own`);
    if (request.validation?.earlyStop !== undefined) issue(['validation', 'earlyStop'], `the method ${name} has no early stop`);
    return;
  }
  if (architecture === undefined) issue(['network'], `the method ${name} needs a network: mlp, convnet or preact-resnet`);
  if (architecture === 'generator') issue(['network', 'architecture'], `the method ${name} takes mlp, convnet or preact-resnet`);
  if (request.averageDecay !== undefined) issue(['averageDecay'], `the method ${name} keeps no average`);
  if (request.pictures !== undefined) issue(['pictures'], `the method ${name} has no samples to draw`);
}

export type TrainingChoice =
  | { readonly kind: 'classifier'; readonly options: TrainingOptions }
  | { readonly kind: 'generator'; readonly options: GeneratorTrainingOptions };

/** A checked request as the options of its kind, with every default filled in. */
export function chooseTraining(request: Readonly<Record<string, unknown>>): TrainingChoice {
  const { method: chosen } = z.object({ method }).parse(request);
  return isGeneration(chosen)
    ? { kind: 'generator', options: generatorTrainingOptionsSchema.parse(request) }
    : { kind: 'classifier', options: trainingOptionsSchema.parse(request) };
}
