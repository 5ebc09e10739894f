/**
 * Random numbers for four chains at a time: Threefry-2x32 (Salmon et al. 2011) on the lanes of a vector, and from its
 * words normals and uniforms. A draw is a pure function of (chain key, step, index), so it depends neither on the
 * number of threads nor on how chains or steps are cut. `samplers/noise.ts` draws the same stream in plain JavaScript.
 *
 * Four chains of floats fill one vector in float32 and two in float64: what follows are arrays of one or two vectors.
 */
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { f32x4, f64x2, i32, i32x4, i64x2, v128, type V128 } from '../wasm/instructions.ts';
import type { Lanes } from '../wasm/lanes.ts';

/**
 * Rounds of Threefry. Thirteen are the fewest that pass BigCrush (Salmon et al. 2011, table 2); what is drawn here
 * feeds chains, not cryptography, and the rounds saved are a fifth of a MALA step. Keys are derived with all twenty.
 */
export const ROUNDS = 13;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const PARITY = 0x1bd11bda;

/** Keys of four chains; the third word is the key schedule's. */
export type LaneKeys = readonly [V128, V128, V128];

/** The key schedule of two key words. */
export function laneKeys(f: FunctionBuilder, k0: V128, k1: V128): LaneKeys {
  const [a, b] = [f.let(k0), f.let(k1)];
  return [a, b, f.let(v128.xor(v128.xor(a, b), i32x4.constant(PARITY)))];
}

function rotateLeft(f: FunctionBuilder, x: V128, bits: number): V128 {
  const kept = f.let(x);
  if (bits === 16) return v128.shuffle([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13], kept, kept);
  return v128.or(i32x4.shl(kept, i32.constant(bits)), i32x4.shrU(kept, i32.constant(32 - bits)));
}

/** Two words per chain of the counter block (index, step). */
export function threefry(f: FunctionBuilder, keys: LaneKeys, index: V128, step: V128): readonly [V128, V128] {
  let x0 = f.let(i32x4.add(keys[0], index));
  let x1 = f.let(i32x4.add(keys[1], step));
  for (let round = 0; round < ROUNDS; round++) {
    x0 = f.let(i32x4.add(x0, x1));
    x1 = f.let(v128.xor(rotateLeft(f, x1, ROTATIONS[round % 8]), x0));
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x0 = f.let(i32x4.add(x0, keys[injection % 3]));
    x1 = f.let(i32x4.add(x1, f.let(i32x4.add(keys[(injection + 1) % 3], i32x4.constant(injection)))));
  }
  return [x0, x1];
}

/** (w + ½)·2⁻³² of a word, in (0, 1); in float32 the last bits are lost near 1, none near 0. */
export function uniform(f: FunctionBuilder, lanes: Lanes, word: V128): V128[] {
  if (lanes.precision === 'float32') {
    const half = f32x4.fromI32x4(i32x4.shrU(word, i32.constant(1)));
    return [f.let(f32x4.add(f32x4.mul(half, f32x4.constant(2 ** -31)), f32x4.constant(2 ** -33)))];
  }
  const signed = f.let(v128.xor(word, i32x4.constant(0x80000000 | 0)));
  return [signed, upperPair(signed)].map((low) =>
    f.let(f64x2.mul(f64x2.add(f64x2.fromLowI32x4(low), f64x2.constant(2 ** 31 + 0.5)), f64x2.constant(2 ** -32))));
}

/** Lanes 2 and 3, in 0 and 1. */
const upperPair = (x: V128): V128 => v128.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15], x, x);

/**
 * Two independent standard normals per chain by Box–Muller, from one block (h, a): the radius has the 52 bits of h and
 * the low 20 of a (tails right to 8.5 standard deviations), the angle the 32 of a. The 20 shared bits are the finest of
 * the radius, which matter where h is nearly 0, and there turn the angle by less than 2⁻¹² of a circle.
 */
