/**
 * exp and its relatives: argument reduction by multiples of ln 2 in two parts (Cody & Waite 1980), own minimax fits.
 */
import type { Precision } from '../../executor.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import type { V128 } from '../../wasm/instructions.ts';
import { formatOf, oneBits, withSignOf, type Format } from './format.ts';
import { polynomial } from './polynomial.ts';

interface Constants {
  /** ln 2 in two parts; products of the first with any exponent are exact. */
  readonly ln2: readonly [number, number];
  /** (eʳ − 1 − r)/r² on |r| ≤ ½ ln 2, relative to eʳ. */
  readonly exp: readonly number[];
  /** The same, relative to eʳ − 1. */
  readonly expm1: readonly number[];
  /** eˣ is 0 below the first and infinite above the second. */
  readonly range: readonly [number, number];
  /** tanh x rounds to 1 from here on. */
  readonly saturation: number;
}

const CONSTANTS: Readonly<Record<Precision, Constants>> = {
  float32: {
    ln2: [0.693145751953125, 1.428606765330187e-06],
    exp: [0.4999999403953552, 0.16666516661643982, 0.04166810214519501, 0.00836916547268629, 0.0013838002923876047],
    expm1: [
      0.5, 0.16666635870933533, 0.041666511446237564, 0.008341509848833084, 0.0013929922133684158,
      0.00015026023902464658
    ],
    range: [-104, 89], saturation: 10,
  },
  float64: {
    ln2: [0.693147180559663, 2.8235290563031577e-13],
    exp: [
      0.5000000000000011, 0.1666666666666641, 0.041666666666529725, 0.008333333333494982, 0.0013888888943760053,
      0.00019841269505765, 2.4801492949535685e-05, 2.7557586812139668e-06, 2.7630306285872237e-07, 2.50000161173735e-08
    ],
    expm1: [
      0.5, 0.16666666666666677, 0.041666666666666505, 0.008333333333321653, 0.0013888888888962606,
      0.00019841269886073523, 2.480158717222998e-05, 2.755724425411226e-06, 2.7557402774929315e-07,
      2.5109024491171762e-08, 2.0875329289255397e-09
    ],
    range: [-746, 710], saturation: 22,
  },
};

/** x = n ln 2 + r. The low bits of `shifted` hold n; `rough` and `step` are the terms of the last difference. */
function reduce(
  f: FunctionBuilder, t: Format, { ln2: [high, low] }: Constants, x: V128
): Record<'shifted' | 'r' | 'rough' | 'step', V128> {
  const shifted = f.let(t.add(t.mul(x, t.constant(Math.LOG2E)), t.constant(t.roundingShift)));
  const n = f.let(t.sub(shifted, t.constant(t.roundingShift)));
  const rough = f.let(t.sub(x, t.mul(n, t.constant(high))));
  const step = f.let(t.mul(n, t.constant(low)));
  return { shifted, r: f.let(t.sub(rough, step)), rough, step };
}

/** The float 2ⁿ of a small integer in the low bits. */
const powerOfTwo = (t: Format, n: V128): V128 => t.addBits(t.shiftLeft(n, t.mantissa), t.bits(oneBits(t)));

/** y 2ⁿ, rounded once where it is subnormal: 2ⁿ as a product of two halves, neither of which leaves the range. */
function scale(f: FunctionBuilder, t: Format, y: V128, shifted: V128): V128 {
  const half = f.let(t.shiftRight(shifted, 1));
  return t.mul(t.mul(y, powerOfTwo(t, half)), powerOfTwo(t, t.subBits(shifted, half)));
}

const clamp = (t: Format, x: V128, [least, most]: readonly [number, number]): V128 =>
  t.pmax(t.pmin(x, t.constant(most)), t.constant(least));

