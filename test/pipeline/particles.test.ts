/** Weighted particles in groups: their estimates beside closed forms, and standard errors that are what they say. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { logMeanExp } from '../../src/numerics/logSumExp.ts';
import { equallyWeighted, essOf, groupMeans, logZOfGroups, massesOfGroups, resampleGroups, type Particles } from '../../src/samplers/particles.ts';
import { resamplingSchemes } from '../../src/samplers/resample.ts';
import { inputError } from '../store/folder.ts';

const key = keyFromSeed(53);
const N = 600;
const G = 20;
const REPEATS = 500;
/** A t statistic of G − 1 degrees has this variance, and z² a spread of about the normal's. */
const T_VARIANCE = (G - 1) / (G - 3);
const SPREAD = T_VARIANCE * Math.sqrt(2 / REPEATS) * Math.sqrt((G - 4) / (G - 5) + 6 / (2 * (G - 5)));

/**
 * Points x ~ N(0, 1) with weights exp(c x + 3): mean weight exp(3 + c²/2), weighted points N(c, 1). Neighbours come in
 * identical pairs if asked, as after resampling.
 */
const TILT = 0.6;
function ensemble(name: Key, twins = false): Particles {
  const points = new Float64Array(N);
  fillNormal(name, 0, points);
  if (twins) for (let i = 1; i < N; i += 2) points[i] = points[i - 1];
  return { points, logWeights: points.map((x) => TILT * x + 3) };
}
const LOG_Z = 3 + TILT ** 2 / 2;

const meanSquare = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0) / values.length;

describe('logZOfGroups', () => {
  for (const twins of [false, true]) {
    it(`is within its standard error of the closed form${twins ? ', also for particles that come in pairs within a group' : ''}`, () => {
      const scores: number[] = [];
      const naive: number[] = [];
      for (let r = 0; r < REPEATS; r++) {
        const { logWeights } = ensemble(foldIn(key, r), twins);
        const { value, standardError } = logZOfGroups(logWeights, G);
        // Compared as Z, where the estimate is unbiased; the error is relative.
        const gap = Math.expm1(value - LOG_Z) / Math.exp(value - LOG_Z);
        scores.push(gap / standardError);
        const mean = Math.exp(logMeanExp(logWeights));
        naive.push(gap / (Math.sqrt(logWeights.reduce((sum, w) => sum + (Math.exp(w) / mean - 1) ** 2, 0) / (N - 1)) / Math.sqrt(N)));
      }
      assert.ok(Math.abs(meanSquare(scores) - T_VARIANCE) < 5 * SPREAD, `variance ${meanSquare(scores)}, ${T_VARIANCE} expected`);
      // Mutant: an error from single particles, as if they were independent.
      if (twins) assert.ok(meanSquare(naive) > T_VARIANCE + 5 * SPREAD, `naive ${meanSquare(naive)}`);
    });
  }

  it('holds at any scale, and shows a group without weight', () => {
    const { logWeights } = ensemble(key);
    const plain = logZOfGroups(logWeights, G);
    for (const shift of [-4000, 4000]) {
      const shifted = logZOfGroups(logWeights.map((value) => value + shift), G);
      assert.ok(Math.abs(shifted.value - shift - plain.value) < 1e-9 && Math.abs(shifted.standardError - plain.standardError) < 1e-9, `${shift}`);
    }
    const halfDead = logWeights.map((value, i) => (i < N / 2 ? -Infinity : value));
    const half = logZOfGroups(halfDead, G);
    assert.ok(Math.abs(half.value - logMeanExp(halfDead)) < 1e-12, 'the dead count in the mean');
    assert.ok(half.standardError > 0.15, `groups that differ by all of their weight: ${half.standardError}`);
    assert.equal(logZOfGroups(new Float64Array(N).fill(-Infinity), G).value, -Infinity);
  });

  it('counts NaN and +Infinity as no weight', () => {
    const { logWeights } = ensemble(key);
    const [spoiled, zeroed] = [logWeights.slice(), logWeights.slice()];
    [5, 77, 300].forEach((i, k) => {
      spoiled[i] = k === 1 ? Infinity : NaN;
      zeroed[i] = -Infinity;
    });
    assert.deepEqual(logZOfGroups(spoiled, G), logZOfGroups(zeroed, G));
    assert.deepEqual(groupMeans(spoiled, G), groupMeans(zeroed, G));
  });

  it('groups that do not divide the number of particles hold all of them', () => {
    const logWeights = Float64Array.from({ length: 103 }, (_, i) => (i === 102 ? 5 : 0));
    assert.ok(groupMeans(logWeights, 8)[7] > 0, 'the last particle is in the last group');
    assert.ok(logZOfGroups(new Float64Array(103).fill(2.5), 8).standardError < 1e-12);
  });
});

