import { expressionValueUnknown } from '../../errors/expressions.errors.js';
import { Key } from '../../compiler/random/index.js';
import { gradients } from '../check/gradients.js';
import type { Cotangent, Draw, Term } from '../check/term.js';
import type { ExpressionModule } from '../module.js';
import { errorOf, ProblemFound } from '../source/problem.js';
import { makeEntry, type Entry } from './entry.js';

/** Name of the derivative by `name` among the outputs of an entry. */
export const derivativeName = (name: string): string => `d ${name}`;

const MOST_DERIVED = 32;

/** What can be computed of one expression. Copies of an expression share it, so that a cache of an engine knows the programs. */
export class EntryTable {
  readonly evaluate: Entry;
  private readonly derived = new Map<string, Entry>();
  private readonly weightTerms = new Map<string, Term>();

  constructor(private readonly module: ExpressionModule) {
    this.evaluate = makeEntry(module, { outputs: module.outputs, updates: module.updates, sharedAsInputs: false });
  }

  /** Random numbers that a value with axes is multiplied by before it is summed, as a term and as the key of the same numbers. */
  weights(of: string, seed: number): { readonly term: Term; readonly key: Key } {
    const { type, at } = this.value(of);
    const name = JSON.stringify([of, seed]);
    const draw: Draw = { input: 'random weights', distribution: 'normal', shape: type.shape, source: { kind: 'seed', seed } };
    const term = this.weightTerms.get(name) ?? this.module.factory.fork().make({ kind: 'draw', draw }, [], type, at);
    this.weightTerms.set(name, term);
    return { term, key: Key.from(seed) };
  }

  /** A value of the source, or an output. @throws expression-value-unknown */
  value(name: string): Term {
    const { values, outputs } = this.module;
    const found = outputs.get(name) ?? values.get(name);
    if (found === undefined) throw expressionValueUnknown(name, 'value of the expression', [...new Set([...outputs.keys(), ...values.keys()])]);
    return found;
  }

  /** An input or a shared variable of dtype float32. @throws expression-value-unknown */
  variable(name: string): Term {
    const known = [...this.module.inputs.keys(), ...this.module.shared.keys()].filter((each) => this.module.values.get(each)!.type.dtype === 'float32');
    if (!known.includes(name)) throw expressionValueUnknown(name, 'float32 input or shared variable', known);
    return this.module.values.get(name)!;
  }

  /**
   * `value` and the derivatives `d <name>` of a float32 value; without `wrt` the value alone. Shared variables are inputs.
   * @throws expression-gradient, expression-limit, expression-value-unknown
   */
  derivatives(of: string, wrt: readonly string[], cotangent: Cotangent = { kind: 'one' }): Entry {
    const key = JSON.stringify([of, wrt, cotangent.kind === 'term' ? cotangent.term.id : cotangent.kind]);
    const entry = this.derived.get(key) ?? this.derive(this.value(of), wrt, cotangent);
    this.derived.delete(key);
    this.derived.set(key, entry);
    if (this.derived.size > MOST_DERIVED) this.derived.delete(this.derived.keys().next().value!);
    return entry;
  }

  private derive(of: Term, wrt: readonly string[], cotangent: Cotangent): Entry {
    const variables = wrt.map((name) => this.value(name));
    try {
      const found = wrt.length === 0 ? [] : gradients(this.module.factory.fork(), of, variables, cotangent, of.at);
      const outputs = new Map([['value', of], ...wrt.map((name, i): [string, Term] => [derivativeName(name), found[i]!])]);
      return makeEntry(this.module, { outputs, updates: new Map(), sharedAsInputs: true });
    } catch (error) {
      throw error instanceof ProblemFound ? errorOf([error.problem]) : error;
    }
  }
}
