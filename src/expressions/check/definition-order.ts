import { siteOf, type Position } from '../source/position.js';
import { problemAt, type Problem } from '../source/problem.js';

/** Something with a name whose meaning needs others. */
export interface Definable<T> {
  /** How messages call it. */
  readonly name: string;
  readonly at: Position;
  readonly needs: readonly T[];
  /** Whether it is a function, which must not need itself. */
  readonly callable: boolean;
}

const MOST_SHOWN = 8;

/** One definition that needs itself, as the chain that leads back to it. */
function cycleProblem(chain: readonly Pick<Definable<never>, 'name' | 'at' | 'callable'>[]): Problem {
  const first = chain[0]!;
  const shown = chain.length > MOST_SHOWN ? chain.slice(0, MOST_SHOWN) : chain;
  const way = [...shown.map(({ name, at }) => `${name} (${siteOf(at)})`), ...(shown === chain ? [] : ['...']), first.name].join(' -> ');
  const callable = chain.every((each) => each.callable);
  return problemAt('cycle', first.at, `'${first.name}' ${callable ? 'calls' : 'needs'} itself: ${way}`, callable ? 'functions without recursion' : 'definitions that do not need each other in a circle');
}

/**
 * Definitions in an order in which each comes after what it needs; the order of the source where that leaves a choice.
 * Iterative, since a chain of definitions may be as long as the source. There is no order where there is a problem.
 */
export function definitionOrder<T extends Definable<T>>(all: readonly T[]): { sorted: T[]; problems: Problem[] } {
  const state = new Map<T, 'open' | 'done'>();
  const sorted: T[] = [];
  const problems: Problem[] = [];
  for (const root of all) {
    const stack: { readonly of: T; next: number }[] = state.has(root) ? [] : [{ of: root, next: 0 }];
    state.set(root, state.get(root) ?? 'open');
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const needed = top.of.needs[top.next++];
      if (needed === undefined) {
        state.set(top.of, 'done');
        sorted.push(top.of);
        stack.pop();
      } else if (state.get(needed) === 'open') {
        const chain = stack.slice(stack.findIndex(({ of }) => of === needed)).map(({ of }) => of);
        problems.push(cycleProblem(chain));
      } else if (!state.has(needed)) {
        state.set(needed, 'open');
        stack.push({ of: needed, next: 0 });
      }
    }
  }
  return { sorted, problems };
}
