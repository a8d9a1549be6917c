import { Key, normal } from '../../compiler/random/index.js';
import type { HostTensor, NamedHostTensors } from '../../compiler/tensors.js';

export interface VerifyOptions {
  /** Length of a step along a direction, for values around 1. Default 1e-3: float32 has seven digits. */
  readonly epsilon?: number;
  /** Largest accepted relative error. Default 0.02. */
  readonly tolerance?: number;
  /** Random directions for each variable. Default 3. */
  readonly directions?: number;
  readonly seed?: number;
}

/** The worst direction of one variable. */
export interface VariableReport {
  readonly name: string;
  /** Derivative along the direction, by rule and by central difference. */
  readonly analytic: number;
  readonly numeric: number;
  /** |analytic - numeric| over the larger of both, what float32 rounding explains taken off. */
  readonly relativeError: number;
  readonly passed: boolean;
}

export interface GradientReport {
  readonly passed: boolean;
  readonly epsilon: number;
  readonly tolerance: number;
  readonly variables: readonly VariableReport[];
}

/** What is verified: a function of named float32 tensors, in double precision as far as float32 results allow. */
export interface Verifiable {
  readonly at: NamedHostTensors;
  readonly gradients: NamedHostTensors;
  readonly valueAt: (moved: NamedHostTensors) => Promise<number>;
}

/** Sum of products, in double precision. */
export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Rounding of a float32 sum, relative: a few units in the last place. */
const ROUNDING = 4 * 2 ** -23;

/** `x` moved by `step` along `direction`, rounded to float32 as the program sees it. */
const moved = ({ data, ...spec }: HostTensor, direction: Float32Array, step: number): HostTensor =>
  ({ ...spec, data: Float32Array.from(data, (value, i) => value + step * direction[i]!) });

async function alongOne({ at, gradients, valueAt }: Verifiable, name: string, key: Key, epsilon: number): Promise<Omit<VariableReport, 'name' | 'passed'>> {
  const x = at[name]!;
  const largest = (x.data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = epsilon * Math.max(1, largest);
  const direction = normal(key, x.data.length);
  const [forth, back] = [moved(x, direction, step), moved(x, direction, -step)];
  const [above, below] = [await valueAt({ [name]: forth }), await valueAt({ [name]: back })];
  const difference = Float64Array.from(forth.data, (value, i) => value - back.data[i]!); // as rounded
  const slope = inner(gradients[name]!.data, difference);
  const noise = ROUNDING * (Math.abs(above) + Math.abs(below));
  const error = Math.max(0, Math.abs(slope - (above - below)) - noise);
  const scale = Math.max(Math.abs(slope), Math.abs(above - below));
  return { analytic: slope / (2 * step), numeric: (above - below) / (2 * step), relativeError: error === 0 ? 0 : error / scale };
}

/**
 * Central differences (f(x + h u) - f(x - h u)) / 2h against gradients, along random directions u of one variable at a
 * time. A kink of f within h, or a gradient that float32 rounding hides, can fail it without a fault in a rule.
 */
export async function verifyGradient(
  verifiable: Verifiable, { epsilon = 1e-3, tolerance = 0.02, directions = 3, seed = 0 }: VerifyOptions = {},
): Promise<GradientReport> {
  const variables: VariableReport[] = [];
  for (const name of Object.keys(verifiable.gradients)) {
    let worst: Omit<VariableReport, 'name' | 'passed'> | undefined;
    for (let i = 0; i < directions; i++) {
      const result = await alongOne(verifiable, name, Key.from(seed).fold(name).fold(i), epsilon);
      if (worst === undefined || !(result.relativeError <= worst.relativeError)) worst = result;
    }
    variables.push({ name, ...worst!, passed: worst!.relativeError <= tolerance });
  }
  return { passed: variables.every(({ passed }) => passed), epsilon, tolerance, variables };
}
