import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fillNormal, fillUniform, foldIn, keyFromSeed, threefry, threefry13, toUniform, uniform, word, type Key } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { erfc } from '../../src/numerics/special.ts';

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
const keys = fc.record({ k0: fc.integer(), k1: fc.integer() });

/** sup |F_n − F|, in units of 1/√n: above 2.2 with probability 1e-4. */
function kolmogorov(sample: Float64Array, cdf: (x: number) => number): number {
  const sorted = sample.slice().sort();
  const n = sorted.length;
  let gap = 0;
  for (let i = 0; i < n; i++) gap = Math.max(gap, cdf(sorted[i]) - i / n, (i + 1) / n - cdf(sorted[i]));
  return gap * Math.sqrt(n);
}

/** Σ xᵏ/n of every k against its exact value, in standard errors. */
function momentScores(sample: Float64Array, exact: readonly number[], variances: readonly number[]): number[] {
  return exact.map((value, i) => {
    const mean = sample.reduce((sum, x) => sum + x ** (i + 1), 0) / sample.length;
    return (mean - value) / Math.sqrt(variances[i] / sample.length);
  });
}

/** √n times the correlation of two samples: a standard normal when they are independent. */
function correlation(a: Float64Array, b: Float64Array): number {
  const centre = (x: Float64Array): Float64Array => { const mean = x.reduce((s, v) => s + v, 0) / x.length; return x.map((v) => v - mean); };
  const [p, q] = [centre(a), centre(b)];
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return (dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q))) * Math.sqrt(a.length);
}

const draw = (key: Key, n: number): Float64Array => {
  const out = new Float64Array(n);
  fillUniform(key, 0, out);
  return out;
};

describe('threefry', () => {
  it('gives the known answers of Random123', () => {
    const answers = [
      { counter: [0, 0], key: [0, 0], expected: '6b200159 99ba4efe' },
      { counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], expected: '1cb996fc bb002be7' },
      { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], expected: 'c4923a9c 483df7a0' },
    ];
    for (const { counter, key, expected } of answers) {
      threefry(key[0] | 0, key[1] | 0, counter[0] | 0, counter[1] | 0);
      assert.equal(`${hex(word[0])} ${hex(word[1])}`, expected, `counter ${counter.map(hex).join(' ')}`);
    }
  });

  it('gives them with thirteen rounds too', () => {
    const answers = [
      { counter: [0, 0], key: [0, 0], expected: '9d1c5ec6 8bd50731' },
      { counter: [0xffffffff, 0xffffffff], key: [0xffffffff, 0xffffffff], expected: 'fd36d048 2d17272c' },
      { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], expected: 'ba3e4725 f27d669e' },
    ];
    for (const { counter, key, expected } of answers) {
      threefry13(key[0] | 0, key[1] | 0, counter[0] | 0, counter[1] | 0);
      assert.equal(`${hex(word[0])} ${hex(word[1])}`, expected, `counter ${counter.map(hex).join(' ')}`);
    }
  });

  it('is a bijection of counters: different counters never collide', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      threefry(7, -3, i, 0);
      seen.add(`${word[0]},${word[1]}`);
    }
    assert.equal(seen.size, 20_000, 'collisions');
  });
});

describe('uniform', () => {
  it('lies in the open interval (0, 1) even for the extreme words', () => {
    for (const [high, low] of [[0, 0], [-1, -1], [0xffffffff, 0xffffffff], [0, -1], [-1, 0]]) {
      const u = toUniform(high, low);
      assert.ok(u > 0 && u < 1, `${high} ${low} gives ${u}`);
    }
    assert.equal(toUniform(0, 0), 2 ** -53, 'the smallest');
    assert.equal(toUniform(-1, -1), 1 - 2 ** -53, 'the largest');
  });

  it('is uniform: Kolmogorov–Smirnov and four moments', () => {
    const u = draw(keyFromSeed(1), 100_000);
    assert.ok(kolmogorov(u, (x) => x) < 2.2, `KS ${kolmogorov(u, (x) => x)}`);
    const scores = momentScores(u, [1 / 2, 1 / 3, 1 / 4, 1 / 5], [1, 2, 3, 4].map((k) => 1 / (2 * k + 1) - 1 / (k + 1) ** 2));
    assert.ok(scores.every((z) => Math.abs(z) < 4.5), `moments off by ${scores.join(', ')} standard errors`);
    // Mutant: a square root shifts the distribution, and the test sees it.
    assert.ok(kolmogorov(u.map(Math.sqrt), (x) => x) > 2.2, 'KS must see a mutant');
  });

  it('does not depend on how a stream is split', () => {
    fc.assert(fc.property(keys, fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 30 }), (key, counter, index) => {
      const filled = new Float64Array(index + 3);
      fillUniform(key, counter, filled, 1);
      assert.equal(filled[0], 0, 'entries before start stay');
      assert.equal(filled[index + 1], uniform(key, counter, index), 'one draw and a filled array agree');
    }));
  });

  it('has independent coordinates, counters and children', () => {
    const key = keyFromSeed(3);
    const n = 50_000;
    const pairs: [string, Float64Array, Float64Array][] = [
      ['lag 1', draw(key, n), draw(key, n + 1).subarray(1)],
      ['counters', draw(key, n), Float64Array.from({ length: n }, (_, i) => uniform(key, 1, i))],
      ['children 0 and 1', draw(foldIn(key, 0), n), draw(foldIn(key, 1), n)],
      ['words', draw(foldIn(key, 'rows'), n), draw(foldIn(key, 'base'), n)],
      ['parent and child', draw(key, n), draw(foldIn(key, 0), n)],
      ['seeds', draw(keyFromSeed(10), n), draw(keyFromSeed(11), n)],
      ['grandchildren in the other order', draw(foldIn(foldIn(key, 1), 2), n), draw(foldIn(foldIn(key, 2), 1), n)],
    ];
    for (const [name, a, b] of pairs) assert.ok(Math.abs(correlation(a, b)) < 4.5, `${name}: correlation of ${correlation(a, b)} standard errors`);
  });
});

