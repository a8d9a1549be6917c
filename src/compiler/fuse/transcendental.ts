import { float, integer, type Lanes, type VectorCode } from './vector-code.js';

/** Functions of one argument on four float32 lanes, within 2 ulp of the exact value unless said otherwise. */
export type LanesFunction = (v: VectorCode, x: Lanes) => Lanes;

const LOG2_E = 1.4426950408889634;
/** ln 2 in two parts: n times the first is exact in float32. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;

/** Added to a float of size below 2^22, it rounds it to a whole number, which then stands in the last bits. */
const ROUNDING = 1.5 * 2 ** 23;
/** exp gives infinity above, and 0 (instead of a subnormal number) below. */
const EXP_LARGEST = 88.72283;
const EXP_SMALLEST = -87.33654;

/** exp(x) = 2^n exp(r) with n = round(x / ln 2), |r| <= ln 2 / 2; the power is added to the exponent bits. */
export const exp: LanesFunction = (v, x) => {
  const clamped = v.op('pseudoMin', v.op('pseudoMax', x, float(EXP_SMALLEST)), float(EXP_LARGEST));
  const rounded = v.op('add', v.op('mul', clamped, float(LOG2_E)), float(ROUNDING));
  const n = v.op('sub', rounded, float(ROUNDING));
  const r = v.op('sub', v.op('sub', clamped, v.op('mul', n, float(LN2_HIGH))), v.op('mul', n, float(LN2_LOW)));
  const tail = v.polynomial(r, [1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1]);
  const p = v.op('add', v.op('add', v.op('mul', tail, v.op('mul', r, r)), r), float(1));
  const scaled = v.op('integerAdd', p, v.shift('integerShiftLeft', rounded, 23));
  const bounded = v.select(v.op('gt', x, float(EXP_LARGEST)), float(Infinity), scaled);
  return v.op('andNot', bounded, v.op('lt', x, float(EXP_SMALLEST)));
};

const SMALLEST_NORMAL = 1.1754943508222875e-38;
const MANTISSA = 0x007fffff;
const EXPONENT_OF_HALF = 0x3f000000;

/** log(x) = e ln 2 + log(m) with x = m 2^e, m in [sqrt 1/2, sqrt 2) */
export const log: LanesFunction = (v, x) => {
  const subnormal = v.op('lt', x, float(SMALLEST_NORMAL));
  const normal = v.select(subnormal, v.op('mul', x, float(2 ** 23)), x);
  const biased = v.op('fromInteger', v.op('integerSub', v.shift('integerShiftRight', normal, 23), integer(126)));
  const whole = v.select(subnormal, v.op('sub', biased, float(23)), biased);
  const fraction = v.op('or', v.op('and', normal, integer(MANTISSA)), integer(EXPONENT_OF_HALF)); // [1/2, 1)
  const small = v.op('lt', fraction, float(Math.SQRT1_2));
  const e = v.op('sub', whole, v.op('and', small, float(1)));
  const m = v.op('sub', v.op('add', fraction, v.op('and', small, fraction)), float(1));
  const z = v.op('mul', m, m);
  const tail = v.polynomial(m, [
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
    -2.4999993993e-1, 3.3333331174e-1,
  ]);
  const correction = v.op('sub', v.op('add', v.op('mul', v.op('mul', tail, m), z), v.op('mul', e, float(LN2_LOW))), v.op('mul', z, float(0.5)));
  const finite = v.op('add', v.op('add', m, correction), v.op('mul', e, float(LN2_HIGH)));
  const unbounded = v.op('eq', x, float(Infinity));
  const positive = v.select(unbounded, x, finite);
  const atZero = v.select(v.op('eq', x, float(0)), float(-Infinity), positive);
  const defined = v.op('ge', x, float(0)); // neither negative nor NaN
  return v.select(defined, atZero, float(NaN));
};

/** tanh(x) = x + x^3 p(x^2) for |x| < 0.625 */
const tanhNearZero = (v: VectorCode, x: Lanes): Lanes => {
  const z = v.op('mul', x, x);
  const tail = v.polynomial(z, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]);
  return v.op('add', x, v.op('mul', v.op('mul', tail, z), x));
};

/** tanh(x) = sign(x) (1 - 2 / (exp(2 |x|) + 1)) away from 0 */
export const tanh: LanesFunction = (v, x) => {
  const size = v.op('abs', x);
  const grown = exp(v, v.op('add', size, size));
  const far = v.op('sub', float(1), v.op('div', float(2), v.op('add', grown, float(1))));
  const signed = v.op('or', far, v.op('and', x, float(-0)));
  return v.select(v.op('lt', size, float(0.625)), tanhNearZero(v, x), signed);
};

/** 1 / (1 + exp(-x)) */
export const sigmoid: LanesFunction = (v, x) => v.op('div', float(1), v.op('add', float(1), exp(v, v.op('neg', x))));

/** exp(x) - 1; near 0 as 2 t / (1 - t) with t = tanh(x / 2), since the difference cancels there */
export const expm1: LanesFunction = (v, x) => {
  const t = tanhNearZero(v, v.op('mul', x, float(0.5)));
  const near = v.op('div', v.op('add', t, t), v.op('sub', float(1), t));
  return v.select(v.op('lt', v.op('abs', x), float(0.5)), near, v.op('sub', exp(v, x), float(1)));
};

/** log(1 + x) = x log(u) / (u - 1) with u = 1 + x (Kahan); x where u rounds to 1, log(u) where x > 1 */
export const log1p: LanesFunction = (v, x) => {
  const u = v.op('add', x, float(1));
  const logarithm = log(v, u);
  const corrected = v.op('div', v.op('mul', x, logarithm), v.op('sub', u, float(1)));
  const near = v.select(v.op('eq', u, float(1)), x, corrected);
  return v.select(v.op('gt', x, float(1)), logarithm, near);
};

/** max(x, 0) + log1p(exp(-|x|)) */
export const softplus: LanesFunction = (v, x) =>
  v.op('add', v.op('pseudoMax', x, float(0)), log1p(v, exp(v, v.op('neg', v.op('abs', x)))));
