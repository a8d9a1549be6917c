import {
  expressionArgument, expressionCycle, expressionGradient, expressionLimit, expressionName, expressionShape, expressionSyntax,
  expressionType, type SourceProblem,
} from '../../errors/expressions.errors.js';
import type { RampartError } from '../../errors/index.js';
import type { Position } from './position.js';

const definitions = {
  syntax: expressionSyntax, name: expressionName, cycle: expressionCycle, type: expressionType, shape: expressionShape,
  argument: expressionArgument, gradient: expressionGradient, limit: expressionLimit,
} as const;

export type ProblemKind = keyof typeof definitions;

export interface Problem extends SourceProblem {
  readonly kind: ProblemKind;
}

/** Ends the reading or checking of one statement. */
export class ProblemFound extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

const MOST_TEXT = 40;

/** `text` in one line of printable characters, cut after 40. */
function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return printable.length <= MOST_TEXT ? printable : `${printable.slice(0, MOST_TEXT)}...`;
}

export function problemAt(kind: ProblemKind, at: Position, message: string, accepted?: string): Problem {
  return { kind, line: at.line, column: at.column, text: shown(at.text), message, ...(accepted === undefined ? {} : { accepted }) };
}

/** @throws ProblemFound */
export function fail(kind: ProblemKind, at: Position, message: string, accepted?: string): never {
  throw new ProblemFound(problemAt(kind, at, message, accepted));
}

/** Problems of one source, in the order in which they were found; past a number of them nobody reads on. */
export class Problems {
  static readonly MOST = 20;
  private readonly found: Problem[] = [];

  get list(): readonly Problem[] {
    return this.found;
  }

  get full(): boolean {
    return this.found.length >= Problems.MOST;
  }

  /** Of several syntax problems in one line the first is kept: the others mostly follow from it. */
  add(problem: Problem): void {
    const follows = problem.kind === 'syntax' && this.found.some(({ kind, line }) => kind === 'syntax' && line === problem.line);
    if (!this.full && !follows) this.found.push(problem);
  }

  /** Runs one part of the work; a problem in it is noted, and the work goes on. */
  collect<T>(part: () => T): T | undefined {
    try {
      return part();
    } catch (error) {
      if (!(error instanceof ProblemFound)) throw error;
      this.add(error.problem);
      return undefined;
    }
  }
}

/** The error of the registry that carries all problems, in the order of the source; its code is that of the first. */
export function errorOf(problems: readonly Problem[]): RampartError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  return definitions[sorted[0]!.kind](sorted);
}
