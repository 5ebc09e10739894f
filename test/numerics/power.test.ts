/** Powers against references of two hundred bits; their special values, and hashes that no engine may change. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { integerPower, power } from '../../src/numerics/power.ts';
import { anyFloats } from '../engine/simd/vectorMathPoints.ts';
import { powReference, ulps } from '../engine/simd/vectorMathReference.ts';

const key = keyFromSeed(13);

/** Bases of all exponents, near 1 and of everyday size, each with exponents that give results of every size. */
function pairs(count: number): [x: number, y: number][] {
  const at = (name: string, k: number): number => uniform(foldIn(key, name), k);
  const any = anyFloats(foldIn(key, 'bases'), count, 'float64').map(Math.abs).filter((x) => x > 0);
  const bases = [
    ...any,
    ...Array.from({ length: count }, (_, k) => 1 + (at('near', k) - 0.5) * 2 ** (-50 * at('how near', k))),
    ...Array.from({ length: count }, (_, k) => 10 * at('ordinary', k)),
    Number.MIN_VALUE, 2 ** -1022, Number.MAX_VALUE, Math.SQRT2, Math.SQRT1_2,
    1 + Number.EPSILON, 1 - Number.EPSILON / 2,
  ];
  return bases.flatMap((x, k): [number, number][] => {
    const range = 750 / Math.abs(Math.log(x) || 1);
    const whole = Math.round(20 * at('whole', k) - 10);
    return [range * (2 * at('exponent', k) - 1), 2 * at('small', k) - 1, whole].map((y) => [x, y]);
  }).filter(([x, y]) => y !== 0 && Number.isFinite(y) && x !== 1);
}

/** Largest errors in units of the last place: of normal results, and of subnormal ones, which are rounded once more. */
function worst(f: (x: number, y: number) => number, count: number): { normal: number; subnormal: number } {
  const largest = { normal: 0, subnormal: 0 };
  for (const [x, y] of pairs(count)) {
    const got = f(x, y);
    const kind = got < 2 ** -1022 ? 'subnormal' : 'normal';
    largest[kind] = Math.max(largest[kind], ulps(got, powReference(x, y)));
  }
  return largest;
}

describe('power', () => {
  it('is right to 0.66 units of the last place', (context) => {
    const { normal, subnormal } = worst(power, 2500);
    context.diagnostic(`largest errors ${normal.toFixed(4)} and, of subnormal results, ${subnormal.toFixed(4)}`);
    assert.ok(normal <= 0.66 && subnormal <= 1.16, `${normal}, ${subnormal}`);
  });
  it('the check notices e^(y log x) in plain doubles', () => {
    assert.ok(worst((x, y) => Math.exp(y * Math.log(x)), 100).normal > 10);
  });
  it('has the special values of ECMAScript', () => {
    const finite = [0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, 2 ** 53, 2 ** 53 - 1, 1e300, -1e300, 5e-324];
    const values = [...finite, Infinity, -Infinity, NaN];
    for (const x of values) {
      for (const y of values) {
        const [got, want] = [power(x, y), x ** y];
        const close = Number.isFinite(want) && want !== 0 && Math.abs(got - want) <= 2 ** -52 * Math.abs(want);
        assert.ok(close || Object.is(got, want), `power(${x}, ${y}) = ${got}, should be ${want}`);
      }
    }
  });
  it('gives the same bits on every engine', () => {
    const results = Float64Array.from(pairs(300), ([x, y]) => power(x, y));
    assert.equal(createHash('sha256').update(results).digest('hex').slice(0, 16), '7ae8023217568c0c');
  });
});

describe('integerPower', () => {
  it('is exact for powers of two and small powers of small integers', () => {
    for (let n = -1022; n <= 1023; n++) assert.equal(Math.log2(integerPower(2, n)), n, `2^${n}`);
    for (let x = -9; x <= 9; x++) {
      for (let n = 0; n <= 12; n++) assert.equal(integerPower(x, n), Number(BigInt(x) ** BigInt(n)), `${x}^${n}`);
    }
    assert.deepEqual([integerPower(0.1, 0), integerPower(2, -2), integerPower(3, 1)], [1, 0.25, 3]);
  });
  it('is within its roundings of the exact power', () => {
    // Every product rounds once; squares double what is wrong with what they square.
    for (const n of [3, 7, 10, 100, 1000]) {
      assert.ok(ulps(integerPower(0.999, n), powReference(0.999, n)) <= n, `0.999^${n}`);
    }
  });
});
