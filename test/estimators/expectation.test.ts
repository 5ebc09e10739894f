import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { expectations, l2Bias, sampleMean, weightedMean } from '../../src/estimators/expectation.ts';
import { modeMasses } from '../../src/estimators/modeMass.ts';
import { normalCdf } from '../../src/numerics/special.ts';

const M = 0.6;
function normals(seed: number, n: number): Float64Array {
  const out = new Float64Array(n);
  fillNormal(keyFromSeed(seed), 0, out);
  return out;
}
/** Weights that turn N(0, 1) into N(M, 1), up to a constant. */
const tilt = (x: Float64Array): Float64Array => x.map((v) => M * v - 400);

/** Mean of squared scores over repetitions, which should be 1. */
function calibration(repeat: (seed: number) => { value: number; standardError: number }, exact: number): number {
  let sum = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { value, standardError } = repeat(1000 + seed);
    sum += ((value - exact) / standardError) ** 2 / 300;
  }
  return sum;
}

describe('expectations', () => {
  it('weighted: E cos x under N(M, 1); the unweighted mean fails the same check', () => {
    const x = normals(1, 100_000);
    const values = x.map(Math.cos);
    const exact = Math.cos(M) * Math.exp(-0.5);
    const { value, standardError } = weightedMean(values, tilt(x));
    const close = (v: number): boolean => Math.abs(v - exact) < 5 * standardError;
    assert.ok(close(value));
    assert.ok(!close(sampleMean(values).value));
  });

  it('standard errors are calibrated, with weights and without', () => {
    const weighted = calibration((seed) => {
      const x = normals(seed, 600);
      return weightedMean(x, tilt(x));
    }, M);
    const plain = calibration((seed) => sampleMean(normals(seed, 50).map((v) => v + 1e6)), 1e6);
    for (const variance of [weighted, plain]) assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / 300));
    // Mutant: a weighted mean given the error of equal weights.
    const mutant = calibration((seed) => {
      const x = normals(seed, 600);
      return { value: weightedMean(x, tilt(x)).value, standardError: sampleMean(x).standardError };
    }, M);
    assert.ok(Math.abs(mutant - 1) > 5 * Math.sqrt(2 / 300));
  });

  it('several functions of points of two dimensions, in order', () => {
    const points = Float64Array.of(1, 2, 3, 4, 5, 6);
    const [sum, product] = expectations(points, 2, [(x): number => x[0] + x[1], (x): number => x[0] * x[1]], Float64Array.of(0, -Infinity, 0));
    assert.equal(sum.value, 7);
    assert.equal(product.value, 16);
    assert.equal(sampleMean(Float64Array.of(1, 2, 3, 6)).value, 3);
    assert.ok(Math.abs(sampleMean(Float64Array.of(1, 2, 3, 6)).standardError - Math.sqrt(14 / 3 / 4)) < 1e-15);
  });

  it('takes weights that are not finite for zero, and counts them', () => {
    const { value, nonFinite } = weightedMean(Float64Array.of(1, 3, 4, Infinity, 9), Float64Array.of(0, 0, NaN, -Infinity, Infinity));
    assert.equal(value, 2);
    assert.equal(nonFinite, 2);
    const zeros = Float64Array.of(0, 0, -Infinity, -Infinity, -Infinity);
    assert.deepEqual(weightedMean(Float64Array.of(1, 3, 4, Infinity, 9), Float64Array.of(0, 0, NaN, -Infinity, Infinity)).standardError, weightedMean(Float64Array.of(1, 3, 4, 5, 9), zeros).standardError);
  });

  it('has no mean of a function that is not finite where there is weight', () => {
    // √x of a standard normal has no mean, and that over x > 0 is another one's.
    const roots = normals(3, 1000).map(Math.sqrt);
    for (const { value, standardError, nonFinite } of [sampleMean(roots), weightedMean(roots, new Float64Array(1000))]) {
      assert.ok(Number.isNaN(value) && Number.isNaN(standardError));
      assert.equal(nonFinite, roots.filter(Number.isNaN).length);
    }
    assert.equal(weightedMean(roots, roots.map((root) => (Number.isNaN(root) ? -Infinity : 0))).nonFinite, 0, 'where there is none, it does not matter');
  });

  it('has no heavy tail where a bound on one side is full of values, and a few are far on the other', () => {
    const n = 20_000;
    const z = normals(5, 2 * n);
    // 99 in 100 are near to 1, the others between −1 and 0: nothing is beyond either bound.
    const values = Float64Array.from({ length: n }, (_, i) => (i % 100 === 0 ? -normalCdf(z[2 * i]) : 1 - 1e-5 * z[2 * i + 1] ** 2));
    for (const { tail, standardError } of [sampleMean(values), weightedMean(values, new Float64Array(n)), weightedMean(values.map((f) => -f), new Float64Array(n))]) {
      assert.ok(tail.k < 0.5 && tail.unseen < 0.5 * standardError, `k ${tail.k}, unseen ${tail.unseen}`);
    }
    // The same with a heavy tail on either side.
    const heavy = values.map((f, i) => (i % 100 === 0 ? f / normalCdf(z[2 * i]) ** 3 : f));
    for (const sign of [-1, 1]) {
      const { tail, standardError } = sampleMean(heavy.map((f) => sign * f));
      assert.ok(tail.k > 0.7 && tail.unseen > standardError, `k ${tail.k}, unseen ${tail.unseen}, error ${standardError}`);
    }
  });
  it('edge cases', () => {
    assert.ok(Number.isNaN(weightedMean(Float64Array.of(1), Float64Array.of(-Infinity)).value));
    assert.ok(Number.isNaN(sampleMean(Float64Array.of(1)).standardError));
    assert.throws(() => sampleMean(new Float64Array(0)), InputError);
    assert.throws(() => weightedMean(new Float64Array(2), new Float64Array(1)), InputError);
    assert.throws(() => expectations(new Float64Array(3), 2, [], null), InputError);
  });

  it('L2 bias', () => {
    assert.equal(l2Bias([1, 5, 2], [4, 1, null]), 5);
    assert.ok(Number.isNaN(l2Bias([1], [null])));
    assert.throws(() => l2Bias([1], []), InputError);
  });
});

