import { fail } from '../source/problem.js';
import { describeToken, type Token } from './token.js';

/** Tokens with a place in them. */
export class TokenStream {
  private index = 0;
  private depth = 0;
  private openBraces = 0;

  /** @param tokens ends with 'end'. */
  constructor(private readonly tokens: readonly Token[], private readonly nesting: number) {}

  get next(): Token {
    return this.tokens[this.index]!;
  }

  /** The token after the next. */
  get second(): Token {
    return this.tokens[Math.min(this.index + 1, this.tokens.length - 1)]!;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== 'end') this.index += 1;
    if (token.kind === 'symbol' && token.text === '{') this.openBraces += 1;
    if (token.kind === 'symbol' && token.text === '}') this.openBraces = Math.max(0, this.openBraces - 1);
    return token;
  }

  /** Whether the next token is this symbol or keyword. */
  is(...texts: readonly string[]): boolean {
    return (this.next.kind === 'symbol' || this.next.kind === 'keyword') && texts.includes(this.next.text);
  }

  takeIf(text: string): Token | undefined {
    return this.is(text) ? this.take() : undefined;
  }

  expect(text: string, where: string): Token {
    return this.takeIf(text) ?? this.unexpected(where, `'${text}'`);
  }

  expectName(what: string): Token {
    return this.next.kind === 'name' ? this.take() : this.unexpected(`where ${what} belongs`, `${what}: letters, digits and _`);
  }

  expectLineEnd(after: string): void {
    if (this.next.kind === 'end') return;
    if (this.next.kind !== 'newline') this.unexpected(`after ${after}`, 'the end of the line, or an operator');
    this.take();
  }

  unexpected(where: string, accepted: string): never {
    return fail('syntax', this.next.at, `${describeToken(this.next)} does not fit ${where}`, accepted);
  }

  /** Goes to the start of the next line that is outside all brackets. */
  skipLine(): void {
    while (this.next.kind !== 'end' && !(this.next.kind === 'newline' && this.openBraces === 0)) this.take();
    if (this.next.kind === 'newline') this.take();
  }

  skipNewlines(): void {
    while (this.next.kind === 'newline') this.take();
  }

  /** Reads what stands one level deeper. */
  nested<T>(read: () => T): T {
    if (this.depth >= this.nesting) fail('limit', this.next.at, `more than ${this.nesting} levels inside one another`, 'definitions by let for the inner parts');
    this.depth += 1;
    try {
      return read();
    } finally {
      this.depth -= 1;
    }
  }

  /** A comma-separated list up to `closing`, which is taken; a comma before it is allowed. */
  listUntil<T>(closing: string, read: () => T): T[] {
    const items: T[] = [];
    while (!this.is(closing)) {
      items.push(read());
      if (!this.takeIf(',')) break;
    }
    this.expect(closing, 'in a list');
    return items;
  }
}
