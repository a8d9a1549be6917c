/** Lengths of the unknown dimensions of a call, by name. */
export type Binding = Readonly<Record<string, number>>;

/** A length that is no polynomial of others stands for itself: an unknown dimension, or a rounded-up quotient. */
interface Atom {
  readonly key: string;
  evaluate(binding: Binding): number;
}

interface Monomial {
  readonly coefficient: number;
  /** Sorted by key; none in the constant. */
  readonly atoms: readonly Atom[];
}

const MOST_TERMS = 64;

/** Thrown when a length leaves the whole numbers that a double holds exactly, or has too many terms. */
export class DimensionOverflow extends Error {}

const keyOf = (atoms: readonly Atom[]): string => atoms.map(({ key }) => key).join('*');

function exact(value: number): number {
  if (!Number.isSafeInteger(value)) throw new DimensionOverflow();
  return value;
}

/**
 * The length of an axis: a polynomial with whole coefficients in the unknown dimensions, such as `n`, `784*n`, `n + 3`.
 * Immutable; equal lengths have equal keys.
 */
export class Dimension {
  private constructor(private readonly monomials: readonly Monomial[], readonly key: string) {}

  private static of(monomials: readonly Monomial[]): Dimension {
    const sums = new Map<string, Monomial>();
    for (const { coefficient, atoms } of monomials) {
      const key = keyOf(atoms);
      sums.set(key, { atoms, coefficient: exact((sums.get(key)?.coefficient ?? 0) + coefficient) });
    }
    if (sums.size > MOST_TERMS) throw new DimensionOverflow();
    const kept = [...sums.entries()].filter(([, { coefficient }]) => coefficient !== 0);
    const sorted = kept.sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1)).map(([, monomial]) => monomial);
    return new Dimension(sorted, show(sorted));
  }

  static fixed(length: number): Dimension {
    return Dimension.of([{ coefficient: exact(length), atoms: [] }]);
  }

  static unknown(name: string): Dimension {
    return Dimension.of([{ coefficient: 1, atoms: [{ key: name, evaluate: (binding) => lengthOf(binding, name) }] }]);
  }

  /** The length where it depends on nothing. */
  get value(): number | undefined {
    if (this.monomials.length === 0) return 0;
    return this.monomials.length === 1 && this.monomials[0]!.atoms.length === 0 ? this.monomials[0]!.coefficient : undefined;
  }

  /** k where the length is k times the unknown dimension `name`. */
  factorOf(name: string): number | undefined {
    const [only] = this.monomials;
    return this.monomials.length === 1 && keyOf(only!.atoms) === name ? only!.coefficient : undefined;
  }

  equals(other: Dimension): boolean {
    return this.key === other.key;
  }

  plus(other: Dimension): Dimension {
    return Dimension.of([...this.monomials, ...other.monomials]);
  }

  minus(other: Dimension): Dimension {
    return this.plus(other.times(Dimension.fixed(-1)));
  }

  times(other: Dimension): Dimension {
    return Dimension.of(this.monomials.flatMap((a) => other.monomials.map((b): Monomial => ({
      coefficient: exact(a.coefficient * b.coefficient),
      atoms: [...a.atoms, ...b.atoms].sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0)),
    }))));
  }

  /** This over `divisor` where that is exact for every binding; only a divisor of one term is tried. */
  over(divisor: Dimension): Dimension | undefined {
    const [by] = divisor.monomials;
    if (divisor.monomials.length !== 1) return undefined;
    const quotients: Monomial[] = [];
    for (const { coefficient, atoms } of this.monomials) {
      const rest = [...atoms];
      for (const { key } of by!.atoms) {
        const at = rest.findIndex((atom) => atom.key === key);
        if (at < 0) return undefined;
        rest.splice(at, 1);
      }
      const quotient = coefficient / by!.coefficient;
      if (!Number.isInteger(quotient)) return undefined;
      quotients.push({ coefficient: quotient, atoms: rest });
    }
    return Dimension.of(quotients);
  }

  /** ceil(this / divisor), divisor a whole number of at least 1. */
  ceilingOver(divisor: number): Dimension {
    const exactly = this.over(Dimension.fixed(divisor));
    if (exactly !== undefined) return exactly;
    if (this.value !== undefined) return Dimension.fixed(Math.ceil(this.value / divisor));
    const atom = { key: `ceil((${this.key})/${divisor})`, evaluate: (binding: Binding) => Math.ceil(this.evaluate(binding) / divisor) };
    return Dimension.of([{ coefficient: 1, atoms: [atom] }]);
  }

  /** The length for known unknowns. */
  evaluate(binding: Binding): number {
    return this.monomials.reduce((sum, { coefficient, atoms }) => sum + atoms.reduce((product, atom) => product * atom.evaluate(binding), coefficient), 0);
  }

  /** A length that no binding makes shorter, if coefficients say so: every unknown is at least 1. */
  get least(): number {
    const ones = this.monomials.reduce((sum, { coefficient }) => sum + coefficient, 0);
    return this.monomials.every(({ coefficient, atoms }) => coefficient > 0 || atoms.length === 0) ? Math.max(1, ones) : 1;
  }

  toString(): string {
    return this.key;
  }
}

function lengthOf(binding: Binding, name: string): number {
  const length = binding[name];
  if (length === undefined) throw new Error(`internal: the dimension ${name} is not bound`);
  return length;
}

/** `784*n + 3` */
function show(monomials: readonly Monomial[]): string {
  const terms = monomials.map(({ coefficient, atoms }) => {
    if (atoms.length === 0) return String(coefficient);
    const size = Math.abs(coefficient) === 1 ? '' : `${Math.abs(coefficient)}*`;
    return `${coefficient < 0 ? '-' : ''}${size}${keyOf(atoms)}`;
  });
  return terms.length === 0 ? '0' : terms.join(' + ').replaceAll('+ -', '- ');
}
