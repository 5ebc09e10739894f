/** Pooled states on paths between Gaussians, where every log Z_λ is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { bennett } from '../../src/estimators/bennett.ts';
import { effectiveSampleSize } from '../../src/estimators/ess.ts';
import { poolStates, type PooledStates } from '../../src/estimators/mbar.ts';
import { logSumExp } from '../../src/numerics/logSumExp.ts';
import { inputError } from '../store/folder.ts';

/** U0 standard normal, D = a (x − m)² / 2: U_λ is a normal of precision 1 + λa about λam / (1 + λa). */
interface Path {
  readonly a: number;
  readonly m: number;
}
const mean = ({ a, m }: Path, lambda: number): number => (lambda * a * m) / (1 + lambda * a);
const exactLogZ = (path: Path, lambda: number): number =>
  -0.5 * Math.log(1 + lambda * path.a) - 0.5 * lambda * path.a * path.m ** 2 + 0.5 * (1 + lambda * path.a) * mean(path, lambda) ** 2;

interface Pooled {
  readonly x: Float64Array;
  readonly differences: Float64Array;
  readonly rungs: Int32Array;
  readonly lambdas: Float64Array;
  readonly states: PooledStates;
}

/** Exact samples of every rung, counts[k] of rung k. */
function drawn(path: Path, lambdas: readonly number[], counts: readonly number[], seed: number): Pooled {
  const parts = lambdas.map((lambda, k) => {
    const z = new Float64Array(counts[k]);
    fillNormal(foldIn(foldIn(keyFromSeed(17), seed), k), 0, z);
    return z.map((value) => mean(path, lambda) + value / Math.sqrt(1 + lambda * path.a));
  });
  const x = Float64Array.from(parts.flatMap((part) => Array.from(part)));
  const rungs = Int32Array.from(parts.flatMap((part, k) => Array.from(part, () => k)));
  const differences = x.map((value) => 0.5 * path.a * (value - path.m) ** 2);
  return { x, differences, rungs, lambdas: Float64Array.from(lambdas), states: poolStates(differences, rungs, Float64Array.from(lambdas)) };
}

const path: Path = { a: 12, m: 1.5 };
const LAMBDAS = [0, 0.05, 0.2, 0.5, 1];
const COUNTS = [200, 150, 250, 100, 200];
const REPLICATIONS = 80;

/** Distance of the replications' mean from the truth, in its standard errors. */
function score(values: readonly number[], exact: number): number {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return Math.abs(average - exact) / Math.sqrt(variance / values.length);
}

const weightedMean = (x: Float64Array, logWeights: Float64Array): number => {
  const total = logSumExp(logWeights);
  return x.reduce((sum, value, i) => sum + value * Math.exp(logWeights[i] - total), 0);
};

describe('poolStates on a Gaussian path', () => {
  const pools = Array.from({ length: REPLICATIONS }, (_, seed) => drawn(path, LAMBDAS, COUNTS, seed));

  for (const lambda of [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1]) {
    it(`log Z and the mean at λ = ${lambda} are within five standard errors of the closed form`, () => {
      assert.ok(score(pools.map(({ states }) => logSumExp(states.logWeights(lambda))), exactLogZ(path, lambda)) < 5, 'log Z');
      assert.ok(score(pools.map(({ states, x }) => weightedMean(x, states.logWeights(lambda))), mean(path, lambda)) < 5, 'mean');
      // Mutant: as if all were samples of the first rung.
      const first = pools.map(({ differences }) => logSumExp(differences.map((d) => -lambda * d - Math.log(differences.length))));
      assert.ok(score(first, exactLogZ(path, lambda)) > 5, 'without the denominators');
    });
  }

  it('solves its own equations: the weights at a rung add up to its log Z', () => {
    for (const { states, lambdas } of pools.slice(0, 5)) {
      assert.equal(states.logZ[0], 0);
      lambdas.forEach((lambda, k) => { assert.ok(Math.abs(logSumExp(states.logWeights(lambda)) - states.logZ[k]) < 1e-8, `rung ${k}`); });
    }
  });

  it('gains from the pool: at every rung more effective samples than were drawn on it', () => {
    const { states } = pools[0];
    LAMBDAS.forEach((lambda, k) => { assert.ok(effectiveSampleSize(states.logWeights(lambda)).value > COUNTS[k], `rung ${k}`); });
  });

  it('a constant in D shifts log Z by −λ times it and changes no weight otherwise', () => {
    const { differences, rungs, lambdas, states } = pools[1];
    for (const constant of [-1000, 1000]) {
      const shifted = poolStates(differences.map((d) => d + constant), rungs, lambdas);
      lambdas.forEach((lambda, k) => { assert.ok(Math.abs(shifted.logZ[k] + lambda * constant - states.logZ[k]) < 1e-7, `rung ${k}`); });
      const [a, b] = [states.logWeights(0.35), shifted.logWeights(0.35)];
      assert.ok(a.every((value, i) => Math.abs(b[i] + 0.35 * constant - value) < 1e-7), 'weights');
    }
  });

  it('takes samples in any order', () => {
    const { differences, rungs, lambdas, states } = pools[2];
    const backwards = poolStates(differences.slice().reverse(), rungs.slice().reverse(), lambdas);
    lambdas.forEach((_, k) => { assert.ok(Math.abs(backwards.logZ[k] - states.logZ[k]) < 1e-8, `rung ${k}`); });
  });
});

