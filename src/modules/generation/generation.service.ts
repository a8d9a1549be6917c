import { Injectable } from '@nestjs/common';
import { CancellableModel } from '../../bundles/cancellable-model.js';
import type { HostTensor } from '../../compiler/tensors.js';
import type { Format } from '../../generation/generation.options.js';
import { checkFormat, encodeResult, Generator, type GenerationResult } from '../../generation/index.js';
import { nestExamples } from '../serving/examples.js';
import { servedModelOf } from '../serving/prediction.schema.js';
import { ServingService } from '../serving/serving.service.js';
import { chooseFormat } from './answer-format.js';
import type { RequestClient } from './request-client.js';

/** What a request wants back. */
export interface Wanted<F extends Format> {
  readonly format: F | undefined;
  readonly client: RequestClient;
  readonly offered: readonly F[];
}

/** What an operation gives: small facts, and numbers and pictures that take the format of the answer. */
export interface Outcome {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly result: GenerationResult;
}

/** An answer ready to be sent. */
export type Answer =
  | { readonly format: 'json'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly format: Exclude<Format, 'json'>; readonly bytes: Buffer; readonly facts: Readonly<Record<string, unknown>> };

function nested({ shape, data }: HostTensor): unknown[] {
  return shape.length === 1 ? [...data] : nestExamples(data, shape.slice(1));
}

/** Runs operations of generators and gives their results in the format that is asked for. */
@Injectable()
export class GenerationService {
  constructor(private readonly serving: ServingService) {}

  /** @throws model-not-found, signature-unknown for models that generate nothing, not-acceptable, not-an-image-model, client-gone, and what `work` throws */
  answer<F extends Format>(reference: string, { format: asked, client, offered }: Wanted<F>, work: (generator: Generator, format: F) => Promise<Outcome>): Promise<Answer> {
    return this.serving.use(reference, async (model, entity) => {
      const generator = new Generator(new CancellableModel(model, client.signal));
      const format = chooseFormat(asked, client.accept, offered);
      checkFormat(format, model.manifest.input);
      const { facts: found, result } = await work(generator, format);
      const facts = { model: servedModelOf(entity), method: generator.method, ...found };
      if (format !== 'json') return { format: format as Exclude<F, 'json'>, bytes: await encodeResult(result, format, model.manifest.input), facts };
      const arrays = Object.entries(result.arrays).map(([name, tensor]) => [name, nested(tensor)] as const);
      return { format: 'json', body: { ...facts, ...Object.fromEntries(arrays) } };
    });
  }
}
