/**
 * x to the power y as e^(y log x). In float64 the logarithm is a pair of floats whose products are exact (the scheme
 * of fdlibm's e_pow, in natural logarithms; own minimax fits); in float32 everything is done in float64.
 */
import type { Precision } from '../../executor.ts';
import { integerPower } from '../../../numerics/power.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { f32x4, f64x2, v128, type V128 } from '../../wasm/instructions.ts';
import { expOfSum } from './exponential.ts';
import { formatOf, highPart, signBit, type Format } from './format.ts';
import { decompose, exponentOffset } from './logarithm.ts';
import { polynomial } from './polynomial.ts';

/** ln 2 in two parts: products of the first with exponents are exact. */
const LN2 = [0.6931471803691238, 1.9082149292705877e-10] as const;
/** 2/3 in two parts: products of the first with short floats are exact. */
const TWO_THIRDS = [0.6666666567325592, 9.934107462565104e-9] as const;
/** 3/2 (2 artanh(s)/s − 2 − ⅔s²)/s⁴ in s². */
const SERIES = [
  0.5999999999999996, 0.4285714285716783, 0.33333333326265796, 0.272727283102493, 0.23076834980209718,
  0.20004488697431666, 0.17511972278535418, 0.17985650443053294
];
/** (2 artanh(s)/s − 2)/s² in s², to 37 bits: enough for float32. */
const SHORT_SERIES = [0.6666666564129357, 0.40000336219152255, 0.2853723833067093, 0.23583568756947867];
/** (eʳ − 1 − r)/r² to 28 bits of eʳ. */
const SHORT_EXP =
  [0.499999934321198, 0.1666652039905547, 0.04166839078553344, 0.008368745107701674, 0.0013814540075764742];
/** Exponents are cut to this, far beyond where any result but 1 is 0 or ∞. */
const LARGEST_EXPONENT = 2 ** 65;

type Core = (f: FunctionBuilder, x: V128, offset: V128, y: V128) => V128;

const clamp = (t: Format, x: V128, least: number, most: number): V128 =>
  t.pmax(t.pmin(x, t.constant(most)), t.constant(least));

/** Of a positive normal x, times 2 to what the offset says. */
const core64: Core = (f, x, offset, exponent) => {
  const t = formatOf.float64;
  const { k, fraction } = decompose(f, t, x, offset);
  // s = fraction/(2 + fraction) as sHigh + sLow.
  const two = t.constant(2);
  const sum = f.let(t.add(two, fraction));
  const inverse = f.let(t.div(t.constant(1), sum));
  const sHigh = f.let(highPart(t, t.mul(fraction, inverse)));
  const sumHigh = f.let(highPart(t, sum));
  const sumLow = t.add(t.sub(sum, sumHigh), t.sub(fraction, t.sub(sum, two)));
  const sLow = f.let(t.mul(t.sub(t.sub(fraction, t.mul(sHigh, sumHigh)), t.mul(sHigh, sumLow)), inverse));
  const s = f.let(t.add(sHigh, sLow));
  // log(1 + fraction) = ⅔ s (3 + s² + rest).
  const z = f.let(t.mul(s, s));
  const square = f.let(t.mul(sHigh, sHigh));
  const rest = f.let(t.add(t.mul(sLow, t.add(sHigh, s)), t.mul(t.mul(z, z), polynomial(f, t, z, SERIES))));
  const three = t.constant(3);
  const factor = f.let(highPart(t, t.add(t.add(three, square), rest)));
  const factorLow = t.sub(rest, t.sub(t.sub(factor, three), square));
  const u = f.let(t.mul(sHigh, factor));
  const v = f.let(t.add(t.mul(sLow, factor), t.mul(s, factorLow)));
  const product = f.let(highPart(t, t.add(u, v)));
  const productLow = t.sub(v, t.sub(product, u));
  const termHigh = f.let(t.mul(t.constant(TWO_THIRDS[0]), product));
  const termLow = t.add(t.mul(t.constant(TWO_THIRDS[1]), product), t.mul(productLow, t.constant(2 / 3)));
  // log x = high + low.
  const start = f.let(t.mul(k, t.constant(LN2[0])));
  const whole = f.let(t.add(start, termHigh));
  const lost = t.sub(termHigh, t.sub(whole, start));
  const below = f.let(t.add(lost, t.add(termLow, t.mul(k, t.constant(LN2[1])))));
  const high = f.let(highPart(t, t.add(whole, below)));
  const low = t.sub(below, t.sub(high, whole));
  const y = f.let(clamp(t, exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT));
  const yHigh = f.let(highPart(t, y));
  const head = clamp(t, t.mul(yHigh, high), -760, 720);
  const tail = clamp(t, t.add(t.mul(t.sub(y, yHigh), high), t.mul(y, low)), -1, 1);
  return expOfSum(f, t, f.let(head), f.let(tail));
};

