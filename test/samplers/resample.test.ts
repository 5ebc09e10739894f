/** Resampling: expectations that hold exactly, counts of systematic draws, and weights that are none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { chiSquareSurvival } from '../../src/numerics/special.ts';
import { resample, resamplingSchemes, takeRows, type ResamplingScheme } from '../../src/samplers/resample.ts';
import { inputError } from '../store/folder.ts';

const key = keyFromSeed(41);
const countsOf = (indices: Int32Array, n: number): Float64Array => {
  const counts = new Float64Array(n);
  for (const i of indices) counts[i] += 1;
  return counts;
};
const expectations = (logWeights: Float64Array, count: number): Float64Array => {
  const weights = logWeights.map((value) => (value < Infinity ? Math.exp(value) : 0));
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => (count * w) / total);
};

/** Mean counts over many draws beside their expectations, as a p-value: multinomial counts have variance n p (1 − p). */
function unbiased(draw: (name: Key) => Int32Array, logWeights: Float64Array, count: number): number {
  const repeats = 2000;
  const totals = new Float64Array(logWeights.length);
  for (let r = 0; r < repeats; r++) draw(foldIn(key, r)).forEach((i) => { totals[i] += 1; });
  const expected = expectations(logWeights, count * repeats);
  const positive = expected.filter((value) => value > 0).length;
  return chiSquareSurvival(totals.reduce((sum, total, i) => sum + (expected[i] > 0 ? (total - expected[i]) ** 2 / expected[i] : 0), 0), positive - 1);
}

const uneven = Float64Array.of(0, -1, 0.7, -3, -Infinity, 1.3, -0.2);

describe('resample', () => {
  it('systematic: every particle is taken the floor or the ceiling of its expectation', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 200 }), fc.nat(), (values, count, seed) => {
      const logWeights = Float64Array.from(values);
      const counts = countsOf(resample(logWeights, count, 'systematic', keyFromSeed(seed)), values.length);
      // Rounding of the sums of weights may move an expectation across an integer.
      expectations(logWeights, count).forEach((e, i) => { assert.ok(counts[i] >= Math.floor(e - 1e-9) && counts[i] <= Math.ceil(e + 1e-9), `${counts[i]} of ${e}`); });
    }));
  });

  it('multinomial: counts are those of independent draws, and systematic ones vary far less', () => {
    assert.ok(unbiased((name) => resample(uneven, 50, 'multinomial', name), uneven, 50) > 1e-4, 'expectations');
    // Mutant: log-weights taken for weights.
    const wrong = uneven.map((value) => Math.log(Math.max(0, value + 4)));
    assert.ok(unbiased((name) => resample(wrong, 50, 'multinomial', name), uneven, 50) < 1e-4, 'mutant');
    const expected = expectations(uneven, 50);
    const variance = (scheme: ResamplingScheme): number => {
      let sum = 0;
      for (let r = 0; r < 2000; r++) sum += (countsOf(resample(uneven, 50, scheme, foldIn(key, r)), 7)[5] - expected[5]) ** 2 / 2000;
      return sum;
    };
    const binomial = expected[5] * (1 - expected[5] / 50);
    assert.ok(Math.abs(variance('multinomial') / binomial - 1) < 5 * Math.sqrt(2 / 2000), 'variance of a binomial');
    assert.ok(variance('systematic') <= 0.25, 'a count of two values varies by at most a quarter');
  });

  it('systematic: unbiased as well', () => {
    const expected = expectations(uneven, 50);
    const repeats = 2000;
    const totals = new Float64Array(7);
    for (let r = 0; r < repeats; r++) countsOf(resample(uneven, 50, 'systematic', foldIn(key, r)), 7).forEach((n, i) => { totals[i] += n / repeats; });
    // A count is floor or ceiling: its variance is f (1 − f).
    expected.forEach((e, i) => {
      const f = e - Math.floor(e);
      assert.ok(Math.abs(totals[i] - e) <= 5 * Math.sqrt((f * (1 - f)) / repeats) + 1e-9, `${totals[i]} of ${e}`);
    });
  });

  for (const scheme of resamplingSchemes) {
    it(`${scheme}: in increasing order, by the key alone, for any scale of the weights`, () => {
      for (const count of [1, 7, 1000]) {
        const indices = resample(uneven, count, scheme, key);
        assert.equal(indices.length, count);
        assert.ok(indices.every((index, i) => i === 0 || index >= indices[i - 1]), 'order');
        assert.deepEqual(resample(uneven, count, scheme, key), indices, 'same key');
        for (const shift of [-2000, 2000]) assert.deepEqual(resample(uneven.map((value) => value + shift), count, scheme, key), indices, `shifted by ${shift}`);
      }
      assert.notDeepEqual(resample(uneven, 1000, 'multinomial', foldIn(key, 1)), resample(uneven, 1000, 'multinomial', key), 'another key');
      assert.equal(resample(uneven, 0, scheme, key).length, 0, 'none');
    });

    it(`${scheme}: what is not a finite weight gets nothing`, () => {
      const logWeights = Float64Array.of(NaN, -Infinity, 0, Infinity, -1, NaN, -Infinity);
      for (let r = 0; r < 50; r++) assert.ok(resample(logWeights, 20, scheme, foldIn(key, r)).every((i) => i === 2 || i === 4), `${r}`);
      assert.ok(resample(Float64Array.of(-Infinity, 5, NaN), 9, scheme, key).every((i) => i === 1), 'the only one');
      for (const none of [[], [-Infinity], [NaN, -Infinity, Infinity]]) assert.throws(() => resample(Float64Array.from(none), 3, scheme, key), inputError(/^resample: no particle has a positive weight$/));
    });

    it(`${scheme}: holds at weights too small for a number beside the largest`, () => {
      assert.ok(resample(Float64Array.of(-5000, 0, -5000), 100, scheme, key).every((i) => i === 1));
    });
  }
});

describe('takeRows', () => {
  it('takes rows by index, doubled or not', () => {
    assert.deepEqual(takeRows(Float64Array.of(1, 2, 3, 4, 5, 6), 2, Int32Array.of(2, 0, 2)), Float64Array.of(5, 6, 1, 2, 5, 6));
    assert.deepEqual(takeRows(Float64Array.of(1, 2, 3), 1, new Int32Array(0)), new Float64Array(0));
  });
});
