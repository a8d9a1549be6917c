import { expressionTooLong } from '../errors/expressions.errors.js';
import { checkModule } from './check/check-module.js';
import { defaultLimits, type ExpressionLimits } from './limits.js';
import type { ExpressionModule } from './module.js';
import { errorOf, Problems, type Problem } from './source/problem.js';
import { parseSource } from './syntax/parser.js';

/** A module, or everything that is wrong with the source. */
export type Diagnosis =
  | { readonly module: ExpressionModule; readonly problems: readonly never[] }
  | { readonly module: undefined; readonly problems: readonly Problem[] };

/** Reads and checks a source without computing anything. @throws expression-too-long */
export function diagnose(source: string, given: Partial<ExpressionLimits> = {}): Diagnosis {
  const limits = { ...defaultLimits, ...given };
  const bytes = source.length > limits.sourceBytes ? source.length : Buffer.byteLength(source);
  if (bytes > limits.sourceBytes) throw expressionTooLong(bytes, limits.sourceBytes);
  const problems = new Problems();
  const statements = parseSource(source.replace(/^\ufeff/, ''), problems, limits.nesting);
  if (problems.list.length > 0) return { module: undefined, problems: problems.list };
  const module = checkModule(source, statements, limits, problems);
  return problems.list.length > 0 ? { module: undefined, problems: problems.list } : { module, problems: [] };
}

/**
 * Reads and checks a source without computing anything: the language is described in docs/expressions.md.
 * @throws expression-too-long; expression-syntax, -name, -cycle, -type, -shape, -argument, -gradient or -limit, after the
 *   first problem in the source; each problem with line, column, offending text and what would be accepted.
 */
export function parseExpression(source: string, limits: Partial<ExpressionLimits> = {}): ExpressionModule {
  const { module, problems } = diagnose(source, limits);
  if (module === undefined) throw errorOf(problems);
  return module;
}
