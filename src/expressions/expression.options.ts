import { z } from 'zod';

/** Characters of a source in a request; its limit in bytes is that of the language. */
const MOST_CHARACTERS = 65_536;

/** An expression that something else uses. What is stored holds a copy of the source, so that it does not depend on the other. */
export const expressionUse = z
  .strictObject({
    expression: z.string().min(1).max(128).optional().describe('Id or name of a stored expression, of which the source is copied; in answers its id'),
    name: z.string().min(1).max(128).optional().describe('In answers: its name when it was copied'),
    source: z.string().min(1).max(MOST_CHARACTERS).optional().describe('In answers: the copy. In requests it may stand instead of a stored expression'),
  })
  .refine(({ expression, source }) => expression !== undefined || source !== undefined, { path: ['expression'], message: 'give expression or source' })
  .meta({ id: 'ExpressionUse' });

export type ExpressionUse = z.infer<typeof expressionUse>;

/** The source of a use that has been resolved, which every stored one is. */
export function sourceOf({ expression, source }: ExpressionUse): string {
  if (source === undefined) throw new Error(`internal: the source of expression ${expression ?? ''} was not copied`);
  return source;
}
