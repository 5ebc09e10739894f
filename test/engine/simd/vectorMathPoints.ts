/** Where elementary functions are looked at: all exponents, the usual range, and the neighbourhoods where formulas change. */
import type { Precision } from '../../../src/engine/executor.ts';
import { fillUniform, foldIn, keyFromSeed, threefry, uniform, word, type Key } from '../../../src/engine/random.ts';
import type { Floats } from './vectorMathHarness.ts';

export interface Where {
  /** Intervals that are covered densely. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Points whose nearest floats on both sides are taken. */
  readonly near?: readonly number[];
  /** Also the floats about multiples of π/2. */
  readonly circle?: boolean;
}

const NEIGHBOURS = 4;

/** Its bits as an integer, so that neighbours are neighbours. */
function around(x: number, precision: Precision): number[] {
  const floats = precision === 'float32' ? Float32Array.of(x) : Float64Array.of(x);
  const bits = precision === 'float32' ? new Int32Array(floats.buffer) : new BigInt64Array(floats.buffer);
  const start = BigInt(bits[0]);
  return Array.from({ length: 2 * NEIGHBOURS + 1 }, (_, k) => {
    const moved = start + BigInt(k - NEIGHBOURS);
    if (bits instanceof Int32Array) bits[0] = Number(BigInt.asIntN(32, moved));
    else bits[0] = moved;
    return floats[0];
  });
}

/** Floats with uniform bits: every exponent and both signs alike. Finite. */
export function anyFloats(key: Key, count: number, precision: Precision): number[] {
  const words = new Int32Array(2);
  const floats = precision === 'float32' ? new Float32Array(words.buffer) : new Float64Array(words.buffer);
  return Array.from({ length: count }, (_, k) => {
    threefry(key.k0, key.k1, k, 0);
    words.set(word);
    return floats[0];
  }).filter(Number.isFinite);
}

/** @param count points per interval, and of any bits */
export function points({ ranges, near = [], circle = false }: Where, count: number, precision: Precision): Floats {
  const key = keyFromSeed(19);
  const list = anyFloats(foldIn(key, 'bits'), count, precision);
  ranges.forEach(([from, to], k) => {
    const draws = new Float64Array(count);
    fillUniform(foldIn(foldIn(key, 'range'), k), 0, draws);
    for (const u of draws) list.push(from + (to - from) * u);
  });
  for (const x of near) list.push(...around(x, precision), ...around(-x, precision));
  if (circle) {
    // Multiples of every size: most of them small.
    for (let k = 0; k < count / 4; k++) {
      const n = Math.floor(2 ** (30 * uniform(foldIn(key, 'circle'), 0, k)));
      list.push(...around((n * Math.PI) / 2, precision));
    }
  }
  const array = precision === 'float32' ? Float32Array.from(list) : Float64Array.from(list);
  return array.filter(Number.isFinite);
}
