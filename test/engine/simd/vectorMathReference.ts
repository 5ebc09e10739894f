/**
 * Elementary functions to some two hundred bits, in fixed point on BigInt: slow, and independent of what they test.
 * Where a first guess of Math.* is refined, the refinement's error is the fourth power of the guess's.
 */

/** m 2ᵉ. */
export interface Exact {
  readonly m: bigint;
  readonly e: number;
}

const BITS = 280;
const SCALE = BigInt(BITS);
const ONE = 1n << SCALE;
/** Below 2⁻⁷⁰ a function's first term is all that 140 bits can see. */
const TINY = 2 ** -70;

const view = new DataView(new ArrayBuffer(8));

/** A finite double, exactly. */
export function exact(x: number): Exact {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const stored = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const m = stored === 0 ? fraction : fraction | 0x10000000000000n;
  return { m: x < 0 ? -m : m, e: Math.max(stored, 1) - 1075 };
}

const shift = (m: bigint, by: number): bigint => (by >= 0 ? m << BigInt(by) : m >> BigInt(-by));
const fixed = ({ m, e }: Exact): bigint => shift(m, e + BITS);
const fromFixed = (m: bigint): Exact => ({ m, e: -BITS });
const times = (a: bigint, b: bigint): bigint => (a * b) >> SCALE;
const over = (a: bigint, b: bigint): bigint => (a << SCALE) / b;

function bitLength(m: bigint): number {
  return (m < 0n ? -m : m).toString(16).length * 4;
}

/** Division of exact numbers to BITS bits. */
function divide(a: Exact, b: Exact): Exact {
  const by = Math.max(0, BITS + bitLength(b.m) - bitLength(a.m));
  return { m: (a.m << BigInt(by)) / b.m, e: a.e - b.e - by };
}

function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt(Math.ceil(bitLength(n) / 2) + 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** artanh(1/n) and arctan(1/n) to `bits` bits. */
function inverseSeries(n: bigint, bits: number, alternate: boolean): bigint {
  let power = (1n << BigInt(bits)) / n;
  let sum = power;
  for (let k = 3n, sign = alternate ? -1n : 1n; power !== 0n; k += 2n, sign = alternate ? -sign : sign) {
    power /= n * n;
    sum += (sign * power) / k;
  }
  return sum;
}

const LN2 = 2n * inverseSeries(3n, BITS + 16, false) >> 16n;
/** π to as many bits as the largest double has before and these numbers have behind the point. */
const PI_BITS = 1100 + BITS;
const PI = 16n * inverseSeries(5n, PI_BITS, true) - 4n * inverseSeries(239n, PI_BITS, true);
const ROOT_PI = squareRoot((PI >> BigInt(PI_BITS - BITS)) << SCALE);

/** eˣ of a number in fixed point. */
function expFixed(x: bigint): Exact {
  const k = (x + LN2 / 2n) / LN2 - (x + LN2 / 2n < 0n ? 1n : 0n);
  const r = (x - k * LN2) >> 12n;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n && n < 60n; n++) {
    term = times(term, r) / n;
    sum += term;
  }
  for (let i = 0; i < 12; i++) sum = times(sum, sum);
  return { m: sum, e: Number(k) - BITS };
}

function sinCosFixed(r: bigint): { sin: bigint; cos: bigint } {
  const square = times(r, r);
  let [sin, cos, term] = [0n, 0n, ONE];
  for (let n = 0n; n < 120n && term !== 0n; n += 2n) {
    cos += term;
    const odd = times(term, r) / (n + 1n);
    sin += odd;
    term = -times(term, square) / ((n + 1n) * (n + 2n));
  }
  return { sin, cos };
}

/** sin and cos of any finite double: the remainder of π/2 in integers. */
function sinCosExact(x: number): { sin: Exact; cos: Exact } {
  const value = shift(exact(x).m, exact(x).e + PI_BITS);
  const quarter = PI / 2n;
  const n = (2n * value + quarter) / (2n * quarter) - (2n * value + quarter < 0n ? 1n : 0n);
  const { sin, cos } = sinCosFixed((value - n * quarter) >> BigInt(PI_BITS - BITS));
  const turn = Number(((n % 4n) + 4n) % 4n);
  const values = [sin, cos, -sin, -cos];
  return { sin: fromFixed(values[turn]), cos: fromFixed(values[(turn + 1) % 4]) };
}

function logFixed(x: number): bigint {
  const guess = Math.log(x);
  const { m, e } = expFixed(-fixed(exact(guess)));
  const big = exact(x);
  const d = shift(m * big.m, e + big.e + BITS) - ONE;
  const d2 = times(d, d);
  return fixed(exact(guess)) + d - d2 / 2n + times(d2, d) / 3n - times(d2, d2) / 4n;
}

/** arctan(a/b) for b ≥ 0, from a guess. */
function arctanFixed(a: bigint, b: bigint, guess: number): bigint {
  const { sin, cos } = sinCosFixed(fixed(exact(guess)));
  const d = over(times(a, cos) - times(b, sin), times(b, cos) + times(a, sin));
  return fixed(exact(guess)) + d - times(times(d, d), d) / 3n;
}