describe('foldIn and keyFromSeed', () => {
  it('give distinct children for distinct names', () => {
    const key = keyFromSeed(5);
    const names: (string | number)[] = [...Array.from({ length: 3000 }, (_, i) => i), -1, 'a', 'b', 'ab', 'ba', 'aa', 'base', 'rows', 'base rows', '0', '1', ''];
    const children = new Set(names.map((name) => JSON.stringify(foldIn(key, name))));
    assert.equal(children.size, names.length, 'two names share a stream');
  });

  it('take the whole seed', () => {
    assert.deepEqual(keyFromSeed(2 ** 32 + 7), { k0: 1, k1: 7 }, 'high word');
    assert.notDeepEqual(keyFromSeed(2 ** 40), keyFromSeed(0), 'the high bits count');
    for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => keyFromSeed(seed), InputError, `seed ${seed}`);
  });
});

describe('fillNormal', () => {
  const z = new Float64Array(100_000);
  fillNormal(keyFromSeed(2), 0, z);
  const cdf = (x: number): number => 0.5 * erfc(-x / Math.SQRT2);

  it('is standard normal: Kolmogorov–Smirnov and four moments', () => {
    assert.ok(kolmogorov(z, cdf) < 2.2, `KS ${kolmogorov(z, cdf)}`);
    const scores = momentScores(z, [0, 1, 0, 3], [1, 2, 15, 96]);
    assert.ok(scores.every((score) => Math.abs(score) < 4.5), `moments off by ${scores.join(', ')} standard errors`);
    assert.ok(kolmogorov(z.map((value) => 1.03 * value), cdf) > 2.2, 'KS must see a mutant of scale 1.03');
  });

  it('has independent pairs (both halves of Box–Muller)', () => {
    const even = z.filter((_, i) => i % 2 === 0);
    const odd = z.filter((_, i) => i % 2 === 1);
    assert.ok(Math.abs(correlation(even, odd)) < 4.5, 'cos and sin halves');
    assert.ok(Math.abs(correlation(even.map((v) => v * v), odd.map((v) => v * v))) < 4.5, 'their squares');
  });

  it('reaches the tails: counts beyond 3 and 4 are right', () => {
    const many = new Float64Array(1_000_000);
    fillNormal(keyFromSeed(4), 0, many);
    for (const limit of [3, 4]) {
      const expected = many.length * erfc(limit / Math.SQRT2);
      const found = many.reduce((sum, value) => sum + (Math.abs(value) > limit ? 1 : 0), 0);
      assert.ok(Math.abs(found - expected) < 5 * Math.sqrt(expected), `${found} beyond ${limit}, expected ${expected}`);
    }
  });

  it('fills an odd count and leaves the rest alone', () => {
    fc.assert(fc.property(keys, fc.integer({ min: 0, max: 9 }), (key, count) => {
      const out = new Float64Array(12).fill(99);
      fillNormal(key, 8, out, 1, count);
      const all = new Float64Array(12);
      fillNormal(key, 8, all);
      assert.deepEqual(Array.from(out.subarray(1, 1 + count)), Array.from(all.subarray(0, count)), 'the same draws');
      assert.ok(out[0] === 99 && out.subarray(1 + count).every((value) => value === 99), 'entries outside are left alone');
    }));
  });
});