describe('massesOfGroups', () => {
  // Modes: x < 0, 0 ≤ x < 1, the rest, under N(TILT, 1).
  const label = (x: number): number => (x < 0 ? 0 : x < 1 ? 1 : 2);
  const exact = [0.2742531177500736, 0.3811686, 0.3445783];

  it('is within its standard errors of the closed form, for pairs of particles too', () => {
    for (const twins of [false, true]) {
      const scores: number[][] = [[], [], []];
      for (let r = 0; r < REPEATS; r++) {
        const { points, logWeights } = ensemble(foldIn(key, r), twins);
        const masses = massesOfGroups(Int32Array.from(points, label), 3, logWeights, G);
        assert.ok(Math.abs(masses.reduce((sum, { value }) => sum + value, 0) - 1) < 1e-12, 'they add up to one');
        masses.forEach(({ value, standardError }, k) => { scores[k].push((value - exact[k]) / standardError); });
      }
      scores.forEach((each, k) => { assert.ok(Math.abs(meanSquare(each) - T_VARIANCE) < 5 * SPREAD, `mode ${k}, twins ${twins}: ${meanSquare(each)}`); });
    }
  });

  it('is the share of the weights, group or no group', () => {
    const { points, logWeights } = ensemble(key);
    const total = logWeights.reduce((sum, w) => sum + Math.exp(w), 0);
    const expected = logWeights.reduce((sum, w, i) => sum + (label(points[i]) === 2 ? Math.exp(w) / total : 0), 0);
    assert.ok(Math.abs(massesOfGroups(Int32Array.from(points, label), 3, logWeights, G)[2].value - expected) < 1e-12);
    const shifted = massesOfGroups(Int32Array.from(points, label), 3, logWeights.map((w) => w - 3000), G)[2].value;
    assert.ok(Math.abs(shifted - expected) < 1e-9, 'at any scale');
  });

  it('passes over dead groups and weights that are none', () => {
    const { points, logWeights } = ensemble(key);
    logWeights.fill(-Infinity, 0, N / G);
    logWeights[200] = NaN;
    logWeights[201] = Infinity;
    const masses = massesOfGroups(Int32Array.from(points, label), 3, logWeights, G);
    assert.ok(masses.every(({ value, standardError }) => value > 0 && standardError > 0 && standardError < 0.1), JSON.stringify(masses));
    assert.ok(Math.abs(masses.reduce((sum, { value }) => sum + value, 0) - 1) < 1e-12);
  });
});

