import { defineError, type ErrorDefinition } from './define.js';

/** One thing that is wrong in the source of an expression; lines and columns count from 1, columns in characters. */
export interface SourceProblem {
  readonly line: number;
  readonly column: number;
  /** The offending text, cut if long. */
  readonly text: string;
  readonly message: string;
  /** What would be accepted there. */
  readonly accepted?: string;
}

const describe = ({ line, column, text, message, accepted }: SourceProblem): string =>
  `Line ${line}, column ${column}${text === '' ? '' : `, at '${text}'`}: ${message}${accepted === undefined ? '' : `; accepted: ${accepted}`}.`;

const others = (count: number): string => (count === 0 ? '' : count === 1 ? ' There is 1 more problem.' : ` There are ${count} more problems.`);

/** The first problem in words; all of them as pointers. */
const problem = (code: string, title: string): ErrorDefinition<[problems: readonly SourceProblem[]]> =>
  defineError(
    code, 422, title,
    (problems) => describe(problems[0]!) + others(problems.length - 1),
    (problems) => problems.map((each) => ({ pointer: '/source', detail: describe(each), line: each.line, column: each.column })),
  );

export const expressionSyntax = problem('expression-syntax', 'Expression cannot be read');
export const expressionName = problem('expression-name', 'Name unknown or declared twice in an expression');
export const expressionCycle = problem('expression-cycle', 'Definitions of an expression depend on each other');
export const expressionType = problem('expression-type', 'Type clash in an expression');
export const expressionShape = problem('expression-shape', 'Shape clash in an expression');
export const expressionArgument = problem('expression-argument', 'Wrong argument in an expression');
export const expressionGradient = problem('expression-gradient', 'Gradient undefined');
export const expressionLimit = problem('expression-limit', 'Expression exceeds a limit');

export const expressionTooLong = defineError('expression-too-long', 413, 'Expression too long', (bytes: number, limit: number) =>
  `The source has ${bytes} bytes; at most ${limit} are accepted.`);

export const expressionDimension = defineError(
  'expression-dimension', 422, 'Inputs of an expression do not fit together',
  (detail: string) => detail,
);

export const expressionValueUnknown = defineError(
  'expression-value-unknown', 422, 'Expression has no such value',
  (name: string, wanted: string, known: readonly string[]) => `'${name}' is no ${wanted}; accepted: ${known.join(', ') || 'none'}.`,
);

export const expressionNotFinite = defineError(
  'expression-not-finite', 422, 'Expression gives values that are not finite',
  (op: string, site: string, value: string, operands: string) => `${op} at ${site} is the first to give ${value}; its operands: ${operands}.`,
);

/** `place` = JSON pointer of the tensor in the request. */
export const expressionTensorInvalid = defineError(
  'expression-tensor-invalid', 422, 'Not a tensor',
  (place: string, found: string, accepted: string) => `The tensor at ${place} ${found}; accepted: ${accepted}.`,
  (place, _found, accepted) => [{ pointer: place, detail: accepted }],
);

export const expressionStateTooLarge = defineError(
  'expression-state-too-large', 422, 'State of an expression too large',
  (bytes: number, limit: number) => `The shared variables need ${bytes} bytes; at most ${limit} are accepted (setting RAMPART_EXPRESSION_STATE_BYTES).`,
);

export const expressionTimeout = defineError(
  'expression-timeout', 422, 'Expression took too long',
  (seconds: number) => `The call was ended after ${seconds} s of computation, the setting RAMPART_EXPRESSION_SECONDS; nothing was changed. Smaller tensors or fewer operations take less.`,
);

export const expressionProcessEnded = defineError(
  'expression-process-ended', 503, 'Process of an expression ended',
  (cause: string) => `The process that computed the call ended with ${cause}, most likely for want of memory; nothing was changed. Smaller tensors need less.`,
);

export const expressionQueueFull = defineError(
  'expression-queue-full', 503, 'Too many calls of expressions are waiting',
  (limit: number) => `${limit} calls wait already, the setting RAMPART_EXPRESSION_WAITING. Try again shortly.`,
);

export const expressionStateContended = defineError(
  'expression-state-contended', 409, 'State of an expression changed too often',
  (name: string, tries: number) => `Other calls changed the state of "${name}" in each of ${tries} tries of this one; nothing was changed. Try again.`,
);

/** @param use what the expression was to be; `problems` say what was found and what would be accepted. */
export const expressionUnfit = defineError(
  'expression-unfit', 422, 'Expression does not fit its use',
  (use: string, problems: readonly string[], pointer: string) => `The expression at ${pointer} cannot be ${use}: ${problems[0]!}.${others(problems.length - 1)}`,
  (_use, problems, pointer) => problems.map((detail) => ({ pointer, detail })),
);

export const expressionSourceDiffers = defineError(
  'expression-source-differs', 422, 'Source is not that of the expression',
  (reference: string, pointer: string) => `The source at ${pointer} is not that of the stored expression '${reference}'; leave one of the two out.`,
  (_reference, pointer) => [{ pointer: `${pointer}/source`, detail: 'left out, or the source of the stored expression' }],
);

export const graphQueueFull = defineError(
  'graph-queue-full', 503, 'Too many graphs wait to be drawn',
  (limit: number) => `${limit} graphs wait already, and one is laid out at a time. Try again shortly.`,
);

export const graphTooLarge = defineError(
  'graph-too-large', 422, 'Graph too large to draw',
  (nodes: number, bound: string) => `The picture would have ${nodes} nodes; ${bound}. The graph as text and records has them all.`,
);
