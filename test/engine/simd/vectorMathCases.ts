/** The functions under test: where to look, what their errors are bounded by, and a mutant of each. */
import type { Precision } from '../../../src/engine/executor.ts';
import type { VectorMath } from '../../../src/engine/simd/vectorMath.ts';
import { erf, erfc } from '../../../src/numerics/special.ts';
import type { Emitter } from './vectorMathHarness.ts';
import type { Where } from './vectorMathPoints.ts';
import type { references } from './vectorMathReference.ts';

export type Name = keyof typeof references;

export interface Case {
  readonly where: Where;
  /** Largest error in units of the last place. */
  readonly bounds: Readonly<Record<Precision, number>>;
  /** A coefficient of each precision; a mutant has it a little larger. None: the function is one instruction. */
  readonly coefficients?: Readonly<Record<Precision, number>>;
  /** In doubles, right to a few of their units: the reference for float32. */
  readonly double: (x: number) => number;
  /** Where the function is a number. */
  readonly domain?: (x: number) => boolean;
  /** [x, f(x)], signs of zeros included. */
  readonly special: readonly (readonly [number, number])[];
}

const TINY = 2 ** -149;

export const cases: Readonly<Record<Name, Case>> = {
  exp: {
    where: { ranges: [[-1, 1], [-0.4, 0.4], [-746, 710], [-104, 89]], near: [0, 1, 709.782712893384, 708.3964185322641, 745.1332191019411, 88.72283, 87.33654, 103.97208] },
    bounds: { float32: 1.1, float64: 1.1 }, double: Math.exp,
    coefficients: { float32: 0.16666516661643982, float64: 0.1666666666666641 },
    special: [[0, 1], [-0, 1], [Infinity, Infinity], [-Infinity, 0], [1e30, Infinity], [-1e30, 0], [TINY, 1]],
  },
  log: {
    where: { ranges: [[0.5, 2], [0.99, 1.01], [0, 100]], near: [1, Math.SQRT1_2, Math.SQRT2, 2 ** -1022, 2 ** -126, 2 ** -1074, TINY] },
    bounds: { float32: 0.85, float64: 0.85 }, double: Math.log, domain: (x) => x > 0,
    coefficients: { float32: 0.6666677594184875, float64: 0.6666666666666735 },
    special: [[1, 0], [0, -Infinity], [-0, -Infinity], [Infinity, Infinity], [-1, NaN], [-Infinity, NaN], [-TINY, NaN]],
  },
  sin: {
    where: { ranges: [[-1, 1], [-10, 10], [-3300, 3300], [-110000, 110000]], near: [0, 1e-5, 1e-8, 3216, 102943], circle: true },
    bounds: { float32: 2.5, float64: 0.9 }, double: Math.sin,
    coefficients: { float32: -0.16666653752326965, float64: -0.1666666666666663 },
    special: [[0, 0], [-0, -0], [Infinity, NaN], [-Infinity, NaN], [TINY, TINY], [-TINY, -TINY]],
  },
  cos: {
    where: { ranges: [[-1, 1], [-10, 10], [-3300, 3300], [-110000, 110000]], near: [0, 1e-5, 1e-8, 3216, 102943], circle: true },
    bounds: { float32: 2.5, float64: 0.9 }, double: Math.cos,
    coefficients: { float32: 0.04166664555668831, float64: 0.04166666666666659 },
    special: [[0, 1], [-0, 1], [Infinity, NaN], [-Infinity, NaN], [TINY, 1]],
  },
  tanh: {
    where: { ranges: [[-1, 1], [-0.3, 0.3], [-22, 22]], near: [0, 0.1733, 0.52, 9.01, 19.06, 22] },
    bounds: { float32: 1.5, float64: 1.5 }, double: Math.tanh,
    coefficients: { float32: 0.16666635870933533, float64: 0.16666666666666677 },
    special: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [TINY, TINY], [-TINY, -TINY], [1e30, 1]],
  },
  sigmoid: {
    where: { ranges: [[-4, 4], [-0.5, 0.5], [-746, 40], [-104, 20]], near: [0, 708.3964185322641, 745.1332191019411, 87.33654, 103.97208, 36.7] },
    bounds: { float32: 2, float64: 2 }, double: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    coefficients: { float32: 0.16666516661643982, float64: 0.1666666666666641 },
    special: [[0, 0.5], [-0, 0.5], [Infinity, 1], [-Infinity, 0], [1e30, 1], [-1e30, 0]],
  },
  sqrt: {
    where: { ranges: [[0, 4]], near: [1, 2 ** -1022, 2 ** -1074, TINY] },
    bounds: { float32: 0.5, float64: 0.5 }, double: Math.sqrt, domain: (x) => x >= 0,
    special: [[0, 0], [-0, -0], [Infinity, Infinity], [-1, NaN]],
  },
  erf: {
    where: { ranges: [[-1, 1], [-3, 3], [-7, 7]], near: [0, 1, 5.92, 3.92] },
    bounds: { float32: 1.4, float64: 1.4 }, double: erf,
    coefficients: { float32: -0.3761262595653534, float64: -0.37612638903183515 },
    special: [[0, 0], [-0, -0], [Infinity, 1], [-Infinity, -1], [1e30, 1], [-1e30, -1]],
  },
  erfc: {
    where: { ranges: [[-1, 1], [0.4, 3], [-6, 27.3], [-4, 10.1]], near: [0, 0.5, 0.75, 26.54, 27.22, 9.19, 10.05] },
    bounds: { float32: 1.9, float64: 1.9 }, double: erfc,
    coefficients: { float32: -0.1660299003124237, float64: -0.14000918013761932 },
    special: [[0, 1], [-0, 1], [Infinity, 0], [-Infinity, 2], [1e30, 0], [-1e30, 2]],
  },
  asin: {
    where: { ranges: [[-1, 1], [-0.5, 0.5], [0.9, 1]], near: [0, 0.5, 1, 1e-5, 1e-8] },
    bounds: { float32: 1.4, float64: 1.4 }, double: Math.asin, domain: (x) => Math.abs(x) <= 1,
    coefficients: { float32: 0.16666752099990845, float64: 0.16666666666665403 },
    special: [[0, 0], [-0, -0], [1, Math.PI / 2], [-1, -Math.PI / 2], [1.5, NaN], [Infinity, NaN], [TINY, TINY]],
  },
  atan: {
    where: { ranges: [[-1, 1], [-5, 5], [0.4, 0.5], [2, 3]], near: [0, Math.SQRT2 - 1, Math.SQRT2 + 1, 1e-8, 1e17] },
    bounds: { float32: 2, float64: 2 }, double: Math.atan,
    coefficients: { float32: -0.33333316445350647, float64: -0.3333333333333319 },
    special: [[0, 0], [-0, -0], [Infinity, Math.PI / 2], [-Infinity, -Math.PI / 2], [TINY, TINY], [1e30, Math.PI / 2]],
  },
};

export const names = Object.keys(cases) as Name[];

export const unary = (name: Name): Emitter => (math: VectorMath, f, x) => math[name](f, x);

/** |got − want| in units of the last place among floats of `want`. */
export function ulps32(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (!Number.isFinite(rounded)) return got === rounded ? 0 : Infinity;
  let exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(rounded))));
  if (2 ** exponent > Math.abs(rounded)) exponent = Math.max(-126, exponent - 1);
  const error = Math.abs(got - want) / 2 ** (exponent - 23);
  return Number.isNaN(error) ? Infinity : error;
}