describe('modeMasses', () => {
  const modesOf = (x: Float64Array): Int32Array => Int32Array.from(x, (v) => (v < -1 ? 0 : v < 0.5 ? 1 : 2));
  const exact = [normalCdf(-1 - M), normalCdf(0.5 - M) - normalCdf(-1 - M), 1 - normalCdf(0.5 - M)];

  it('weighted masses against the normal distribution; plain ones fail', () => {
    const x = normals(7, 50_000);
    const weighted = modeMasses(modesOf(x), 3, tilt(x)).masses;
    const plain = modeMasses(modesOf(x), 3, null).masses;
    weighted.forEach(({ value, standardError }, m) => assert.ok(Math.abs(value - exact[m]) < 5 * standardError));
    assert.ok(Math.abs(weighted.reduce((a, b) => a + b.value, 0) - 1) < 1e-12);
    plain.forEach(({ value, standardError }, m) => assert.ok(m === 1 || Math.abs(value - exact[m]) > 5 * standardError));
  });

  it('standard errors are calibrated', () => {
    for (const mode of [0, 2]) {
      const variance = calibration((seed) => {
        const x = normals(seed, 800);
        return modeMasses(modesOf(x), 3, tilt(x)).masses[mode];
      }, exact[mode]);
      assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / 300));
    }
  });

  it('samples of no mode count in the total; labels and lengths are checked', () => {
    const { masses } = modeMasses([0, 1, -1, 1], 3, null);
    assert.deepEqual(masses.map(({ value }) => value), [0.25, 0.5, 0]);
    assert.equal(masses[2].standardError, 0);
    const weighted = modeMasses([0, 1, 1], 2, Float64Array.of(0, 0, NaN));
    assert.equal(weighted.masses[0].value, 0.5);
    assert.equal(weighted.nonFinite, 1);
    assert.throws(() => modeMasses([2], 2, null), InputError);
    assert.throws(() => modeMasses([], 2, null), InputError);
    assert.throws(() => modeMasses([0], 1, new Float64Array(2)), InputError);
  });
});
