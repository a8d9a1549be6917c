import type { Position } from '../source/position.js';
import { problemAt, type Problems } from '../source/problem.js';
import { KEYWORDS, STATEMENT_WORDS, type Token, type TokenKind } from './token.js';

const SPACE = /[ \t]+/y;
const LINE_END = /\r\n|\n|\r/y;
const COMMENT = /#[^\n\r]*/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOL = /\.\.\.|=>|==|!=|<=|>=|\/\/|[-+*/%@^<>=()[\]{},:]/y;
/** Controls, and what turns the direction of text or ends lines for some readers: a comment must look like what it is. */
const HIDDEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

const MOST_LETTERS = 64;

/** After one of these a line goes on. */
const OPEN_ENDED: ReadonlySet<string> = new Set(
  ['=', '=>', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '//', '%', '@', '^', ',', ':', 'and', 'or', 'not'],
);
const ARGUMENT_NAME = /^\w+[ \t]*:/;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const STARTS_STATEMENT: ReadonlySet<string> = new Set(STATEMENT_WORDS);

/**
 * Source text to tokens, in one pass. Line ends inside ( ) and [ ], and after an operator or a comma, do not count; a
 * statement's first word inside such brackets means that one was not closed.
 */
class Lexer {
  private readonly tokens: Token[] = [];
  private readonly brackets: Token[] = [];
  private offset = 0;
  private line = 1;
  /** Offset at which column 1 would be: the line's start, and one more for each character of two units before. */
  private columnZero = 0;

  constructor(private readonly source: string, private readonly problems: Problems) {}

  run(): Token[] {
    while (this.offset < this.source.length && !this.problems.full) this.step();
    for (const open of this.brackets) this.unclosed(open);
    const last = this.tokens.at(-1);
    const at = last === undefined ? this.position('') : { line: last.at.line, column: last.at.column + last.text.length, text: '' };
    return [...this.tokens, { kind: 'newline', text: '', at }, { kind: 'end', text: '', at }];
  }

  private step(): void {
    const end = this.match(LINE_END);
    if (end !== undefined) return this.endLine(end);
    const comment = this.match(COMMENT);
    if (comment !== undefined) return this.comment(comment);
    const space = this.match(SPACE);
    if (space !== undefined) return this.skip(space);
    const number = this.match(NUMBER);
    if (number !== undefined) return this.number(number);
    const word = this.match(WORD);
    if (word !== undefined) return this.word(word);
    const symbol = this.match(SYMBOL);
    if (symbol !== undefined) return this.symbol(symbol);
    this.stranger();
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    return pattern.exec(this.source)?.[0];
  }

  private skip(text: string): void {
    this.offset += text.length;
  }

  private position(text: string, offset = this.offset): Position {
    return { line: this.line, column: offset - this.columnZero + 1, text };
  }

  private push(kind: TokenKind, text: string): Token {
    const token = { kind, text, at: this.position(text) };
    this.tokens.push(token);
    this.skip(text);
    return token;
  }

  private endLine(text: string): void {
    const last = this.tokens.at(-1);
    const inside = this.brackets.length > 0 && this.brackets.at(-1)!.text !== '{';
    const goesOn = inside || last === undefined || last.kind === 'newline' || (last.kind !== 'name' && OPEN_ENDED.has(last.text));
    if (!goesOn) this.tokens.push({ kind: 'newline', text: '', at: this.position('') });
    this.skip(text);
    this.line += 1;
    this.columnZero = this.offset;
  }

  private comment(text: string): void {
    const hidden = HIDDEN.exec(text.replaceAll('\t', ' '));
    if (hidden !== null) {
      this.problems.add(problemAt('syntax', this.position(hidden[0], this.offset + Array.from(text.slice(0, hidden.index)).length), 'a comment holds a character that cannot be seen'));
    }
    this.skip(text);
  }

  private number(text: string): void {
    const at = this.position(text);
    const value = Number(text);
    if (Math.abs(value) > 3.4028234663852886e38) {
      this.problems.add(problemAt('syntax', at, 'the number is too large for float32', 'numbers up to 3.4028235e38; infinity and NaN are no literals'));
    }
    this.push('number', text);
    const glued = this.match(WORD);
    if (glued === undefined) return;
    this.problems.add(problemAt('syntax', this.position(glued), `'${glued}' follows a number directly`, `an operator between them, such as ${text} * ${glued}`));
    this.skip(glued);
  }

  private word(text: string): void {
    if (text.length > MOST_LETTERS) this.problems.add(problemAt('limit', this.position(text), `the name has ${text.length} letters`, `at most ${MOST_LETTERS}`));
    const keyword = KEYWORDS.has(text);
    const first = this.tokens.at(-1)?.at.line !== this.line;
    if (first && STARTS_STATEMENT.has(text) && !ARGUMENT_NAME.test(this.source.slice(this.offset, this.offset + 80))) this.closeForgotten();
    this.push(keyword ? 'keyword' : 'name', text);
  }

  /** A statement begins: brackets of the lines before are unclosed, unless the innermost is a block. */
  private closeForgotten(): void {
    const open = this.brackets.at(-1);
    if (open === undefined || open.text === '{') return;
    this.unclosed(open);
    this.brackets.length = 0;
    this.tokens.push({ kind: 'newline', text: '', at: open.at });
  }

  private unclosed(open: Token): void {
    this.problems.add(problemAt('syntax', open.at, `this bracket is not closed`, `a '${CLOSING[open.text]}' after it`));
  }

  private symbol(text: string): void {
    const token = this.push('symbol', text);
    if (text in CLOSING) this.brackets.push(token);
    else if (text === ')' || text === ']' || text === '}') {
      const open = this.brackets.at(-1);
      if (open !== undefined && CLOSING[open.text] === text) this.brackets.pop();
      else this.problems.add(problemAt('syntax', token.at, open === undefined ? 'nothing is open that this bracket could close' : `this bracket does not close the '${open.text}' of line ${open.at.line}, column ${open.at.column}`));
    }
  }

  private stranger(): void {
    const character = String.fromCodePoint(this.source.codePointAt(this.offset)!);
    const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    const accepted = 'letters a-z and A-Z, digits, _ and the operators of the language; other characters in comments only';
    this.problems.add(problemAt('syntax', this.position(character), `U+${code} has no meaning here`, accepted));
    this.skip(character);
    this.columnZero += character.length - 1;
  }
}

/** Tokens of the source, with 'newline' and 'end' at the end. Takes time in proportion to the length. */
export const tokenize = (source: string, problems: Problems): Token[] => new Lexer(source, problems).run();