/** e^(high + low) for a sum within the range in which nothing but the result over- or underflows. */
export function expOfSum(f: FunctionBuilder, t: Format, high: V128, low: V128): V128 {
  const { ln2, exp: coefficients } = CONSTANTS[t.precision];
  const shifted = f.let(t.add(t.mul(t.add(high, low), t.constant(Math.LOG2E)), t.constant(t.roundingShift)));
  const n = f.let(t.sub(shifted, t.constant(t.roundingShift)));
  const rough = f.let(t.sub(high, t.mul(n, t.constant(ln2[0]))));
  const step = f.let(t.sub(t.mul(n, t.constant(ln2[1])), low));
  const r = f.let(t.sub(rough, step));
  const lost = t.sub(t.sub(rough, r), step);
  const rest = t.add(lost, t.mul(t.mul(r, r), polynomial(f, t, r, coefficients)));
  return scale(f, t, t.add(t.constant(1), t.add(r, rest)), shifted);
}

function expClamped(f: FunctionBuilder, t: Format, c: Constants, x: V128): V128 {
  const { shifted, r } = reduce(f, t, c, x);
  const q = polynomial(f, t, r, c.exp);
  return scale(f, t, t.add(t.constant(1), t.add(r, t.mul(t.mul(r, r), q))), shifted);
}

export function exp(precision: Precision): (f: FunctionBuilder, x: V128) => V128 {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  return (f, x) => expClamped(f, t, c, f.let(clamp(t, x, c.range)));
}

/** 1/(1 + e⁻ˣ) for x ≥ 0, eˣ/(1 + eˣ) below: no loss and no overflow on either side. */
export function sigmoid(precision: Precision): (f: FunctionBuilder, x: V128) => V128 {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  return (f, argument) => {
    const x = f.let(argument);
    const e = f.let(expClamped(f, t, c, f.let(t.pmax(t.neg(t.abs(x)), t.constant(c.range[0])))));
    const denominator = f.let(t.add(t.constant(1), e));
    const negative = f.let(t.lt(x, t.constant(0)));
    const q = f.let(t.div(t.select(negative, e, t.constant(1)), denominator));
    // Corrected to first order for what 1 + e lost; 1/(1 + e) is q, or 1 − q.
    const reciprocal = t.select(negative, t.sub(t.constant(1), q), q);
    return t.sub(q, t.mul(t.mul(q, reciprocal), t.sub(e, t.sub(denominator, t.constant(1)))));
  };
}

/** E/(E + 2) with E = e²ˣ − 1, of |x|; the sign is put back. */
export function tanh(precision: Precision): (f: FunctionBuilder, x: V128) => V128 {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  return (f, argument) => {
    const x = f.let(argument);
    const doubled = f.let(t.pmin(t.abs(x), t.constant(c.saturation)));
    const { shifted, r, rough, step } = reduce(f, t, c, f.let(t.add(doubled, doubled)));
    // E = (2ⁿ − 1) + 2ⁿr + 2ⁿ(eʳ − 1 − r), with what the first sum and the reduction lose.
    const power = f.let(powerOfTwo(t, shifted));
    const less = f.let(t.sub(power, t.constant(1)));
    const linear = f.let(t.mul(power, r));
    const sum = f.let(t.add(less, linear));
    const lost = t.sub(linear, t.sub(sum, less));
    const rest = t.add(t.sub(t.sub(rough, r), step), t.mul(t.mul(r, r), polynomial(f, t, r, c.expm1)));
    const small = f.let(t.add(lost, t.mul(power, rest)));
    const e = f.let(t.add(sum, small));
    const below = t.sub(small, t.sub(e, sum));
    // The quotient, corrected to first order for what E and E + 2 lost; 1/(E + 2) = (1 − tanh)/2.
    const two = t.constant(2);
    const denominator = f.let(t.add(e, two));
    const q = f.let(t.div(e, denominator));
    const missing = t.sub(t.pmin(e, two), t.sub(denominator, t.pmax(e, two)));
    const complement = f.let(t.sub(t.constant(1), q));
    const residual = t.sub(t.mul(below, complement), t.mul(q, missing));
    const corrected = t.add(q, t.mul(residual, t.mul(t.constant(0.5), complement)));
    return withSignOf(t, corrected, x);
  };
}