/** Of doubles that were floats, to some 36 bits. */
function short(f: FunctionBuilder, x: V128, exponent: V128): V128 {
  const t = formatOf.float64;
  const { k, fraction } = decompose(f, t, f.let(x), exponentOffset(t));
  const s = f.let(t.div(fraction, t.add(t.constant(2), fraction)));
  const z = f.let(t.mul(s, s));
  const logarithm =
    t.add(t.mul(k, t.constant(Math.LN2)), t.add(t.add(s, s), t.mul(t.mul(s, z), polynomial(f, t, z, SHORT_SERIES))));
  const power = f.let(clamp(t, t.mul(clamp(t, exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT), logarithm), -160, 130));
  const shifted = f.let(t.add(t.mul(power, t.constant(Math.LOG2E)), t.constant(t.roundingShift)));
  const r = f.let(t.sub(power, t.mul(t.sub(shifted, t.constant(t.roundingShift)), t.constant(Math.LN2))));
  const y = t.add(t.constant(1), t.add(r, t.mul(t.mul(r, r), polynomial(f, t, r, SHORT_EXP))));
  return t.mul(y, t.addBits(t.shiftLeft(shifted, t.mantissa), t.constant(1)));
}

const UPPER_HALF = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];
const LOWER_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

const core32: Core = (f, x, _offset, y) => {
  const upper = (a: V128): V128 => f64x2.promoteLowF32x4(v128.shuffle(UPPER_HALF, a, a));
  const low = f.let(f32x4.demoteF64x2(short(f, f64x2.promoteLowF32x4(x), f64x2.promoteLowF32x4(y))));
  return v128.shuffle(LOWER_HALVES, low, f32x4.demoteF64x2(short(f, upper(x), upper(y))));
};

/** IEEE 754-2019, 9.2.1: also pow(1, NaN) = 1 and pow(−1, ±∞) = 1, where ECMAScript says NaN. */
export function pow(precision: Precision): (f: FunctionBuilder, x: V128, y: V128) => V128 {
  const t = formatOf[precision];
  const core = precision === 'float32' ? core32 : core64;
  const zero = t.constant(0);
  const one = t.constant(1);
  const infinity = t.constant(Infinity);
  const sign = t.bits(signBit(t));
  return (f, base, exponent) => {
    const given = f.let(base);
    const y = f.let(exponent);
    const ordinary = v128.and(t.ge(given, t.constant(t.smallestNormal)), t.lt(given, infinity));
    const special = f.let(v128.anyTrue(v128.not(v128.and(ordinary, t.eq(y, y)))));
    const x = f.variable(given);
    const offset = f.variable(exponentOffset(t));
    f.if(special, () => {
      const size = f.let(t.abs(given));
      const small = f.let(t.lt(size, t.constant(t.smallestNormal)));
      const scaled = t.select(small, t.mul(size, t.constant(integerPower(2, t.mantissa))), size);
      f.set(x, precision === 'float32' ? size : scaled);
      f.set(offset, t.select(small, exponentOffset(t, t.mantissa), offset.get));
    });
    const result = f.variable(core(f, x.get, offset.get, y));
    f.if(special, () => {
      const size = f.let(t.abs(given));
      const grows = f.let(t.gt(y, zero));
      const atZero = t.select(grows, zero, infinity);
      const atInfinity = t.select(grows, infinity, zero);
      const magnitude = t.select(t.eq(given, zero), atZero, t.select(t.eq(size, infinity), atInfinity, result.get));
      const whole = f.let(t.eq(t.trunc(y), y));
      const half = f.let(t.mul(y, t.constant(0.5)));
      const odd = v128.andNot(whole, t.eq(t.trunc(half), half));
      const signed = v128.xor(magnitude, v128.and(v128.and(given, sign), odd));
      const undefinedPower = v128.and(t.lt(given, zero), v128.andNot(t.lt(size, infinity), whole));
      const defined = t.select(undefinedPower, t.constant(NaN), signed);
      const numbers = v128.and(t.eq(given, given), t.eq(y, y));
      const isOne = v128.or(t.eq(y, zero), t.eq(given, one));
      f.set(result, t.select(isOne, one, t.select(numbers, defined, t.add(given, y))));
    });
    return result.get;
  };
}
