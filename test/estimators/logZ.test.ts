import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';

/** log-weights of N(0, 1) for exp(5 − (x − m)²/(2 s²)): log Z = 5 + log s + log √2π. */
function logWeights(seed: number, n: number): Float64Array {
  const x = new Float64Array(n);
  fillNormal(keyFromSeed(seed), 0, x);
  return x.map((v) => 5 - (v - 0.3) ** 2 / (2 * 0.8 ** 2) + 0.5 * v * v + 0.5 * Math.log(2 * Math.PI));
}
const EXACT = 5 + Math.log(0.8) + 0.5 * Math.log(2 * Math.PI);

describe('estimateLogZ', () => {
  it('is within five standard errors of the closed form; the mean of log w is not', () => {
    const w = logWeights(4, 50_000);
    const { value, standardError, nonFinite } = estimateLogZ(w);
    assert.ok(standardError > 0 && standardError < 0.01);
    assert.ok(Math.abs(value - EXACT) < 5 * standardError);
    assert.equal(nonFinite, 0);
    const mutant = w.reduce((a, b) => a + b, 0) / w.length;
    assert.ok(Math.abs(mutant - EXACT) > 5 * standardError);
  });

  it('its standard error is the spread over repetitions', () => {
    const repeats = Array.from({ length: 300 }, (_, seed) => estimateLogZ(logWeights(100 + seed, 500)));
    const scores = repeats.map(({ value, standardError }) => (value - EXACT) / standardError);
    const variance = scores.reduce((a, b) => a + b * b, 0) / scores.length;
    // A chi-square mean of 300: standard deviation √(2/300) = .082.
    assert.ok(Math.abs(variance - 1) < 5 * 0.082);
  });

  it('shifts exactly, and works far outside the range of exp', () => {
    const w = logWeights(4, 1000);
    const plain = estimateLogZ(w);
    for (const shift of [-5000, 5000]) {
      const shifted = estimateLogZ(w.map((v) => v + shift));
      assert.ok(Math.abs(shifted.value - shift - plain.value) < 1e-10);
      assert.ok(Math.abs(shifted.standardError - plain.standardError) < 1e-10);
    }
  });

  it('zeros count in n, NaN and +Infinity as zeros: they are counted', () => {
    assert.ok(Math.abs(estimateLogZ(Float64Array.of(0, -Infinity)).value - Math.log(0.5)) < 1e-15);
    // Weights 1 and 0: sd = 1/√2, mean = ½, n = 2.
    assert.ok(Math.abs(estimateLogZ(Float64Array.of(0, -Infinity)).standardError - 1) < 1e-15);
    const zeros = estimateLogZ(Float64Array.of(2, 2, -Infinity, -Infinity));
    assert.deepEqual(estimateLogZ(Float64Array.of(2, 2, NaN, Infinity)), { ...zeros, nonFinite: 2 });
    assert.ok(Math.abs(zeros.value - 2 - Math.log(0.5)) < 1e-15, 'half of the points have no density');
    assert.equal(estimateLogZ(Float64Array.of(-Infinity, -Infinity)).value, -Infinity);
    const lost = estimateLogZ(Float64Array.of(NaN));
    assert.equal(lost.value, -Infinity);
    assert.equal(lost.nonFinite, 1);
    const one = estimateLogZ(Float64Array.of(3));
    assert.equal(one.value, 3);
    assert.ok(Number.isNaN(one.standardError));
    assert.throws(() => estimateLogZ(new Float64Array(0)), InputError);
  });
});
