import type { DType } from '../../compiler/tensors.js';
import { fail, type Problems } from '../source/problem.js';
import type { DimensionExpression, Source, Statement, TypeExpression } from './ast.js';
import { ExpressionParser } from './expression-parser.js';
import { tokenize } from './lexer.js';
import { describeToken, STATEMENT_WORDS, type StatementWord } from './token.js';
import { TokenStream } from './token-stream.js';

const DTYPES: readonly string[] = ['float32', 'int32', 'bool'] satisfies DType[];

const isStatementWord = (text: string): text is StatementWord => (STATEMENT_WORDS as readonly string[]).includes(text);

/** Statements, one on a line. */
class Parser {
  private readonly expressions: ExpressionParser;

  constructor(private readonly tokens: TokenStream, private readonly problems: Problems) {
    this.expressions = new ExpressionParser(tokens);
  }

  source(): Source {
    const statements: Statement[] = [];
    for (this.tokens.skipNewlines(); this.tokens.next.kind !== 'end' && !this.problems.full; this.tokens.skipNewlines()) {
      const statement = this.problems.collect(() => this.statement());
      if (statement === undefined) this.tokens.skipLine();
      else statements.push(statement);
    }
    return { statements };
  }

  private statement(): Statement {
    const { next } = this.tokens;
    if (next.kind !== 'keyword' || !isStatementWord(next.text)) {
      return fail('syntax', next.at, `${describeToken(next)} does not begin a statement`, STATEMENT_WORDS.join(', '));
    }
    const statement = this.read(next.text);
    this.tokens.expectLineEnd('a statement');
    return statement;
  }

  private read(word: StatementWord): Statement {
    if (word === 'let') return this.definition();
    this.tokens.take();
    const { text: name, at } = this.tokens.expectName('a name');
    switch (word) {
      case 'input': return { kind: 'input', name, type: this.typeAfterColon(), at };
      case 'shared': return { kind: 'shared', name, type: this.typeAfterColon(), initial: this.valueAfterEquals(), at };
      case 'stream': return { kind: 'stream', name, seed: this.seed(), at };
      case 'fn': return { kind: 'fn', name, ...this.functionRest(), at };
      case 'update': return { kind: 'update', name, value: this.valueAfterEquals(), at };
      case 'output': return this.tokens.is('=') ? { kind: 'output', name, value: this.valueAfterEquals(), at } : { kind: 'output', name, at };
    }
  }

  private definition(): Statement {
    const definition = this.expressions.definition(() => this.type());
    return { kind: 'let', definition, at: definition.at };
  }

  private valueAfterEquals(): ReturnType<ExpressionParser['expression']> {
    this.tokens.expect('=', 'in this statement');
    return this.expressions.expression();
  }

  private functionRest(): Pick<Extract<Statement, { kind: 'fn' }>, 'parameters' | 'body'> {
    this.tokens.expect('(', 'after the name of a function');
    const parameters = this.tokens.listUntil(')', () => this.expressions.parameter());
    return { parameters, body: this.valueAfterEquals() };
  }

  /** `(seed: 42)` */
  private seed(): number {
    this.tokens.expect('(', 'after the name of a stream');
    const { text } = this.tokens.next;
    if (this.tokens.next.kind !== 'name' || text !== 'seed') this.tokens.unexpected('in a stream', 'seed: 42');
    this.tokens.take();
    this.tokens.expect(':', 'in a stream');
    const token = this.tokens.next;
    const seed = Number(token.text);
    if (token.kind !== 'number' || !Number.isSafeInteger(seed)) this.tokens.unexpected('as a seed', `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
    this.tokens.take();
    this.tokens.expect(')', 'after a seed');
    return seed;
  }

  private typeAfterColon(): TypeExpression {
    this.tokens.expect(':', 'between a name and its type');
    return this.type();
  }

  /** `float32[n, 784]`, or `float32` for one number. */
  private type(): TypeExpression {
    const { text, at } = this.tokens.next;
    if (this.tokens.next.kind !== 'name' || !DTYPES.includes(text)) this.tokens.unexpected('where a type belongs', 'float32[n, 10], int32[3], bool');
    this.tokens.take();
    const shape = this.tokens.takeIf('[') ? this.tokens.listUntil(']', () => this.dimension()) : [];
    return { dtype: text as DType, shape, at };
  }

  private dimension(): DimensionExpression {
    const { kind, text, at } = this.tokens.next;
    const length = kind === 'name' ? text : Number(text);
    const fits = kind === 'name' || (kind === 'number' && Number.isSafeInteger(length) && Number(length) >= 1);
    if (!fits) this.tokens.unexpected('as the length of a dimension', 'a whole number of at least 1, or a name for an unknown length');
    this.tokens.take();
    return { length, at };
  }
}

/**
 * Source text to statements. A statement that cannot be read is noted in `problems` and left out; reading goes on with
 * the next line.
 * @param nesting most levels of expressions inside one another.
 */
export function parseSource(source: string, problems: Problems, nesting: number): Source {
  const tokens = tokenize(source, problems);
  return new Parser(new TokenStream(tokens, nesting), problems).source();
}
