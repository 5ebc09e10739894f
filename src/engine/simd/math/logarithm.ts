/**
 * The natural logarithm: x = 2ᵏ(1 + f), and log(1 + f) by the series in s = f/(2 + f), as in fdlibm; own minimax fits.
 */
import { integerPower } from '../../../numerics/power.ts';
import type { Precision } from '../../executor.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { v128, type V128 } from '../../wasm/instructions.ts';
import { formatOf, oneBits, type Format } from './format.ts';
import { polynomial } from './polynomial.ts';

interface Constants {
  readonly ln2: readonly [number, number];
  /** (2 artanh(s)/s − 2)/s² in s², for |f| up to √2. */
  readonly series: readonly number[];
  /** The bits of √½. */
  readonly rootHalf: bigint;
}

const CONSTANTS: Readonly<Record<Precision, Constants>> = {
  float32: {
    ln2: [0.693145751953125, 1.428606765330187e-06],
    series: [0.6666677594184875, 0.3997756838798523, 0.29871460795402527],
    rootHalf: 0x3f3504f3n,
  },
  float64: {
    ln2: [0.693147180559663, 2.8235290563031577e-13],
    series: [
      0.6666666666666735, 0.3999999999941109, 0.2857142874326284, 0.22222198475973506, 0.18183569740334005,
      0.1531390323581689, 0.14797507796895132
    ],
    rootHalf: 0x3fe6a09e667f3bcdn,
  },
};

/** What to take from the exponent read by {@link decompose} when x was multiplied by 2 to the power `scaled`. */
export const exponentOffset = (t: Format, scaled = 0): V128 =>
  t.constant(integerPower(2, t.mantissa) + t.bias + scaled);

/**
 * x = 2ᵏ(1 + fraction) with √½ ≤ 1 + fraction < √2, for a positive normal x. @param offset see {@link exponentOffset}
 */
export function decompose(
  f: FunctionBuilder, t: Format, x: V128, offset: V128
): { readonly k: V128; readonly fraction: V128 } {
  const { rootHalf } = CONSTANTS[t.precision];
  const shifted = f.let(t.addBits(x, t.bits(oneBits(t) - rootHalf)));
  const exponent =
    v128.or(t.shiftRight(shifted, t.mantissa), t.bits(BigInt(t.bias + t.mantissa) << BigInt(t.mantissa)));
  const significand = t.addBits(v128.and(shifted, t.bits((1n << BigInt(t.mantissa)) - 1n)), t.bits(rootHalf));
  return { k: f.let(t.sub(exponent, offset)), fraction: f.let(t.sub(significand, t.constant(1))) };
}

export function log(precision: Precision): (f: FunctionBuilder, x: V128) => V128 {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  const zero = t.constant(0);
  return (f, argument) => {
    const given = f.let(argument);
    const special = f.let(
      v128.anyTrue(v128.not(v128.and(t.ge(given, t.constant(t.smallestNormal)), t.lt(given, t.constant(Infinity)))))
    );
    const x = f.variable(given);
    const offset = f.variable(exponentOffset(t));
    f.if(special, () => {
      const small = f.let(t.lt(given, t.constant(t.smallestNormal)));
      f.set(x, t.select(small, t.mul(given, t.constant(integerPower(2, t.mantissa))), given));
      f.set(offset, t.select(small, exponentOffset(t, t.mantissa), offset.get));
    });
    const { k, fraction } = decompose(f, t, x.get, offset.get);
    const s = f.let(t.div(fraction, t.add(t.constant(2), fraction)));
    const z = f.let(t.mul(s, s));
    const halfSquare = f.let(t.mul(t.constant(0.5), t.mul(fraction, fraction)));
    const rest = t.mul(s, t.add(halfSquare, t.mul(z, polynomial(f, t, z, c.series))));
    const low = t.sub(halfSquare, t.add(rest, t.mul(k, t.constant(c.ln2[1]))));
    const result = f.variable(t.sub(t.mul(k, t.constant(c.ln2[0])), t.sub(low, fraction)));
    f.if(special, () => {
      // log of NaN, of a negative number: NaN; of infinity: itself; of zero: −∞.
      const edge = t.select(
        t.eq(given, zero), t.constant(-Infinity), t.select(t.lt(given, zero), t.constant(NaN), t.add(given, given))
      );
      const inside = v128.and(t.gt(given, zero), t.lt(given, t.constant(Infinity)));
      f.set(result, t.select(inside, result.get, edge));
    });
    return result.get;
  };
}
