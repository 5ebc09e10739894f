import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { conditionalEss, effectiveSampleSize, forwardEss, truncatedForwardEss } from '../../src/estimators/ess.ts';

const logWeightArrays = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 50 }).map((a) => Float64Array.from(a));

function normals(seed: number, n: number): Float64Array {
  const out = new Float64Array(n);
  fillNormal(keyFromSeed(seed), 0, out);
  return out;
}

describe('effectiveSampleSize', () => {
  it('lies in [1, n] and does not change with a shift or the order', () => {
    fc.assert(fc.property(logWeightArrays, fc.integer({ min: -3000, max: 3000 }), (w, shift) => {
      const { value, fraction } = effectiveSampleSize(w);
      assert.ok(value >= 1 && value <= w.length);
      assert.equal(fraction, value / w.length);
      assert.ok(Math.abs(effectiveSampleSize(w.map((v) => v + shift)).value - value) < 1e-9 * value);
      assert.ok(Math.abs(effectiveSampleSize(w.slice().reverse()).value - value) < 1e-9 * value);
    }));
  });

  it('is n for equal weights, m when m of n are equal and the rest zero', () => {
    assert.equal(effectiveSampleSize(new Float64Array(7).fill(-900)).value, 7);
    assert.equal(effectiveSampleSize(Float64Array.of(2, 2, -Infinity, -Infinity)).value, 2);
    assert.equal(effectiveSampleSize(Float64Array.of(5)).value, 1);
  });

  // Proposal N(0, 1), target N(m, 1): log w = m x − m²/2, E w² = exp(m²), so the ESS fraction tends to exp(−m²).
  const m = 0.7;
  it('matches the closed form of two Gaussians, and a wrong formula does not', () => {
    const x = normals(1, 200_000);
    const logWeights = x.map((v) => m * v);
    const exact = Math.exp(-m * m);
    // Delta method: relative variance of (mean w)²/mean w² for log-normal w, bounded by that of w² over n.
    const relative = Math.sqrt((Math.exp(4 * m * m) - 1) / x.length);
    const close = (value: number): boolean => Math.abs(value / exact - 1) < 5 * relative;
    assert.ok(close(effectiveSampleSize(logWeights).fraction));
    // Mutant: exp(entropy) / n, another "effective size".
    const w = logWeights.map(Math.exp);
    const sum = w.reduce((a, b) => a + b, 0);
    const entropy = -w.reduce((a, b) => a + (b / sum) * Math.log(b / sum), 0);
    assert.ok(!close(Math.exp(entropy) / w.length));
  });

  it('counts NaN and +Infinity, takes −Infinity for zero', () => {
    assert.deepEqual(effectiveSampleSize(Float64Array.of(0, NaN, Infinity, -Infinity)), { value: 1, fraction: 0.25, nonFinite: 2 });
    assert.deepEqual(effectiveSampleSize(Float64Array.of(-Infinity, -Infinity)), { value: 0, fraction: 0, nonFinite: 0 });
    assert.throws(() => effectiveSampleSize(new Float64Array(0)), InputError);
  });
});

