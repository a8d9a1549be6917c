import { z } from 'zod';

/** RFC 9457 body of every error answer (`application/problem+json`). */
export const problemSchema = z
  .object({
    type: z.string().describe('URI of the kind of problem, relative to the server: /docs/errors#<code>'),
    title: z.string().describe('Short name of the kind of problem; the same in every case'),
    status: z.int().describe('HTTP status'),
    detail: z.string().describe('What was wrong in this case, and what would be accepted'),
    instance: z.string().describe('Path of the request and its id, as written to the log'),
    code: z.string().describe('Stable code of the problem, for programs'),
    errors: z
      .array(
        z.object({
          pointer: z.string().describe('JSON pointer, as URI fragment, into the body, or the name of the query or path parameter'),
          detail: z.string().describe('What would be accepted there'),
          line: z.int().optional().describe('Line in the text there, such as the source of an expression, from 1'),
          column: z.int().optional().describe('Column in that line, in characters, from 1'),
        }),
      )
      .optional()
      .describe('The places of the request that are wrong'),
  })
  .meta({ id: 'Problem', title: 'Problem' });

export type Problem = z.infer<typeof problemSchema>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
