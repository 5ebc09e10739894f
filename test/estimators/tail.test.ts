/** The unseen tail: errors of means of Pareto weights, over many repetitions, in units of what is said of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { estimateLogZ } from '../../src/estimators/logZ.ts';
import { paretoK } from '../../src/estimators/paretoK.ts';
import { fitTail, LargestValues, tailSizeOf } from '../../src/estimators/tail.ts';

/** log-weights u^(−k), whose mean is 1 / (1 − k). */
function paretoWeights(k: number, n: number, seed: number): Float64Array {
  const u = new Float64Array(n);
  fillUniform(foldIn(keyFromSeed(seed), 'tail'), 0, u);
  return u.map((value) => -k * Math.log(value));
}

/** Root mean square of (estimate − log Z) / error, with and without what was not seen. */
function spread(k: number, n: number, repetitions: number): { plain: number; whole: number } {
  let [plain, whole] = [0, 0];
  for (let r = 0; r < repetitions; r++) {
    const logWeights = paretoWeights(k, n, r);
    const { value, standardError } = estimateLogZ(logWeights);
    const error = value + Math.log(1 - k);
    const { unseen } = paretoK(logWeights);
    plain += (error / standardError) ** 2;
    whole += (error / Math.hypot(standardError, unseen)) ** 2;
  }
  return { plain: Math.sqrt(plain / repetitions), whole: Math.sqrt(whole / repetitions) };
}

describe('the unseen tail', () => {
  const repetitions = 300;
  // Of a root mean square of 300 normals: 1/√600 = 0.041; of heavier errors a few times that.
  for (const [k, low] of [[0.3, 0.85], [0.5, 0.75], [0.7, 0.75], [0.8, 0.75]] as const) {
    it(`gives means of weights with k = ${k} errors of unit spread`, () => {
      const { plain, whole } = spread(k, 4000, repetitions);
      assert.ok(whole > low && whole < 1.35, `with it ${whole.toFixed(2)}`);
      if (k >= 0.7) assert.ok(plain > 1.5, `the standard error alone is too small: ${plain.toFixed(2)}`);
    });
  }

  it('is negligible where weights are bounded, and infinite where they have no mean', () => {
    const bounded = paretoK(paretoWeights(-0.5, 10_000, 1));
    assert.ok(bounded.unseen < 1e-3 * estimateLogZ(paretoWeights(-0.5, 10_000, 1)).standardError);
    assert.equal(paretoK(paretoWeights(1.5, 10_000, 1)).unseen, Infinity);
    assert.deepEqual(fitTail(new Float64Array(tailSizeOf(1000) + 1).fill(2), 1000), { k: -Infinity, kError: 0, tailSize: 95, unseen: 0 });
  });

  it('scales as the values do, and shrinks as more are seen', () => {
    const logWeights = paretoWeights(0.5, 10_000, 2);
    const largest = (values: Float64Array): Float64Array => {
      const kept = new LargestValues(values.length);
      values.forEach((value) => kept.add(value));
      return kept.ascending();
    };
    const weights = logWeights.map(Math.exp);
    const tail = fitTail(largest(weights), weights.length);
    const scaled = fitTail(largest(weights.map((w) => 1000 * w)), weights.length);
    assert.ok(Math.abs(scaled.unseen / tail.unseen / 1000 - 1) < 1e-9);
    assert.ok(paretoK(paretoWeights(0.5, 400_000, 2)).unseen < 0.5 * paretoK(paretoWeights(0.5, 4000, 2)).unseen);
  });

  it('says what it cannot tell', () => {
    assert.ok(Number.isNaN(fitTail(Float64Array.of(1, 2), 10).unseen));
    assert.ok(Number.isNaN(paretoK(new Float64Array(1000).fill(-Infinity)).unseen));
    assert.throws(() => fitTail(new Float64Array(0), 0), InputError);
  });
});
