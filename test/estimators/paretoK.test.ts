import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { fitGeneralisedPareto } from '../../src/estimators/generalisedPareto.ts';
import { paretoK } from '../../src/estimators/paretoK.ts';

function uniforms(seed: number, n: number): Float64Array {
  const out = new Float64Array(n);
  fillUniform(keyFromSeed(seed), 0, out);
  return out;
}

describe('paretoK', () => {
  for (const k of [0.2, 0.5, 0.9, 1.5]) {
    it(`finds the shape ${k} of Pareto weights, whatever their scale`, () => {
      // w = u^(−k): a Pareto tail of shape k.
      const logWeights = uniforms(8, 100_000).map((u) => -k * Math.log(u));
      const result = paretoK(logWeights);
      assert.equal(result.tailSize, Math.ceil(3 * Math.sqrt(100_000)));
      // Asymptotic standard deviation of the shape: (1 + k)/√m; the prior's pull is under 10/m.
      const se = (1 + k) / Math.sqrt(result.tailSize);
      assert.ok(Math.abs(result.k - k) < 5 * se);
      assert.ok(Math.abs(paretoK(logWeights.map((v) => v + 900)).k - result.k) < 1e-6);
      // Mutant: the wrong tail.
      assert.ok(Math.abs(paretoK(logWeights.map((v) => -v)).k - k) > 5 * se);
    });
  }

  it('the fit alone: exponential exceedances have shape 0, uniform ones −1', () => {
    const m = 5000;
    const u = uniforms(9, m);
    const exponential = fitGeneralisedPareto(u.map((v) => -2.5 * Math.log(v)).sort());
    assert.ok(Math.abs(exponential.k) < 5 / Math.sqrt(m) + 10 / m);
    assert.ok(Math.abs(exponential.sigma / 2.5 - 1) < 5 * Math.sqrt(2 / m));
    assert.ok(Math.abs(fitGeneralisedPareto(u.slice().sort()).k + 1) < 0.05);
    assert.throws(() => fitGeneralisedPareto(new Float64Array(4)), InputError);
  });

  it('the fit draws k towards one half as ten more exceedances would', () => {
    // Quantiles of the uniform distribution, whose shape is −1: (−10 + 5) / 20 with the prior.
    const few = Float64Array.from({ length: 10 }, (_, i) => (i + 1) / 11);
    const { k } = fitGeneralisedPareto(few);
    assert.ok(Math.abs(k + 0.25) < 0.15, `${k}`);
  });

  it('agrees with a full sort, in any order of the weights', () => {
    const z = new Float64Array(20_000);
    fillNormal(keyFromSeed(2), 0, z);
    const { k, tailSize } = paretoK(z);
    assert.equal(paretoK(z.slice().sort()).k, k);
    assert.equal(paretoK(z.slice().sort().reverse()).k, k);
    const sorted = z.slice().sort();
    const cutoff = Math.exp(sorted[z.length - tailSize - 1] - sorted[z.length - 1]);
    const tail = sorted.slice(-tailSize).map((v) => Math.exp(v - sorted[z.length - 1]) - cutoff);
    assert.equal(fitGeneralisedPareto(tail).k, k);
  });

  it('a good proposal has a small k, a narrow one a large k', () => {
    const x = new Float64Array(50_000);
    fillNormal(keyFromSeed(3), 0, x);
    // Proposal N(0, 1), target N(0, s²): w ∝ exp(x²/2 · (1 − 1/s²)) has Pareto shape 1 − 1/s².
    const shape = (s: number): number => paretoK(x.map((v) => 0.5 * v * v * (1 - 1 / (s * s)))).k;
    assert.ok(shape(0.9) < 0.3);
    assert.ok(shape(3) > 0.7);
  });

  it('edge cases', () => {
    assert.equal(paretoK(new Float64Array(1000).fill(-3)).k, -Infinity);
    assert.ok(Number.isNaN(paretoK(new Float64Array(10)).k));
    assert.ok(Number.isNaN(paretoK(new Float64Array(1000).fill(-Infinity)).k));
    const towering = new Float64Array(1000);
    towering[3] = 20;
    assert.equal(paretoK(towering).k, Infinity);
    const z = uniforms(1, 1000);
    const spoiled = Float64Array.of(NaN, Infinity, ...z, NaN);
    assert.deepEqual(paretoK(spoiled), { ...paretoK(spoiled.map((value) => (value < Infinity ? value : -Infinity))), nonFinite: 3 });
    // Log-weights over thousands of nats, as of an untrained flow.
    assert.ok(paretoK(z.map((v) => 5000 * v)).k > 1);
    assert.throws(() => paretoK(new Float64Array(0)), InputError);
  });
});