describe('poolStates of two rungs', () => {
  /** log(Z_1 / Z_0) by Bennett's ratio of the same samples. */
  const byBennett = ({ differences, rungs, lambdas }: Pooled): number => {
    const works = (rung: number): Float64Array => differences.filter((_, i) => rungs[i] === rung).map((d) => -(lambdas[1] - lambdas[0]) * d);
    return bennett(works(0), works(1)).value;
  };
  for (const [lambdas, counts] of [[[0, 0.3], [500, 500]], [[0.1, 1], [2000, 100]], [[0, 1], [100, 1000]]] as const) {
    it(`is Bennett's ratio: λ = ${lambdas.join(' and ')}, ${counts.join(' and ')} samples`, () => {
      const pooled = drawn(path, lambdas, counts, 1000);
      assert.ok(Math.abs(pooled.states.logZ[1] - byBennett(pooled)) < 1e-7);
    });
  }

  for (const a of [1e3, 1e5]) {
    it(`so it is where few samples are common to both: a = ${a}`, () => {
      const pooled = drawn({ a, m: 0 }, [0, 1], [2000, 2000], 1001);
      const expected = byBennett(pooled);
      assert.ok(Math.abs(pooled.states.logZ[1] - expected) < 1e-6, `${pooled.states.logZ[1]}, by Bennett ${expected}, exact ${exactLogZ({ a, m: 0 }, 1)}`);
    });
  }

  it('and where a few values of D are huge, as far out in the base', () => {
    const pooled = drawn(path, [0, 0.2], [2000, 2000], 1002);
    pooled.differences.set([1e7, 1e8]);
    const { logZ } = poolStates(pooled.differences, pooled.rungs, pooled.lambdas);
    assert.ok(Math.abs(logZ[1] - byBennett(pooled)) < 1e-6, `${logZ[1]}, by Bennett ${byBennett(pooled)}`);
  });
});

describe('poolStates at its edges', () => {
  it('rungs that do not meet give a finite answer between what the samples of either say', () => {
    for (const gap of [10, 100, 1000, 1e5]) {
      const { logZ, logWeights } = poolStates(Float64Array.of(gap, gap + 1, 0, 1), Int32Array.of(0, 0, 1, 1), Float64Array.of(0, 1));
      assert.ok(logZ[1] > -gap - 1 && logZ[1] < 0, `gap ${gap}: ${logZ[1]}`);
      for (const lambda of [0, 0.5, 1]) assert.ok(logWeights(lambda).every(Number.isFinite), `gap ${gap}, λ = ${lambda}`);
    }
    const three = poolStates(Float64Array.of(5000, 5001, 300, 301, 0, 1), Int32Array.of(0, 0, 1, 1, 2, 2), Float64Array.of(0, 0.5, 1));
    assert.ok(three.logZ.every(Number.isFinite) && three.logZ[2] < three.logZ[1], Array.from(three.logZ).join(', '));
  });

  it('one rung, equal samples, and equal λ are no trouble', () => {
    const one = poolStates(Float64Array.of(1, 2, 3), new Int32Array(3), Float64Array.of(0.2));
    assert.deepEqual(Array.from(one.logZ), [0]);
    assert.ok(Math.abs(logSumExp(one.logWeights(0.2))) < 1e-12, 'weights at the rung add up to one');
    assert.ok(Math.abs(logSumExp(one.logWeights(0)) - Math.log((Math.exp(0.2) + Math.exp(0.4) + Math.exp(0.6)) / 3)) < 1e-12, 'plain reweighting');
    const equal = poolStates(new Float64Array(40).fill(7), Int32Array.from({ length: 40 }, (_, i) => i % 2), Float64Array.of(0, 1));
    assert.ok(Math.abs(equal.logZ[1] + 7) < 1e-9);
    const same = poolStates(Float64Array.of(1, 2, 3, 4), Int32Array.of(0, 1, 0, 1), Float64Array.of(0.5, 0.5));
    assert.ok(Math.abs(same.logZ[1]) < 1e-6, `two rungs that are one: ${same.logZ[1]}`);
  });

  it('refuses what makes no sense', () => {
    const [d, r, l] = [Float64Array.of(1, 2), Int32Array.of(0, 1), Float64Array.of(0, 1)];
    assert.throws(() => poolStates(d, Int32Array.of(0), l), inputError(/^mbar: needs one rung per sample, got 2 samples and 1 rungs$/));
    assert.throws(() => poolStates(new Float64Array(0), new Int32Array(0), l), inputError(/^mbar: needs one rung per sample, got 0 samples/));
    assert.throws(() => poolStates(d, Int32Array.of(0, 0), l), inputError(/^mbar: rung 1 has no samples$/));
    for (const rung of [2, -1]) assert.throws(() => poolStates(d, Int32Array.of(0, rung), l), inputError(/^mbar: rung -?\d is not in \[0, 2\)$/));
    for (const bad of [NaN, Infinity, -Infinity]) assert.throws(() => poolStates(Float64Array.of(1, bad), r, l), inputError(/^mbar: every difference must be finite$/));
  });
});
