import { z } from 'zod';
import { datasetName } from '../../datasets/dataset.options.js';
import type { ExpressionEntity } from '../../persistence/entities/expression.entity.js';
import { pageOf } from '../http/paging.schema.js';
import { reference } from '../http/params.schema.js';
import { graphsView } from './graph.schema.js';

/** The expression of the first example: all others are calls of it. */
const EXAMPLE_NAME = 'logistic-regression';

/** `{id}` of expressions. */
export const expressionReference = reference.meta({ description: 'Id or name', example: EXAMPLE_NAME });

const name = datasetName.meta({ description: 'Unique name', example: EXAMPLE_NAME });
const typed = { name: z.string(), type: z.string().describe('float32[n, 784]') };
const length = z.int().min(1).max(2 ** 31 - 1);

export const expressionRequest = z
  .strictObject({
    name,
    source: z.string().min(1).describe('Text of the language in docs/expressions.md'),
    lengths: z.record(z.string(), length).default({}).describe('Lengths of unknown dimensions for the graphs of the answer, where each binding has its own program'),
  })
  .meta({ id: 'ExpressionRequest' });

export const expressionView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    inputs: z.array(z.object(typed)),
    shared: z.array(z.object({ ...typed, updated: z.boolean().describe('Whether calls give it a new value') })),
    streams: z.array(z.object({ name: z.string(), seed: z.int() })).describe('Sources of random numbers'),
    outputs: z.array(z.object(typed)),
    dimensions: z.object({
      names: z.array(z.string()).describe('Lengths that each call decides'),
      mode: z.enum(['fixed', 'batch', 'binding']).describe('fixed: none; batch: one program for all lengths; binding: one for each binding'),
      reason: z.string(),
    }),
    stateVersion: z.int().describe('Grows by 1 with each call that changes the state'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Expression' });

export const expressionDetail = expressionView
  .extend({
    source: z.string(),
    graphs: graphsView.nullable().describe('The program before and after the passes, and what these did; null where lengths are needed and were not given'),
  })
  .meta({ id: 'ExpressionDetail' });

export const expressionPage = pageOf(expressionView).meta({ id: 'ExpressionPage' });

const LENGTHS = 'Lengths of the unknown dimensions, such as n:32,k:4';

/** `n:32,k:4` */
export const lengthsQuery = z.object({
  lengths: z
    .string()
    .max(4000)
    .regex(/^[A-Za-z_]\w*:\d{1,10}(,[A-Za-z_]\w*:\d{1,10})*$/, 'expected name:length pairs such as n:32,k:4')
    .optional()
    .transform((text) => Object.fromEntries((text?.split(',') ?? []).map((pair) => [pair.slice(0, pair.indexOf(':')), Number(pair.slice(pair.indexOf(':') + 1))])))
    .describe(LENGTHS),
});

export const profileQuery = lengthsQuery.extend({
  lengths: lengthsQuery.shape.lengths.meta({ description: LENGTHS, example: 'n:64' }),
  calls: z.coerce.number().int().min(1).max(1000).default(10).describe('Calls that are timed'),
});

export const pictureQuery = lengthsQuery.extend({ stage: z.enum(['before', 'after']).default('after').describe('Which graph: before or after the passes') });

export const graphPageQuery = lengthsQuery.extend({
  calls: z.coerce.number().int().min(1).max(1000).optional().describe('Calls that are timed, as for the profile, for colours by time and bytes; without it none are. Needs all lengths'),
});

export type ExpressionRequest = z.infer<typeof expressionRequest>;
export type ExpressionView = z.infer<typeof expressionView>;
export type ExpressionDetail = z.infer<typeof expressionDetail>;
export type LengthsQuery = z.infer<typeof lengthsQuery>;
export type ProfileQuery = z.infer<typeof profileQuery>;
export type PictureQuery = z.infer<typeof pictureQuery>;
export type GraphPageQuery = z.infer<typeof graphPageQuery>;

export function expressionViewOf({ id, name, signature, stateVersion, createdAt }: ExpressionEntity): ExpressionView {
  const { inputs, shared, streams, outputs, dimensions } = signature;
  return {
    id, name, stateVersion,
    inputs: [...inputs], shared: [...shared], streams: [...streams], outputs: [...outputs],
    dimensions: { ...dimensions, names: [...dimensions.names] },
    createdAt: createdAt.toISOString(),
  };
}
