/**
 * erf and erfc: a polynomial in x² near zero, and erfc(x) = e^(−x²) g(t)/(1 + 2x) with t = (x − k)/(x + k) beyond, the
 * form of Shepherd & Laframboise (1981); own minimax fits. The square is taken in two parts, so that the tail keeps
 * its relative accuracy.
 */
import type { Precision } from '../../executor.ts';
import type { FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { v128, type V128 } from '../../wasm/instructions.ts';
import { expOfSum } from './exponential.ts';
import { formatOf, highPart, type Format } from './format.ts';
import { polynomial } from './polynomial.ts';

interface Constants {
  /** erf(x)/x − 1 in x², up to x = 1. */
  readonly near: readonly number[];
  readonly k: number;
  /** (1 + 2x) e^(x²) erfc(x) in t, from x = 0.78 to where erfc vanishes. */
  readonly far: readonly number[];
  /** erfc is 0 from here on. */
  readonly end: number;
}

const CONSTANTS: Readonly<Record<Precision, Constants>> = {
  float32: {
    near: [
      0.12837916612625122, -0.3761262595653534, 0.1128358244895935, -0.026853641495108604, 0.005187953822314739,
      -0.000800665991846472, 7.841645856387913e-05
    ],
    k: 2,
    far: [
      1.2769783735275269, -0.09276380389928818, -0.1660299003124237, 0.16404981911182404, -0.054228343069553375,
      -0.008007621392607689, 0.008770332671701908, 0.0010886910604313016, -0.0015040013240650296
    ],
    end: 10.5,
  },
  float64: {
    near: [
      0.12837916709551256, -0.37612638903183515, 0.11283791670944078, -0.02686617064309395, 0.005223977605970497,
      -0.0008548325922040757, 0.00012055293354556031, -1.4924707947114896e-05, 1.6447076893901215e-06,
      -1.6205888314546317e-07, 1.3709113013515398e-08, -7.775934904922535e-10
    ],
    k: 3.5,
    far: [
      1.2423492448711544, -0.14000918013761932, -0.010555596332220687, 0.09751909515324529, -0.11508959816001027,
      0.08798315382541207, -0.048823325833287086, 0.019099330932678637, -0.00421501982602481, -0.00030226779025729444,
      0.0005643836984198143, -0.00012151281708834493, -4.2778346558402956e-05, 2.4261580322332825e-05,
      2.315221877244295e-06, -3.8127020783983957e-06, -1.7411347801573438e-08, 5.904667022022932e-07,
      -3.8543994730055397e-08, -7.626903635350815e-08, 1.5485746540861204e-08
    ],
    end: 28,
  },
};

type Emitter = (f: FunctionBuilder, x: V128) => V128;

/** erf(x) − x for |x| ≤ 1. */
const excess = (f: FunctionBuilder, t: Format, c: Constants, x: V128): V128 => {
  const square = f.let(t.mul(x, x));
  return t.mul(x, polynomial(f, t, square, c.near));
};

/** erfc(a) for a ≥ 0.78. */
function far(f: FunctionBuilder, t: Format, c: Constants, size: V128): V128 {
  const a = f.let(t.pmin(size, t.constant(c.end)));
  const k = t.constant(c.k);
  const ratio = f.let(t.div(t.sub(a, k), t.add(a, k)));
  const [first, ...rest] = c.far;
  const slope = f.let(t.mul(ratio, polynomial(f, t, ratio, rest)));
  const g = f.let(t.add(t.constant(first), slope));
  const twice = f.let(t.add(a, a));
  const denominator = f.let(t.add(t.constant(1), twice));
  // g/(1 + 2x) as a short float over 1 − δ; −log(1 − δ) goes into the exponent.
  const quotient = f.let(highPart(t, t.div(g, denominator)));
  const [gHigh, gLow] = halves(f, t, g, t.sub(slope, t.sub(g, t.constant(first))));
  const [dHigh, dLow] = halves(f, t, denominator, t.sub(t.constant(1), t.sub(denominator, twice)));
  const remainder = t.sub(t.add(t.sub(gHigh, t.mul(quotient, dHigh)), gLow), t.mul(quotient, dLow));
  const delta = f.let(t.div(remainder, g));
  const logarithm = t.add(delta, t.mul(t.constant(0.5), t.mul(delta, delta)));
  const high = f.let(highPart(t, a));
  const low = f.let(t.add(t.mul(t.sub(high, a), t.add(high, a)), logarithm));
  return t.mul(quotient, expOfSum(f, t, f.let(t.neg(t.mul(high, high))), low));
}

/** A sum and what it lost, as a float of half the digits and the rest. */
function halves(f: FunctionBuilder, t: Format, sum: V128, lost: V128): readonly [V128, V128] {
  const high = f.let(highPart(t, sum));
  return [high, t.add(t.sub(sum, high), lost)];
}

export function erf(precision: Precision): Emitter {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  return (f, argument) => {
    const x = f.let(argument);
    const size = f.let(t.abs(x));
    const result = f.variable(t.add(x, excess(f, t, c, x)));
    const large = f.let(t.gt(size, t.constant(1)));
    f.if(v128.anyTrue(large), () => {
      const tail = t.sub(t.constant(1), far(f, t, c, size));
      f.set(result, t.select(large, v128.or(tail, v128.xor(x, size)), result.get));
    });
    return result.get;
  };
}

export function erfc(precision: Precision): Emitter {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  return (f, argument) => {
    const x = f.let(argument);
    const size = f.let(t.abs(x));
    const result = f.variable(t.sub(t.sub(t.constant(1), x), excess(f, t, c, x)));
    const large = f.let(t.gt(size, t.constant(0.75)));
    f.if(v128.anyTrue(large), () => {
      const tail = f.let(far(f, t, c, size));
      f.set(result, t.select(large, t.select(t.lt(x, t.constant(0)), t.sub(t.constant(2), tail), tail), result.get));
    });
    return result.get;
  };
}