export function normalPair(f: FunctionBuilder, lanes: Lanes, [h, a]: readonly [
  V128, V128
]): { readonly first: V128[]; readonly second: V128[] } {
  const radii = lanes.precision === 'float32' ? [radius32(f, lanes, h, a)] : radii64(f, lanes, h, a);
  const quadrant = f.let(i32x4.shr(i32x4.add(a, i32x4.constant(0x20000000)), i32.constant(30)));
  // The angle in [−π, π) is a quadrant and a rest in [−π/4, π/4].
  const rest = f.let(i32x4.sub(a, i32x4.shl(quadrant, i32.constant(30))));
  const angles = lanes.precision === 'float32' ? [f32x4.fromI32x4(rest)]
    : [f64x2.fromLowI32x4(rest), f64x2.fromLowI32x4(upperPair(rest))];
  const quadrants = lanes.precision === 'float32' ? [quadrant] : [0, 8].map((at) => f.let(
    v128.shuffle([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7].map((byte) => byte + at), quadrant, quadrant)
  ));
  const signBit = lanes.precision === 'float32' ? i32x4.constant(0x80000000 | 0) : i64x2.constant(-(1n << 63n));
  const pairs = radii.map((radius, half) => {
    const { sin, cos } = sinCosOfRest(f, lanes, f.let(lanes.mul(angles[half], lanes.constant(RADIANS))));
    const q = quadrants[half];
    const odd = f.let(i32x4.shr(i32x4.shl(q, i32.constant(31)), i32.constant(31)));
    const sign = (steps: V128): V128 => v128.and(i32x4.shl(steps, i32.constant(30)), signBit);
    const kept = f.let(radius);
    return [
      f.let(lanes.mul(kept, v128.xor(lanes.select(odd, sin, cos), sign(i32x4.add(q, i32x4.constant(1)))))),
      f.let(lanes.mul(kept, v128.xor(lanes.select(odd, cos, sin), sign(q)))),
    ];
  });
  return { first: pairs.map(([first]) => first), second: pairs.map(([, second]) => second) };
}

const RADIANS = 2 * Math.PI * 2 ** -32;
/** fdlibm's kernels, right to double precision on [−π/4, π/4]; and those of single precision (musl). */
const SERIES = {
  float64: {
    sin: [
      -1.66666666666666324348e-1, 8.33333333332248946124e-3, -1.98412698298579493134e-4, 2.75573137070700676789e-6,
      -2.50507602534068634195e-8, 1.58969099521155010221e-10
    ],
    cos: [
      4.16666666666666019037e-2, -1.38888888888741095749e-3, 2.48015872894767294178e-5, -2.75573143513906633035e-7,
      2.08757232129817482790e-9, -1.13596475577881948265e-11
    ],
  },
  float32: {
    sin: [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4],
    cos: [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5],
  },
} as const;

/** c₀ + z (c₁ + z (…)) */
export function horner(lanes: Lanes, z: V128, coefficients: readonly number[]): V128 {
  return coefficients.slice(0, -1).reduceRight(
    (sum, c) => lanes.add(lanes.constant(c), lanes.mul(z, sum)), lanes.constant(coefficients[coefficients.length - 1])
  );
}

function sinCosOfRest(f: FunctionBuilder, lanes: Lanes, r: V128): { readonly sin: V128; readonly cos: V128 } {
  const z = f.let(lanes.mul(r, r));
  const { sin, cos } = SERIES[lanes.precision];
  return {
    sin: f.let(lanes.add(r, lanes.mul(lanes.mul(r, z), horner(lanes, z, sin)))),
    cos: f.let(lanes.add(
      lanes.sub(lanes.constant(1), lanes.mul(lanes.constant(0.5), z)), lanes.mul(lanes.mul(z, z), horner(lanes, z, cos))
    )),
  };
}

/** fdlibm's series of log (1 + t) in s = t / (2 + t), and log 2 in two parts; and musl's for single precision. */
const LOG = {
  float64: {
    series: [
      6.666666666666735130e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
      1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1
    ],
    high: 6.93147180369123816490e-1, low: 1.90821492927058770002e-10,
  },
  float32: {
    series: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841], high: 6.9313812256e-1, low: 9.0580006145e-6
  },
} as const;

