/** Tempering's rungs pooled: log Z and its error where a part of the base is cut off, and samples that share no round. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillUniform, foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { poolPath, type FiniteShare } from '../../src/pipeline/bank/pool.ts';
import { inverseNormalCdf, normalCdf } from '../../src/numerics/special.ts';
import type { PathSamples } from '../../src/samplers/parallelTemperingResult.ts';
import type { Base } from '../../src/targets/base.ts';
import { inputError } from '../store/folder.ts';

const base: Base = {
  domain: [{ kind: 'real', low: -5, high: 5 }],
  mean: Float64Array.of(0),
  standardDeviation: Float64Array.of(1),
};
const key = keyFromSeed(61);
const LAMBDAS = Float64Array.of(0, 0.4, 1);

/** D = SLOPE · x for x > 0 and infinite elsewhere: U_λ is N(−λ SLOPE, 1) beyond a wall that cuts the base in halves. */
const SLOPE = 1.5;
const logZ = (lambda: number): number => (lambda * SLOPE) ** 2 / 2 + Math.log(normalCdf(-lambda * SLOPE));
const mean = (lambda: number): number =>
  -lambda * SLOPE + Math.exp(-((lambda * SLOPE) ** 2) / 2) / Math.sqrt(2 * Math.PI) / normalCdf(-lambda * SLOPE);

/** Independent samples of every rung. */
function walled(rows: number, ladders: number, name: Key): PathSamples {
  const uniforms = new Float64Array(rows * ladders * LAMBDAS.length);
  fillUniform(name, 0, uniforms);
  const positions = uniforms.map((u, i) => {
    const centre = -LAMBDAS[i % LAMBDAS.length] * SLOPE;
    return centre - inverseNormalCdf(u * normalCdf(centre));
  });
  return { lambdas: LAMBDAS, rows, ladders, positions, differences: positions.map((x) => SLOPE * x) };
}

/** Of so many base points those beyond the wall. */
function shareOf(of: number, name: Key): FiniteShare {
  const uniforms = new Float64Array(of);
  fillUniform(foldIn(name, 'share'), 0, uniforms);
  return { finite: uniforms.filter((u) => u > 0.5).length, of };
}

describe('log Z of a pool', () => {
  it('is the closed form within its errors, of which those of the part that is cut off are most here', () => {
    const repeats = 200;
    const pools = Array.from({ length: repeats }, (_, r) =>
      poolPath(walled(40, 8, foldIn(key, r)), base, 0.1, shareOf(100, foldIn(key, r))),
    );
    for (const lambda of [0.4, 0.7, 1]) {
      const scores = pools.map((pool) => {
        const { value, standardError } = pool.logZ(lambda);
        return (value - logZ(lambda)) / standardError;
      });
      const centre = scores.reduce((sum, z) => sum + z, 0) / repeats;
      const spread = scores.reduce((sum, z) => sum + z * z, 0) / repeats;
      // The logarithm of a share of 100 has a bias of a twentieth of its error.
      assert.ok(Math.abs(centre) < 5 / Math.sqrt(repeats) + 0.05, `λ = ${lambda}: centre ${centre}`);
      // Errors from eight blocks have a t statistic's variance, 7/5, where nothing is added to them.
      assert.ok(
        spread > 1 - 5 * Math.sqrt(2 / repeats) && spread < 1.4 + 5 * Math.sqrt(2 / repeats),
        `λ = ${lambda}: spread ${spread}`,
      );
    }
  });

  it('of the base itself is nought, cut off or not', () => {
    const { value, standardError } = poolPath(walled(40, 8, key), base, 0.1, shareOf(100, key)).logZ(0);
    assert.ok(Math.abs(value) < 1e-8 && standardError < 1e-8, `${value} ± ${standardError}`);
  });
});

describe('samples of a pool', () => {
  it('are of the λ that is asked for, with its energies', () => {
    const pool = poolPath(walled(400, 8, key), base, 0.25);
    for (const lambda of [0, 0.2, 0.7, 1]) {
      const { samples, energies } = pool.sample(lambda, 6000, 2000, foldIn(key, 'drawn'));
      energies.forEach((energy, i) => {
        const exact = 0.5 * Math.log(2 * Math.PI) + 0.5 * samples[i] ** 2 + lambda * SLOPE * samples[i];
        assert.ok(Math.abs(energy - exact) < 1e-12, `λ = ${lambda}: ${energy}, not ${exact}`);
      });
      for (const [what, part, share] of [
        ['training', samples.subarray(0, 4000), 0.75],
        ['held out', samples.subarray(4000), 0.25],
      ] as const) {
        const found = part.reduce((sum, x) => sum + x, 0) / part.length;
        const deviation = Math.sqrt(part.reduce((sum, x) => sum + (x - found) ** 2, 0) / part.length);
        const error = deviation / Math.sqrt(share * pool.effectiveSize(lambda));
        assert.ok(
          Math.abs(found - mean(lambda)) < 5 * error,
          `${what}, λ = ${lambda}: ${found} ± ${error}, not ${mean(lambda)}`,
        );
      }
    }
  });

  it('that are held out come from the last rounds, the others from all before, in no order', () => {
    const [rows, ladders] = [50, 4];
    const perRow = ladders * LAMBDAS.length;
    // Of next to equal weight, and each at a place of its own.
    const positions = Float64Array.from({ length: rows * perRow }, (_, i) => i / 1000);
    const pool = poolPath(
      { lambdas: LAMBDAS, rows, ladders, positions, differences: positions.map((x) => 0.1 * Math.sin(1000 * x)) },
      base,
      0.2,
    );
    const { samples } = pool.sample(0.7, 3000, 1000, key);
    const places = Array.from(samples, (x) => Math.round(1000 * x));
    const [training, heldOut] = [places.slice(0, 2000), places.slice(2000)];
    const roundsOf = (indices: readonly number[]): number[] =>
      [...new Set(indices.map((i) => Math.floor(i / perRow)))].sort((a, b) => a - b);
    const rounds = Array.from({ length: rows }, (_, row) => row);
    assert.deepEqual(roundsOf(training), rounds.slice(0, 40));
    assert.deepEqual(roundsOf(heldOut), rounds.slice(40));
    for (const part of [training, heldOut]) {
      const rises = part.filter((place, i) => i > 0 && place > part[i - 1]).length;
      const [expected, deviation] = [(part.length - 1) / 2, Math.sqrt(part.length / 12)];
      // Two neighbours are the same sample once in a hundred times.
      assert.ok(Math.abs(rises - expected) < 5 * deviation + part.length / 100, `${rises} rises, ${expected} expected`);
    }
    assert.deepEqual(pool.sample(0.7, 3000, 1000, key).samples, samples, 'the same for the same key');
    assert.notDeepEqual(pool.sample(0.7, 3000, 1000, foldIn(key, 'other')).samples, samples);
  });

  it('need two rounds', () => {
    assert.throws(
      () => poolPath(walled(1, 8, key), base, 0.1),
      inputError(/kept 1 row of samples, the ladder of flows needs at least 2; raise rounds/),
    );
  });
});
