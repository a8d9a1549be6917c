import { z } from 'zod';

/** Characters of a source in a request; its limit in bytes is that of the language. */
const MOST_CHARACTERS = 65_536;

/** A stored expression by reference, or its source; what is kept holds the source, so that it works without the other. */
export const expressionUse = z
  .strictObject({
    expression: z.string().min(1).max(128).optional().describe('Id of a stored expression; its source is copied'),
    source: z.string().min(1).max(MOST_CHARACTERS).optional().describe('Source text, instead of a stored expression; in answers, the copy'),
  })
  .refine(({ expression, source }) => expression !== undefined || source !== undefined, { path: ['expression'], message: 'give expression or source' })
  .meta({ id: 'ExpressionUse' });

export type ExpressionUse = z.infer<typeof expressionUse>;

/** The source of a use that has been resolved, which every stored one is. */
export function sourceOf({ expression, source }: ExpressionUse): string {
  if (source === undefined) throw new Error(`internal: the source of expression ${expression ?? ''} was not copied`);
  return source;
}
