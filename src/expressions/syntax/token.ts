import type { Position } from '../source/position.js';

export type TokenKind = 'number' | 'name' | 'keyword' | 'symbol' | 'newline' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: Position;
}

/** Words that begin a statement. */
export const STATEMENT_WORDS = ['input', 'shared', 'stream', 'let', 'fn', 'update', 'output'] as const;

export type StatementWord = (typeof STATEMENT_WORDS)[number];

export const KEYWORDS: ReadonlySet<string> = new Set([...STATEMENT_WORDS, 'and', 'or', 'not', 'true', 'false']);

/** How a token is called in messages. */
export function describeToken({ kind, text }: Token): string {
  if (kind === 'end') return 'the end of the source';
  return kind === 'newline' ? 'the end of the line' : `'${text}'`;
}
