/**
 * Powers with the same bits everywhere. ECMAScript leaves the last digits of `**` and Math.pow to the engine, and V8
 * 13.6 (Node 24) changed them; additions, products and quotients, which is all that is used here, are IEEE 754's.
 *
 * x^y = e^(y log x), with log x and the product as unevaluated sums of two doubles (Dekker 1971), so that e sees an
 * argument that is right to some 2⁻⁶³.
 */

/** A sum of two doubles, the second below the last place of the first. */
type Pair = readonly [high: number, low: number];

/** ln 2 in two parts: products of the first with exponents are exact. */
const LN2: Pair = [0.6931471803691238, 1.9082149292705877e-10];
const THIRD: Pair = [1 / 3, 1.850371707708594e-17];
/** 1/5, 1/7, …: the rest of the series of artanh s in s², to 2⁻⁷⁰ for |s| ≤ 0.172. */
const ARTANH = Array.from({ length: 12 }, (_, k) => 1 / (2 * k + 5));
/** 1/2!, 1/3!, …: e^r − 1 − r over r², to 2⁻⁶⁰ for |r| ≤ ½ ln 2. */
const EXP = [
  0.5, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3628800, 1 / 39916800, 1 / 479001600,
  1 / 6227020800, 1 / 87178291200,
];
/** Beyond it every power of a number but 1 is 0 or ∞. */
const LARGEST_EXPONENT = 2 ** 65;
/** Splits a double into two of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

const words = new Uint32Array(new Float64Array(1).buffer);
const double = new Float64Array(words.buffer);

const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

/** a + b exactly, for |a| ≥ |b|. */
function quickSum(a: number, b: number): Pair {
  const sum = a + b;
  return [sum, b - (sum - a)];
}

/** a b exactly. */
function product(a: number, b: number): Pair {
  const split = (x: number): Pair => {
    const wide = SPLITTER * x;
    const high = wide - (wide - x);
    return [high, x - high];
  };
  const whole = a * b;
  const [[a1, a2], [b1, b2]] = [split(a), split(b)];
  return [whole, a1 * b1 - whole + a1 * b2 + a2 * b1 + a2 * b2];
}

/** 2^n exactly. @param n an integer in [−1022, 1023] */
function powerOfTwo(n: number): number {
  words[0] = 0;
  words[1] = (n + 1023) << 20;
  return double[0];
}

/** log x to some 2⁻⁷⁰ of itself. @param x positive and finite, not 1 */
function logarithm(x: number): Pair {
  const small = x < 2 ** -1022;
  double[0] = small ? x * 2 ** 54 : x;
  let exponent = (words[1] >>> 20) - 1023 - (small ? 54 : 0);
  words[1] = (words[1] & 0xfffff) | 0x3ff00000;
  let mantissa = double[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // log m = 2 artanh s with s = (m − 1)/(m + 1), as s = sHigh + sLow.
  const difference = mantissa - 1;
  const sum = 2 + difference;
  const lost = difference - (sum - 2);
  const sHigh = difference / sum;
  const [top, below] = product(sHigh, sum);
  const sLow = (difference - top - below - sHigh * lost) / sum;
  // artanh s = s (1 + z/3 + z²(1/5 + z/7 + …)) with z = s².
  const [zHigh, zRounding] = product(sHigh, sHigh);
  const zLow = zRounding + 2 * sHigh * sLow;
  const [third, thirdRounding] = product(zHigh, THIRD[0]);
  const terms = zHigh * zHigh * horner(ARTANH, zHigh);
  const [bend, bendLow] = quickSum(third, thirdRounding + zLow * THIRD[0] + zHigh * THIRD[1] + terms);
  const [bent, bentRounding] = product(sHigh, bend);
  const [half, halfLow] = quickSum(sHigh, bent);
  const rest = halfLow + bentRounding + sHigh * bendLow + sLow * bend + sLow;
  const [high, low] = quickSum(exponent * LN2[0], 2 * half);
  const [whole, wholeLow] = exponent === 0 ? [2 * half, 0] : [high, low];
  return quickSum(whole, wholeLow + 2 * rest + exponent * LN2[1]);
}

/** e^(high + low). */
function exponential([high, low]: Pair): number {
  if (high > 710) return Infinity;
  if (high < -746) return 0;
  const n = Math.round(high / LN2[0]);
  const reduced = high - n * LN2[0];
  const rest = low - n * LN2[1];
  const r = reduced + rest;
  const rLow = rest - (r - reduced);
  const [start, startLow] = quickSum(1, r);
  const mantissa = start + (startLow + (rLow + r * r * horner(EXP, r)));
  // In two factors, each a normal number: results near the ends of the range are rounded once.
  const first = n >> 1;
  return mantissa * powerOfTwo(first) * powerOfTwo(n - first);
}

/** x^y for x > 0, neither infinite nor NaN. */
function positivePower(x: number, y: number): number {
  if (x === 1) return 1;
  if (Math.abs(y) > LARGEST_EXPONENT) return x > 1 === y > 0 ? Infinity : 0;
  const [high, low] = logarithm(x);
  const [whole, rounding] = product(y, high);
  return exponential(quickSum(whole, rounding + y * low));
}

/**
 * x to the power y, within 0.66 units of the last place (subnormal results, rounded once more: 1.16), the same bits on
 * every engine. Special values are those of ECMAScript's `**`: NaN for a negative base and an exponent that is no
 * integer, and for (±1)^±∞.
 */
export function power(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const size = Math.abs(x);
  const odd = Math.abs(y) < 2 ** 53 && Math.abs(y % 2) === 1;
  const sign = odd && (x < 0 || Object.is(x, -0)) ? -1 : 1;
  if (!Number.isFinite(y) && size === 1) return NaN;
  if (size === 0 || size === Infinity) return sign * (size === 0 === y > 0 ? 0 : Infinity);
  if (x < 0 && !Number.isInteger(y) && Number.isFinite(y)) return NaN;
  return sign * positivePower(size, y);
}

/** x to a whole power as products, by repeated squaring: exact where all of them are. @param n an integer */
export function integerPower(x: number, n: number): number {
  let result = 1;
  let square = x;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    if (rest > 1) square *= square;
  }
  return n < 0 ? 1 / result : result;
}
