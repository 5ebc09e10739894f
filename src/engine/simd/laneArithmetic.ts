/** Operations of lanes that WebAssembly lacks, with JavaScript's results: `%`, `Math.max`, conversion to int32. */
import type { FunctionBuilder } from '../wasm/functionBuilder.ts';
import { v128, type V128 } from '../wasm/instructions.ts';
import type { Lanes } from '../wasm/lanes.ts';

const isNumber = (value: number | undefined): boolean => value !== undefined && !Number.isNaN(value);

/** x and y with the faults of `pick` mended: it gives its first operand where the second is NaN. */
function propagating(
  lanes: Lanes, pick: (a: V128, b: V128) => V128, f: FunctionBuilder, a: V128, b: V128,
  [p, q]: readonly (number | undefined)[]
): V128 {
  if (isNumber(q)) return pick(a, b);
  if (isNumber(p)) return pick(b, a);
  const second = f.let(b);
  return v128.or(pick(a, second), lanes.ne(second, second));
}

/**
 * Math.max, but for the sign of zero: at most three instructions, where WebAssembly's own takes eight.
 * @param known the operands' values where they are the same for all points
 */
export const maximum = (
  f: FunctionBuilder, lanes: Lanes, a: V128, b: V128, known: readonly (number | undefined)[]
): V128 => propagating(lanes, lanes.pmax, f, a, b, known);

/** Math.min, as {@link maximum}. */
export const minimum = (
  f: FunctionBuilder, lanes: Lanes, a: V128, b: V128, known: readonly (number | undefined)[]
): V128 => propagating(lanes, lanes.pmin, f, a, b, known);

/** Veltkamp's constant: a float times this splits into halves whose products are exact. */
const SPLITTER = { float32: 2 ** 12 + 1, float64: 2 ** 27 + 1 } as const;
const SIGN = { float32: [0, 0, 0, 128], float64: [0, 0, 0, 0, 0, 0, 0, 128] } as const;

const signBits = ({ precision }: Lanes): V128 => v128.constant(precision === 'float32'
  ? [...SIGN.float32, ...SIGN.float32, ...SIGN.float32, ...SIGN.float32] : [...SIGN.float64, ...SIGN.float64]);

function split(f: FunctionBuilder, lanes: Lanes, x: V128): { readonly high: V128; readonly low: V128 } {
  const scaled = f.let(lanes.mul(x, lanes.constant(SPLITTER[lanes.precision])));
  const high = f.let(lanes.sub(scaled, lanes.sub(scaled, x)));
  return { high, low: f.let(lanes.sub(x, high)) };
}

/**
 * a % b with the sign of a, exact while |a / b| < 2^53 (2^24 in float32) and |b| < 10^299 (10^34): a − q·b with the
 * product in two parts (Dekker 1971), and one step back where rounding made the quotient q one too large.
 */
export function remainder(f: FunctionBuilder, lanes: Lanes, dividend: V128, divisor: V128): V128 {
  const { add, sub, mul, abs, select, lt, constant } = lanes;
  const given = f.let(dividend);
  const [a, b] = [f.let(abs(given)), f.let(abs(divisor))];
  const q = f.let(lanes.trunc(lanes.div(a, b)));
  const product = f.let(mul(q, b));
  const [x, y] = [split(f, lanes, q), split(f, lanes, b)];
  const rounding =
    sub(mul(x.low, y.low), sub(sub(sub(product, mul(x.high, y.high)), mul(x.low, y.high)), mul(x.high, y.low)));
  const rest = f.let(sub(sub(a, product), rounding));
  const exact = select(lt(rest, constant(0)), add(rest, b), rest);
  return v128.or(select(lt(a, b), a, exact), v128.and(given, signBits(lanes)));
}

/** As JavaScript's `x | 0` below 2^53; NaN, infinities and larger numbers give 0. */
export function toInteger(f: FunctionBuilder, lanes: Lanes, x: V128): V128 {
  const whole = f.let(lanes.trunc(x));
  return wrapInteger(f, lanes, v128.and(whole, lanes.lt(lanes.abs(whole), lanes.constant(2 ** 53))));
}

/** Modulo 2^32 into the range of int32. */
export function wrapInteger(f: FunctionBuilder, lanes: Lanes, x: V128): V128 {
  const value = f.let(x);
  const turns = lanes.floor(lanes.mul(lanes.add(value, lanes.constant(2 ** 31)), lanes.constant(2 ** -32)));
  return lanes.sub(value, lanes.mul(turns, lanes.constant(2 ** 32)));
}
