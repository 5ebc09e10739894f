/**
 * sin and cos: x = n π/2 + r with π/2 in parts whose products with n are exact (Cody & Waite 1980), then both series
 * on |r| ≤ π/4 (own minimax fits; in float64 with the tail of r, as in fdlibm). Arguments too large for that go to the
 * host lane by lane.
 */
import type { Precision } from '../../executor.ts';
import type { Callable, FunctionBuilder } from '../../wasm/functionBuilder.ts';
import { f32, f32x4, f64, f64x2, v128, type F64, type V128 } from '../../wasm/instructions.ts';
import type { ModuleBuilder } from '../../wasm/moduleBuilder.ts';
import { formatOf, type Format } from './format.ts';
import { polynomial } from './polynomial.ts';

interface Constants {
  /** π/2 in parts: products with n are exact for all but the last. */
  readonly halfPi: readonly number[];
  /** Largest |x| of this reduction. */
  readonly limit: number;
  /** (sin r/r − 1)/r² in r². */
  readonly sin: readonly number[];
  /** (cos r − 1 + r²/2)/r⁴ in r². */
  readonly cos: readonly number[];
}

const CONSTANTS: Readonly<Record<Precision, Constants>> = {
  float32: {
    halfPi: [1.570556640625, 0.0002396702766418457, 1.5890691429376602e-08, 2.5633440682570896e-12], limit: 3216,
    sin: [-0.16666653752326965, 0.008332106284797192, -0.00019507882825564593],
    cos: [0.04166664555668831, -0.0013887308305129409, 2.4432101781712845e-05],
  },
  float64: {
    halfPi: [1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23], limit: 102943,
    sin: [
      -0.1666666666666663, 0.008333333333321891, -0.00019841269829400766, 2.7557313553678157e-06,
      -2.5050736835991064e-08, 1.5895578977505578e-10
    ],
    cos: [
      0.04166666666666659, -0.0013888888888872733, 2.4801587288643903e-05, -2.7557314117786203e-07,
      2.087569228912909e-09, -1.1358084176239309e-11
    ],
  },
};

interface Reduced {
  /** The low bits hold n. */
  readonly shifted: V128;
  readonly r: V128;
  /** What r lacks, where it is kept. */
  readonly tail?: V128;
}

function reduce32(f: FunctionBuilder, t: Format, { halfPi }: Constants, x: V128): Reduced {
  const shifted = f.let(t.add(t.mul(x, t.constant(2 / Math.PI)), t.constant(t.roundingShift)));
  const n = f.let(t.sub(shifted, t.constant(t.roundingShift)));
  return { shifted, r: f.let(halfPi.reduce((rest, part) => t.sub(rest, t.mul(n, t.constant(part))), x)) };
}

function reduce64(f: FunctionBuilder, t: Format, { halfPi: [first, second, third] }: Constants, x: V128): Reduced {
  const shifted = f.let(t.add(t.mul(x, t.constant(2 / Math.PI)), t.constant(t.roundingShift)));
  const n = f.let(t.sub(shifted, t.constant(t.roundingShift)));
  const rough = f.let(t.sub(x, t.mul(n, t.constant(first))));
  const step = f.let(t.mul(n, t.constant(second)));
  const fine = f.let(t.sub(rough, step));
  // What the subtraction lost, and the last part of n π/2.
  const last = f.let(t.sub(t.mul(n, t.constant(third)), t.sub(t.sub(rough, fine), step)));
  const r = f.let(t.sub(fine, last));
  return { shifted, r, tail: f.let(t.sub(t.sub(fine, r), last)) };
}

/** Written so that the sign of a zero survives. */
function sinSeries(f: FunctionBuilder, t: Format, c: Constants, { r, tail }: Reduced, z: V128): V128 {
  const cube = f.let(t.mul(z, r));
  const [first, ...rest] = c.sin;
  const higher = t.mul(cube, polynomial(f, t, z, rest.map((coefficient) => -coefficient)));
  const correction = tail === undefined ? t.mul(z, higher)
    : t.sub(t.mul(z, t.add(t.mul(t.constant(0.5), tail), higher)), tail);
  return t.sub(r, t.sub(correction, t.mul(cube, t.constant(first))));
}

function cosSeries(f: FunctionBuilder, t: Format, c: Constants, { r, tail }: Reduced, z: V128): V128 {
  const half = f.let(t.mul(z, t.constant(0.5)));
  const fourth = t.mul(t.mul(z, z), polynomial(f, t, z, c.cos));
  if (tail === undefined) return t.add(t.sub(t.constant(1), half), fourth);
  const head = f.let(t.sub(t.constant(1), half));
  return t.add(head, t.add(t.sub(t.sub(t.constant(1), head), half), t.sub(fourth, t.mul(r, tail))));
}

/** Lanes of `x` through a function of the host. */
function laneByLane(f: FunctionBuilder, t: Format, host: Callable, x: V128): V128 {
  const call = (argument: F64): F64 => f.call(host, 'f64', argument);
  let result = x;
  for (let k = 0; k < t.width; k++) {
    result = t.precision === 'float32'
      ? f32x4.replace(k, result, f32.fromF64(call(f64.fromF32(f32x4.extract(k, x)))))
      : f64x2.replace(k, result, call(f64x2.extract(k, x)));
  }
  return result;
}

export interface Trigonometric {
  sin(f: FunctionBuilder, x: V128): V128;
  cos(f: FunctionBuilder, x: V128): V128;
  sinCos(f: FunctionBuilder, x: V128): { readonly sin: V128; readonly cos: V128 };
}

export function trigonometric(module: ModuleBuilder, precision: Precision): Trigonometric {
  const t = formatOf[precision];
  const c = CONSTANTS[precision];
  const reduce = precision === 'float32' ? reduce32 : reduce64;
  const hostSin = module.import('sin', ['f64'], 'f64');
  const hostCos = module.import('cos', ['f64'], 'f64');
  const one = t.bits(1n);
  const two = t.bits(2n);

  const evaluate = (
    f: FunctionBuilder, argument: V128, wanted: { readonly sin: boolean; readonly cos: boolean }
  ): { sin: V128; cos: V128 } => {
    const x = f.let(argument);
    const reduced = reduce(f, t, c, x);
    const z = f.let(t.mul(reduced.r, reduced.r));
    const s = f.let(sinSeries(f, t, c, reduced, z));
    const k = f.let(cosSeries(f, t, c, reduced, z));
    const odd = f.let(t.negBits(v128.and(reduced.shifted, one)));
    const signed = (value: V128, n: V128): V128 => v128.xor(value, t.shiftLeft(v128.and(n, two), 8 * t.bytes - 2));
    const sin = f.variable(wanted.sin ? signed(t.select(odd, k, s), reduced.shifted) : x);
    const cos = f.variable(wanted.cos ? signed(t.select(odd, s, k), t.addBits(reduced.shifted, one)) : x);
    const large = f.let(t.gt(t.abs(x), t.constant(c.limit)));
    f.if(v128.anyTrue(large), () => {
      if (wanted.sin) f.set(sin, t.select(large, laneByLane(f, t, hostSin, x), sin.get));
      if (wanted.cos) f.set(cos, t.select(large, laneByLane(f, t, hostCos, x), cos.get));
    });
    return { sin: sin.get, cos: cos.get };
  };

  return {
    sin: (f, x) => evaluate(f, x, { sin: true, cos: false }).sin,
    cos: (f, x) => evaluate(f, x, { sin: false, cos: true }).cos,
    sinCos: (f, x) => evaluate(f, x, { sin: true, cos: true }),
  };
}
