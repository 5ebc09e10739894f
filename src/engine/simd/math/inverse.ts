/** asin and atan: reductions to a short range by their addition theorems, own minimax fits. */
import type { Precision } from '../../executor.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { v128, type V128 } from '../../wasm/instructions.ts';
import { formatOf, withSignOf } from './format.ts';
import { polynomial } from './polynomial.ts';

interface Constants {
  /** π/2 as a float, and what that lacks. */
  readonly halfPi: readonly [number, number];
  /** (asin s/s − 1)/s² in s², up to s = ½. */
  readonly asin: readonly number[];
  /** (atan s/s − 1)/s² in s², up to s = √2 − 1. */
  readonly atan: readonly number[];
}

const CONSTANTS: Readonly<Record<Precision, Constants>> = {
  float32: {
    halfPi: [1.5707963705062866, -4.371138828673793e-08],
    asin: [0.16666752099990845, 0.07495306432247162, 0.04546976834535599, 0.024180809035897255, 0.0421663336455822],
    atan: [-0.33333316445350647, 0.19998525083065033, -0.1424429714679718, 0.10598265379667282, -0.0608733631670475],
  },
  float64: {
    halfPi: [1.5707963267948966, 6.123233995736766e-17],
    asin: [
      0.16666666666665403, 0.07500000000338748, 0.044642856826837225, 0.030381959200628594, 0.022371756476948217,
      0.01735972914015855, 0.013884988766784382, 0.012170867756730574, 0.006520664122231271, 0.019548661019083678,
      -0.016256841593715172, 0.031934993080604906
    ],
    atan: [
      -0.3333333333333319, 0.19999999999952386, -0.14285714280075634, 0.11111110777422192, -0.09090897584380113,
      0.0769205713498403, -0.06663069054766173, 0.05847634583251661, -0.05038155783615944, 0.03803532565764293,
      -0.017875133299872753
    ],
  },
};

type Emitter = (f: FunctionBuilder, x: V128) => V128;

/** For |x| > ½ by asin x = π/2 − 2 asin √((1 − x)/2). NaN where |x| > 1. */
export function asin(precision: Precision): Emitter {
  const t = formatOf[precision];
  const { halfPi: [high, low], asin: coefficients } = CONSTANTS[precision];
  return (f, argument) => {
    const x = f.let(argument);
    const size = f.let(t.abs(x));
    const far = f.let(t.gt(size, t.constant(0.5)));
    const square = f.let(t.select(far, t.mul(t.constant(0.5), t.sub(t.constant(1), size)), t.mul(size, size)));
    const s = f.let(t.select(far, t.sqrt(square), size));
    const rest = f.let(t.mul(t.mul(s, square), polynomial(f, t, square, coefficients)));
    const twice = f.let(t.add(s, s));
    const sum = f.let(t.sub(t.constant(high), twice));
    const lost = t.sub(t.sub(t.constant(high), sum), twice);
    const complement = t.add(sum, t.add(lost, t.sub(t.constant(low), t.add(rest, rest))));
    return withSignOf(t, t.select(far, complement, t.add(s, rest)), x);
  };
}

/** For |x| > √2 − 1 by atan x = π/4 + atan((x − 1)/(x + 1)), for |x| > √2 + 1 by atan x = π/2 − atan(1/x). */
export function atan(precision: Precision): Emitter {
  const t = formatOf[precision];
  const { halfPi: [high, low], atan: coefficients } = CONSTANTS[precision];
  const one = t.constant(1);
  return (f, argument) => {
    const x = f.let(argument);
    const size = f.let(t.abs(x));
    const middle = f.let(t.gt(size, t.constant(Math.SQRT2 - 1)));
    const far = f.let(t.gt(size, t.constant(Math.SQRT2 + 1)));
    const numerator = t.select(far, t.constant(-1), t.sub(size, v128.and(middle, one)));
    const denominator = t.select(far, size, t.add(one, v128.and(middle, size)));
    const s = f.let(t.div(numerator, denominator));
    const square = f.let(t.mul(s, s));
    const rest = t.mul(t.mul(s, square), polynomial(f, t, square, coefficients));
    const offset = (part: number): V128 => t.select(far, t.constant(part), v128.and(middle, t.constant(part / 2)));
    const start = f.let(offset(high));
    const sum = f.let(t.add(start, s));
    const lost = t.sub(s, t.sub(sum, start));
    return withSignOf(t, t.add(sum, t.add(lost, t.add(offset(low), rest))), x);
  };
}
