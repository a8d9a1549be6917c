import { fail } from '../source/problem.js';
import type { Argument, BinaryOperator, ChainLink, Definition, Expression, IndexItem, Parameter } from './ast.js';
import { describeToken } from './token.js';
import type { TokenStream } from './token-stream.js';

/** From the loosest; `not` stands between `and` and the comparisons, unary minus between `*` and `^`. */
const LEVELS = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '//', '%', '@']] as const satisfies readonly BinaryOperator[][];
const COMPARISON = 2;

const EXPRESSION = 'a number, a name, a call, ( ), [ ] or { }';

/**
 * Expressions by precedence climbing: one function for a level of operators, one for each form. Recursion is bounded by
 * the nesting limit of the token stream.
 */
export class ExpressionParser {
  constructor(private readonly tokens: TokenStream) {}

  expression(): Expression {
    return this.tokens.nested(() => this.level(0));
  }

  private level(index: number): Expression {
    if (index === COMPARISON && this.tokens.is('not')) return this.negation();
    const operators = LEVELS[index];
    if (operators === undefined) return this.signed();
    const first = this.level(index + 1);
    const rest: ChainLink[] = [];
    while (this.tokens.is(...operators)) {
      const { text, at } = this.tokens.take();
      if (index === COMPARISON && rest.length > 0) fail('syntax', at, 'comparisons do not chain', 'a < b and b < c');
      rest.push({ operator: text as BinaryOperator, operand: this.level(index + 1), at });
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest, at: rest.at(-1)!.at };
  }

  private negation(): Expression {
    const { at } = this.tokens.take();
    return { kind: 'unary', operator: 'not', operand: this.tokens.nested(() => this.level(COMPARISON)), at };
  }

  /** -x^2 is -(x^2). */
  private signed(): Expression {
    const sign = this.tokens.takeIf('-');
    if (sign === undefined) return this.power();
    return { kind: 'unary', operator: '-', operand: this.tokens.nested(() => this.signed()), at: sign.at };
  }

  /** a^b^c is a^(b^c); an exponent may have a sign. */
  private power(): Expression {
    const base = this.postfix();
    if (this.tokens.is('*') && this.tokens.second.text === '*' && this.tokens.second.at.column === this.tokens.next.at.column + 1) {
      fail('syntax', this.tokens.next.at, "'**' is no operator", '^ for powers');
    }
    const operator = this.tokens.takeIf('^');
    if (operator === undefined) return base;
    const operand = this.tokens.nested(() => this.signed());
    return { kind: 'chain', first: base, rest: [{ operator: '^', operand, at: operator.at }], at: operator.at };
  }

  private postfix(): Expression {
    let target = this.primary();
    for (let count = 0; this.tokens.is('['); count++) {
      if (count === 100) fail('limit', this.tokens.next.at, 'more than 100 indices one after another');
      const { at } = this.tokens.take();
      const items = this.tokens.listUntil(']', () => this.indexItem());
      if (items.length === 0) fail('syntax', at, 'an index is empty', 'x[0], x[1:3], x[..., 0]');
      target = { kind: 'index', target, items, at };
    }
    return target;
  }

  private indexItem(): IndexItem {
    const { at } = this.tokens.next;
    if (this.tokens.takeIf('...')) return { kind: 'rest', at };
    const start = this.tokens.is(':') ? undefined : this.expression();
    if (!this.tokens.takeIf(':')) return { kind: 'at', value: start!, at };
    const bound = (): Expression | undefined => (this.tokens.is(':', ',', ']') ? undefined : this.expression());
    const stop = bound();
    const step = this.tokens.takeIf(':') ? bound() : undefined;
    return { kind: 'range', at, ...(start && { start }), ...(stop && { stop }), ...(step && { step }) };
  }