/** √π/2 erf(x) for x ≥ 0 by its series without cancellation (Abramowitz & Stegun 7.1.6). */
function erfFixed(x: bigint): bigint {
  const square = times(x, x);
  let [term, sum] = [x, x];
  for (let n = 1n; term > 0n; n++) {
    term = (2n * times(term, square)) / (2n * n + 1n);
    sum += term;
  }
  return times(sum, scaled(expFixed(-square)));
}
const scaled = ({ m, e }: Exact): bigint => shift(m, e + BITS);

/** erfc(x) for x ≥ 2 by its continued fraction (7.1.14). */
function erfcTail(x: bigint): Exact {
  const terms = Math.ceil(2500 / (Number(x >> (SCALE - 20n)) / 2 ** 20) ** 2) + 20;
  let tail = x;
  for (let k = terms; k > 0; k--) tail = x + (BigInt(k) * over(ONE, tail)) / 2n;
  return divide(expFixed(-times(x, x)), fromFixed(times(tail, ROOT_PI)));
}

/** Larger than every double. */
const BEYOND: Exact = { m: 1n, e: 2000 };

const negate = ({ m, e }: Exact): Exact => ({ m: -m, e });

export type Reference = (x: number) => Exact;

const erf: Reference = (x) => {
  if (Math.abs(x) < TINY) return divide({ ...exact(x), e: exact(x).e + 1 }, fromFixed(ROOT_PI));
  if (x < 0) return negate(erf(-x));
  if (x > 7) return exact(1);
  return fromFixed(over(2n * erfFixed(fixed(exact(x))), ROOT_PI));
};

/** Of finite doubles where the function is finite. */
export const references = {
  exp: (x) => (x < -800 ? exact(0) : x > 800 ? BEYOND : expFixed(fixed(exact(x)))),
  log: (x) => fromFixed(logFixed(x)),
  sin: (x) => (Math.abs(x) < TINY ? exact(x) : sinCosExact(x).sin),
  cos: (x) => sinCosExact(x).cos,
  tanh: (x) => {
    if (Math.abs(x) < TINY) return exact(x);
    if (Math.abs(x) > 100) return exact(Math.sign(x));
    const { m, e } = expFixed(2n * fixed(exact(x)));
    const square = shift(m, e + BITS);
    return fromFixed(over(square - ONE, square + ONE));
  },
  sigmoid: (x) => {
    if (Math.abs(x) > 800) return exact(x > 0 ? 1 : 0);
    if (x >= 0) return divide(exact(1), fromFixed(ONE + scaled(expFixed(-fixed(exact(x))))));
    const power = expFixed(fixed(exact(x)));
    return divide(power, fromFixed(ONE + scaled(power)));
  },
  sqrt: (x) => {
    const { m, e } = exact(x);
    const by = 400 + (e & 1);
    return { m: squareRoot(m << BigInt(by)), e: (e - by) / 2 };
  },
  erf,
  erfc: (x) => (x > 30 ? exact(0) : x > 2 ? erfcTail(fixed(exact(x))) : fromFixed(ONE - (Math.abs(x) < TINY ? 0n : scaled(erf(x))))),
  asin: (x) => {
    if (Math.abs(x) < TINY) return exact(x);
    const value = fixed(exact(x));
    return fromFixed(arctanFixed(value, squareRoot(ONE * ONE - value * value), Math.asin(x)));
  },
  atan: (x) => {
    if (Math.abs(x) < TINY) return exact(x);
    if (Math.abs(x) > 1) { // arctan of the reciprocal: both in the range of fixed point
      const { m, e } = divide(exact(1), exact(Math.abs(x)));
      const value = arctanFixed(ONE, shift(m, e + BITS), Math.atan(Math.abs(x)));
      return fromFixed(x < 0 ? -value : value);
    }
    return fromFixed(arctanFixed(fixed(exact(x)), ONE, Math.atan(x)));
  },
} as const satisfies Readonly<Record<string, Reference>>;

/** xʸ for x > 0. */
export const powReference = (x: number, y: number): Exact => {
  const power = y * Math.log(x);
  if (Math.abs(power) > 800) return power > 0 ? BEYOND : exact(0);
  const { m, e } = exact(y);
  return expFixed(shift(logFixed(x) * m, e));
};

/** |got − want| in units of the last place of `want` among doubles; both too large for a double: 0. */
export function ulps(got: number, want: Exact): number {
  if (Number.isNaN(got)) return Infinity;
  if (got === Infinity && want.m.toString(2).length + want.e > 1024) return 0;
  const { m, e } = Number.isFinite(got) ? exact(got) : { m: BigInt(Math.sign(got)), e: 1024 };
  const size = want.m < 0n ? -want.m : want.m;
  const length = size.toString(2).length;
  const place = Math.max(want.e + length - 53, -1074);
  const low = Math.min(want.e, e, place - 30);
  const difference = shift(m, e - low) - shift(want.m, want.e - low);
  return Math.abs(Number(shift(difference, low - place + 30))) / 2 ** 30;
}