/** √(−2 log(2^k (1 + t))), with 1 + t in [√½, √2). */
function radiusOf(f: FunctionBuilder, lanes: Lanes, t: V128, k: V128): V128 {
  const { series, high, low } = LOG[lanes.precision];
  const s = f.let(lanes.div(t, lanes.add(t, lanes.constant(2))));
  const z = f.let(lanes.mul(s, s));
  const halfSquare = f.let(lanes.mul(lanes.mul(t, t), lanes.constant(0.5)));
  const rest = lanes.add(
    lanes.mul(s, lanes.add(halfSquare, lanes.mul(z, horner(lanes, z, series)))), lanes.mul(k, lanes.constant(low))
  );
  const minusLog = f.let(lanes.sub(lanes.sub(lanes.sub(halfSquare, rest), t), lanes.mul(k, lanes.constant(high))));
  return f.let(lanes.sqrt(lanes.add(minusLog, minusLog)));
}

const EVEN_UNPACK = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
/** Bits of 1 and (nearly) of √½, which the reduction of log's argument is centred on. */
const ONE_64 = 0x3ff0000000000000n;
const ROOT_64 = 0x3fe6a09e00000000n;
const ONE_32 = 0x3f800000;
const ROOT_32 = 0x3f3504f3;

/** Of u = (m + ½)·2⁻⁵², m = h and the low 20 bits of a: exact in float64. */
function radii64(f: FunctionBuilder, lanes: Lanes, h: V128, a: V128): V128[] {
  const high = f.let(v128.or(i32x4.shrU(h, i32.constant(12)), i32x4.constant(0x3ff00000)));
  const low = f.let(v128.or(i32x4.shl(h, i32.constant(20)), v128.and(a, i32x4.constant(0xfffff))));
  return [EVEN_UNPACK, EVEN_UNPACK.map((byte) => byte + 8)].map((order) => {
    const u = f64x2.sub(v128.shuffle(order, low, high), f64x2.constant(1 - 2 ** -53));
    const bits = f.let(i64x2.add(u, i64x2.constant(ONE_64 - ROOT_64)));
    const m = i64x2.add(v128.and(bits, i64x2.constant(0xfffffffffffffn)), i64x2.constant(ROOT_64));
    // The exponent as a double, by way of the bits of 2⁵² + exponent.
    const k = f64x2.sub(
      v128.or(i64x2.shrU(bits, i32.constant(52)), i64x2.constant(0x4330000000000000n)), f64x2.constant(2 ** 52 + 1023)
    );
    return radiusOf(f, lanes, f.let(f64x2.sub(m, f64x2.constant(1))), f.let(k));
  });
}

/**
 * The same in float32: u below ½ and 1 − u above are both right to the last bit, so small radii are as fine as large
 * ones.
 */
function radius32(f: FunctionBuilder, lanes: Lanes, h: V128, a: V128): V128 {
  const upper = f.let(i32x4.shr(h, i32.constant(31)));
  const fine = f32x4.fromI32x4(v128.and(v128.xor(a, upper), i32x4.constant(0xfffff)));
  const nearest = f.let(f32x4.add(
    f32x4.mul(f32x4.fromI32x4(v128.xor(h, upper)), f32x4.constant(2 ** -32)),
    f32x4.mul(f32x4.add(fine, f32x4.constant(0.5)), f32x4.constant(2 ** -52)),
  ));
  const u = lanes.select(upper, f32x4.sub(f32x4.constant(1), nearest), nearest);
  const bits = f.let(i32x4.add(u, i32x4.constant(ONE_32 - ROOT_32)));
  const k = f.let(i32x4.sub(i32x4.shrU(bits, i32.constant(23)), i32x4.constant(127)));
  const m = i32x4.add(v128.and(bits, i32x4.constant(0x7fffff)), i32x4.constant(ROOT_32));
  // k = 0 only next to 1, where u − 1 is known better than u.
  const t = f.let(lanes.select(i32x4.eq(k, i32x4.constant(0)), f32x4.neg(nearest), f32x4.sub(m, f32x4.constant(1))));
  return radiusOf(f, lanes, t, f.let(f32x4.fromI32x4(k)));
}