describe('conditionalEss', () => {
  it('is the ESS fraction for equal prior weights, and 1 for equal increments', () => {
    fc.assert(fc.property(logWeightArrays, (w) => {
      const flat = new Float64Array(w.length).fill(-4);
      assert.ok(Math.abs(conditionalEss(flat, w).fraction - effectiveSampleSize(w).fraction) < 1e-9);
      assert.ok(Math.abs(conditionalEss(w, flat).fraction - 1) < 1e-9);
    }));
  });

  it('agrees with duplicating samples by integer weights', () => {
    const prior = Float64Array.of(Math.log(3), Math.log(1), Math.log(2), -Infinity);
    const increments = Float64Array.of(0.2, -1, 1.5, 700);
    const duplicated = Float64Array.of(0.2, 0.2, 0.2, -1, 1.5, 1.5);
    assert.ok(Math.abs(conditionalEss(prior, increments).fraction - effectiveSampleSize(duplicated).fraction) < 1e-12);
  });

  it('takes what is not finite for zero, and counts it: left out it would flatter the map', () => {
    // α = 1, 0, 1 and w = 1, –, 0: (1 · 1)² / (1 · 1² · 2).
    assert.deepEqual(conditionalEss(Float64Array.of(0, NaN, 0), Float64Array.of(1, 1, Infinity)), { fraction: 0.5, nonFinite: 2 });
    for (const bad of [NaN, Infinity]) {
      assert.equal(conditionalEss(new Float64Array(3), Float64Array.of(1, 2, bad)).fraction, conditionalEss(new Float64Array(3), Float64Array.of(1, 2, -Infinity)).fraction);
    }
    assert.equal(conditionalEss(Float64Array.of(0), Float64Array.of(-Infinity)).fraction, 0);
    assert.throws(() => conditionalEss(new Float64Array(0), new Float64Array(0)), InputError);
    assert.throws(() => conditionalEss(new Float64Array(2), new Float64Array(1)), InputError);
  });
});

describe('forwardEss', () => {
  it('matches the closed form of two Gaussians on samples of the target', () => {
    const m = 0.7;
    const y = normals(2, 200_000).map((v) => v + m);
    const { fraction } = forwardEss(y.map((v) => m * v + 55));
    const relative = Math.sqrt((2 * (Math.exp(m * m) - 1)) / y.length);
    assert.ok(Math.abs(fraction / Math.exp(-m * m) - 1) < 5 * relative);
  });

  it('falls when the proposal misses a mode that its own ESS does not see', () => {
    // Target: half N(−4, 1), half N(4, 1). Proposal: N(4, 1) with a thousandth of N(−4, 1).
    const density = (v: number, left: number): number => left * Math.exp(-0.5 * (v + 4) ** 2) + (1 - left) * Math.exp(-0.5 * (v - 4) ** 2);
    const ratio = (v: number): number => Math.log(density(v, 0.5) / density(v, 0.001));
    const z = normals(3, 2000);
    const own = effectiveSampleSize(z.map((v) => ratio(v + 4))).fraction;
    const forward = forwardEss(z.map((v, i) => ratio(i % 2 === 0 ? v + 4 : v - 4))).fraction;
    assert.ok(own > 0.99);
    // E_q w² = .25/.001 + .25/.999
    assert.ok(Math.abs(forward - 1 / 250.25) < 1e-4);
  });

  it('edge cases', () => {
    assert.deepEqual(forwardEss(Float64Array.of(1, 1, NaN, -Infinity)), { fraction: 1, nonFinite: 2 });
    assert.deepEqual(forwardEss(Float64Array.of(1, Infinity)), { fraction: 0, nonFinite: 1 });
    assert.throws(() => forwardEss(new Float64Array(0)), InputError);
  });
});

describe('truncatedForwardEss', () => {
  const bulk = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => 0.2 * Math.sin(i));
  it('is the forward ESS where no weight is large', () => {
    assert.equal(truncatedForwardEss(bulk(1000)).fraction, forwardEss(bulk(1000)).fraction);
  });
  it('is hardly moved by single points in the tail, which bring the plain figure to nothing', () => {
    const ratios = bulk(20_000);
    ratios.fill(14, 0, 16);
    assert.ok(forwardEss(ratios).fraction < 0.01);
    assert.ok(truncatedForwardEss(ratios).fraction > 0.8);
  });
  it('still falls when a mode is missed', () => {
    for (const [share, most] of [[0.05, 0.2], [0.25, 0.05]] as const) {
      const ratios = bulk(20_000);
      ratios.fill(30, 0, share * ratios.length);
      assert.ok(truncatedForwardEss(ratios).fraction < most, `${share}: ${truncatedForwardEss(ratios).fraction}`);
    }
  });
  it('counts what is not finite as the plain one does', () => {
    const ratios = bulk(100);
    ratios[3] = NaN;
    assert.equal(truncatedForwardEss(ratios).nonFinite, 1);
    assert.throws(() => truncatedForwardEss(new Float64Array(0)), InputError);
  });
});
