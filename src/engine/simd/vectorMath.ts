/**
 * Elementary functions of all lanes of a vector, written out inline where they are used. Infinities, NaN, signed zeros
 * and subnormal numbers are treated as IEEE 754 asks, and a lane never depends on its neighbours.
 *
 * Errors are the largest measured, in units of the last place, float32 / float64: over all floats with 2⁻¹² ≤ |x| < 2¹²
 * and one in 127 of the others; over some 400,000 doubles of all exponents and near every point where a formula
 * changes.
 */
import type { Precision } from '../executor.ts';
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import type { V128 } from '../wasm/instructions.ts';
import { lanesOf } from '../wasm/lanes.ts';
import type { ModuleBuilder } from '../wasm/moduleBuilder.ts';
import { erf, erfc } from './math/errorFunction.ts';
import { exp, sigmoid, tanh } from './math/exponential.ts';
import { asin, atan } from './math/inverse.ts';
import { log } from './math/logarithm.ts';
import { pow } from './math/power.ts';
import { trigonometric } from './math/trigonometric.ts';

/**
 * Writes code into `f` that computes a function of each lane of `x`, and returns the result: use it once, or `f.let`
 * it.
 */
export type Unary = (f: FunctionBuilder, x: V128) => V128;

export interface VectorMath {
  /** 1.02 / 1.01 ulp. Subnormal results are rounded once. */
  readonly exp: Unary;
  /** 0.84 / 0.79 ulp. */
  readonly log: Unary;
  /** 2.33 / 0.82 ulp. Beyond |x| = 3216 / 102943 (slower, 0.5 / 0.82 ulp) the host's Math.sin, lane by lane. */
  readonly sin: Unary;
  /** 2.33 / 0.83 ulp; see sin. */
  readonly cos: Unary;
  /** Both, with the bits of each, at the cost of little more than one. */
  readonly sinCos: (f: FunctionBuilder, x: V128) => { readonly sin: V128; readonly cos: V128 };
  /** 1.38 / 1.36 ulp. */
  readonly tanh: Unary;
  /** 1.97 / 1.85 ulp, of small and of subnormal values too. */
  readonly sigmoid: Unary;
  /** 1.24 / 1.24 ulp. */
  readonly erf: Unary;
  /** 1.76 / 1.78 ulp, down to subnormal values. */
  readonly erfc: Unary;
  /** 1.20 / 1.19 ulp. */
  readonly asin: Unary;
  /** 1.90 / 1.83 ulp. */
  readonly atan: Unary;
  /** Rounded correctly. */
  readonly sqrt: Unary;
  /**
   * x to the power y: 0.55 / 0.95 ulp over some 600,000 pairs. pow(1, y) and pow(x, 0) are 1 even of NaN, unlike
   * ECMAScript's.
   */
  readonly pow: (f: FunctionBuilder, x: V128, y: V128) => V128;
}

/** Declares what it imports: call it before the module's first function. */
export function vectorMath(module: ModuleBuilder, precision: Precision): VectorMath {
  const lanes = lanesOf[precision];
  return {
    exp: exp(precision), log: log(precision), tanh: tanh(precision), sigmoid: sigmoid(precision),
    ...trigonometric(module, precision),
    sqrt: (_f, x) => lanes.sqrt(x),
    erf: erf(precision), erfc: erfc(precision), asin: asin(precision), atan: atan(precision), pow: pow(precision),
  };
}
