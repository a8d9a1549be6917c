import type { FunctionAssembler, SimdOperator } from './wasm-assembler.js';

/** A vector of four lanes: a local, or a number in every lane. */
export type Lanes = { readonly local: number } | { readonly float: number } | { readonly integer: number };

export const float = (value: number): Lanes => ({ float: value });
export const integer = (value: number): Lanes => ({ integer: value });

/** Writes formulas over four lanes; every result is kept in a local of its own. */
export class VectorCode {
  constructor(private readonly code: FunctionAssembler) {}

  push(value: Lanes): void {
    if ('local' in value) this.code.get(value.local);
    else if ('float' in value) this.code.splat(value.float);
    else this.code.splatInteger(value.integer);
  }

  /** Keeps what `emit` pushes. */
  keep(emit: () => void): Lanes {
    emit();
    const local = this.code.local('v128');
    this.code.set(local);
    return { local };
  }

  op(operator: SimdOperator, ...operands: readonly Lanes[]): Lanes {
    return this.keep(() => {
      for (const operand of operands) this.push(operand);
      this.code.simd(operator);
    });
  }

  /** Shifts each lane as an integer. */
  shift(operator: 'integerShiftLeft' | 'integerShiftRight' | 'integerShiftRightSigned', x: Lanes, bits: number): Lanes {
    return this.keep(() => {
      this.push(x);
      this.code.integer(bits).simd(operator);
    });
  }

  /** a where the mask is set, b elsewhere */
  select(mask: Lanes, a: Lanes, b: Lanes): Lanes {
    return this.op('bitselect', a, b, mask);
  }

  /** c0 x^n + c1 x^(n-1) + ... + cn by Horner's rule */
  polynomial(x: Lanes, coefficients: readonly number[]): Lanes {
    const [first, ...rest] = coefficients;
    return rest.reduce<Lanes>((sum, each) => this.op('add', this.op('mul', sum, x), float(each)), float(first!));
  }
}