  private primary(): Expression {
    const { next } = this.tokens;
    if (next.kind === 'number') return this.number();
    if (next.kind === 'name') return this.tokens.second.text === '(' && this.tokens.second.kind === 'symbol' ? this.call() : this.named();
    if (this.tokens.is('true', 'false')) return { kind: 'boolean', value: this.tokens.take().text === 'true', at: next.at };
    if (this.tokens.is('(')) return this.parenthesis();
    if (this.tokens.is('[')) {
      this.tokens.take();
      return { kind: 'list', items: this.tokens.listUntil(']', () => this.expression()), at: next.at };
    }
    if (this.tokens.is('{')) return this.block();
    if (this.tokens.is('+')) fail('syntax', next.at, 'a sign + has no meaning here', 'the expression without it');
    return fail('syntax', next.at, `${describeToken(next)} does not fit where an expression belongs`, EXPRESSION);
  }

  private number(): Expression {
    const { text, at } = this.tokens.take();
    return { kind: 'number', value: Number(text), whole: /^\d+$/.test(text), at };
  }

  private named(): Expression {
    const { text, at } = this.tokens.take();
    return { kind: 'name', name: text, at };
  }

  private call(): Expression {
    const { text, at } = this.tokens.take();
    this.tokens.take();
    return { kind: 'call', name: text, arguments: this.tokens.listUntil(')', () => this.argument()), at };
  }

  private argument(): Argument {
    const { next, second } = this.tokens;
    const word = next.kind === 'name' || next.kind === 'keyword'; // `stream: noise`
    if (!word || second.text !== ':') return { value: this.expression(), at: next.at };
    this.tokens.take();
    this.tokens.take();
    return { name: next.text, value: this.expression(), at: next.at };
  }

  /** `(a)`, or the parameters of `(a, b) => a + b`. */
  private parenthesis(): Expression {
    const { at } = this.tokens.take();
    if (this.tokens.is(')') || (this.tokens.next.kind === 'name' && this.tokens.second.text === ',')) return this.lambda();
    const inner = this.expression();
    this.tokens.expect(')', `after the expression that began at line ${at.line}, column ${at.column}`);
    if (!this.tokens.is('=>')) return inner;
    if (inner.kind !== 'name') fail('syntax', this.tokens.next.at, "'=>' follows something that is no list of parameters", '(a, b) => a + b');
    return this.lambdaBody([{ name: inner.name, at: inner.at }]);
  }

  private lambda(): Expression {
    return this.lambdaBody(this.tokens.listUntil(')', () => this.parameter()));
  }

  private lambdaBody(parameters: readonly Parameter[]): Expression {
    const { at } = this.tokens.expect('=>', 'after parameters');
    return { kind: 'lambda', parameters, body: this.expression(), at };
  }

  parameter(): Parameter {
    const { text, at } = this.tokens.expectName('the name of a parameter');
    return { name: text, at };
  }

  /** `{ let a = ...` line by line `a * a }`. */
  private block(): Expression {
    const { at } = this.tokens.take();
    const definitions: Definition[] = [];
    this.tokens.skipNewlines();
    while (this.tokens.is('let')) {
      definitions.push(this.definition());
      this.tokens.expectLineEnd('a definition');
      this.tokens.skipNewlines();
    }
    const result = this.expression();
    this.tokens.skipNewlines();
    this.tokens.expect('}', 'after the result of a block');
    return { kind: 'block', definitions, result, at };
  }

  /** `let a = ...` or `let [a, b] = ...`; the type annotation is read by the parser of statements. */
  definition(type?: () => Definition['type']): Definition {
    this.tokens.take();
    const { at } = this.tokens.next;
    const list = this.tokens.takeIf('[') !== undefined;
    const names = list ? this.tokens.listUntil(']', () => this.parameter()) : [this.parameter()];
    if (names.length === 0) fail('syntax', at, 'a list of names is empty', 'let [a, b] = ...');
    const annotation = !list && type !== undefined && this.tokens.takeIf(':') ? type() : undefined;
    this.tokens.expect('=', 'in a definition');
    return { names, list, value: this.expression(), at, ...(annotation && { type: annotation }) };
  }
}