describe('resampleGroups', () => {
  for (const scheme of resamplingSchemes) {
    it(`${scheme}: every group keeps its mean weight, equal within it, and draws from itself alone`, () => {
      const given = ensemble(key);
      const { points, logWeights } = resampleGroups(given, G, scheme, key);
      const [before, after] = [groupMeans(given.logWeights, G), groupMeans(logWeights, G)];
      before.forEach((mean, g) => {
        assert.ok(Math.abs(mean - after[g]) < 1e-12, `group ${g}`);
        const [from, to] = [(g * N) / G, ((g + 1) * N) / G];
        assert.ok(logWeights.subarray(from, to).every((value) => value === logWeights[from]), 'equal');
        const own = new Set(given.points.subarray(from, to));
        assert.ok(points.subarray(from, to).every((x) => own.has(x)), 'its own');
      });
      assert.ok(Math.abs(logZOfGroups(logWeights, G).value - logZOfGroups(given.logWeights, G).value) < 1e-12);
      assert.ok(essOf(logWeights) > essOf(given.logWeights));
      assert.deepEqual(resampleGroups(given, G, scheme, key), { points, logWeights }, 'same key');
      const size = N / G;
      const alike = {
        points: given.points.map((_, i) => i % size), logWeights: given.logWeights.map((_, i) => given.logWeights[i % size]),
      };
      const drawn = resampleGroups(alike, G, scheme, key).points;
      const byGroup = before.reduce((all, _, g) => all.add(drawn.subarray(g * size, (g + 1) * size).join()), new Set<string>());
      assert.ok(byGroup.size > G / 4, 'groups that are alike draw differently');
    });

    it(`${scheme}: weighted sums are right on average, and not if the mean weights are dropped`, () => {
      const given = ensemble(key);
      // Groups of unequal weight, so that it matters that each keeps its own.
      const logWeights = given.logWeights.map((value, i) => value + 0.1 * Math.floor((i * G) / N));
      const sum = (ofPoints: Float64Array, w: Float64Array, f: (x: number) => number): number => ofPoints.reduce((total, x, i) => total + f(x) * Math.exp(w[i]), 0) / N;
      for (const f of [(x: number) => x, (x: number) => Math.cos(x)]) {
        const exact = sum(given.points, logWeights, f);
        const score = (mutant: boolean): number => {
          const values = Array.from({ length: 200 }, (_, r) => {
            const { points, logWeights: w } = resampleGroups({ points: given.points, logWeights }, G, scheme, foldIn(key, r));
            return sum(points, mutant ? new Float64Array(N) : w, f);
          });
          const mean = values.reduce((total, value) => total + value, 0) / 200;
          return Math.abs(mean - exact) / Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / 199 / 200);
        };
        assert.ok(score(false) < 5, `${score(false)}`);
        assert.ok(score(true) > 5, 'mutant: weights set back to one');
      }
    });

    it(`${scheme}: a dead group stays as it is and without weight; what is not finite is never drawn`, () => {
      const given = ensemble(key);
      given.logWeights.fill(-Infinity, 0, N / G);
      given.logWeights[N / G] = NaN;
      given.logWeights[N / G + 1] = Infinity;
      const { points, logWeights } = resampleGroups(given, G, scheme, key);
      assert.deepEqual(points.subarray(0, N / G), given.points.subarray(0, N / G));
      assert.ok(logWeights.subarray(0, N / G).every((value) => value === -Infinity), 'dead');
      assert.ok(logWeights.subarray(N / G).every(Number.isFinite), 'the others are not');
      const spoiled = [given.points[N / G], given.points[N / G + 1]];
      assert.ok(!points.subarray(N / G).some((x) => spoiled.includes(x)), 'not drawn');
      assert.ok(Math.abs(logZOfGroups(logWeights, G).value - logZOfGroups(given.logWeights, G).value) < 1e-12, 'log Z counts the dead');
    });
  }

  it('keeps rows together in several dimensions, in uneven groups', () => {
    const n = 103;
    const points = Float64Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? at / 2 : -(at - 1) / 2));
    const logWeights = new Float64Array(n);
    fillUniform(key, 0, logWeights);
    const next = resampleGroups({ points, logWeights }, 8, 'systematic', key);
    for (let i = 0; i < n; i++) assert.equal(next.points[2 * i + 1] + next.points[2 * i], 0, `row ${i}`);
  });
});

describe('equallyWeighted', () => {
  it('draws points of the whole ensemble by weight', () => {
    const given = ensemble(key);
    const drawn = equallyWeighted(given, 10_000, 'systematic', key);
    const total = given.logWeights.reduce((sum, w) => sum + Math.exp(w), 0);
    const mean = given.points.reduce((sum, x, i) => sum + (x * Math.exp(given.logWeights[i])) / total, 0);
    // Systematic: a count is within one of its expectation.
    const bound = given.points.reduce((sum, x) => sum + Math.abs(x), 0) / 10_000;
    assert.ok(Math.abs(drawn.reduce((sum, x) => sum + x, 0) / 10_000 - mean) < bound);
    assert.throws(() => equallyWeighted({ points: given.points, logWeights: new Float64Array(N).fill(NaN) }, 10, 'systematic', key), inputError(/no particle has a positive weight/));
  });
});
