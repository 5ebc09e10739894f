/** Langevin moves of particles: each λ's density stays as it is, and only the key and the index matter. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed, uniform, type Key } from '../../src/engine/random.ts';
import { kolmogorovSmirnovPValue, kolmogorovSmirnovStatistic, normalCdf } from '../../src/numerics/special.ts';
import { Rejuvenation, type MoveReport } from '../../src/samplers/rejuvenate.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { differenceTarget } from '../../src/targets/path.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { zScore } from './targets.ts';

const [KAPPA, CENTRE] = [2.5, 0.8];
const [BASE_SIGMA, SIGMA, MEAN] = [1.6, 0.5, 1.2];

/** A circle with a von Mises density, a line with a normal one: U_λ is of the same kind for every λ. */
const target = defineTarget({
  name: 'circle-and-bell', dimension: 2, box: [-8, 8], torus: { 0: [-Math.PI, Math.PI] }, base: { mean: 0, standardDeviation: BASE_SIGMA },
  energy: (x) => np.cos(x.slice(0).sub(CENTRE)).mul(-KAPPA).add(np.square(x.slice(1).sub(MEAN)).mul(0.5 / SIGMA ** 2)),
});
const difference = compileEnergy(differenceTarget(target));

/** Mean and deviation of the normal coordinate at λ. */
function bell(lambda: number): { mean: number; sigma: number } {
  const precision = (1 - lambda) / BASE_SIGMA ** 2 + lambda / SIGMA ** 2;
  return { mean: (lambda * MEAN) / SIGMA ** 2 / precision, sigma: 1 / Math.sqrt(precision) };
}

/** ⟨cos(φ − centre)⟩ at λ, by the trapezoid rule on the circle. */
function meanCosine(lambda: number): number {
  let [above, below] = [0, 0];
  for (let i = 0; i < 400; i++) {
    const c = Math.cos((2 * Math.PI * i) / 400);
    above += c * Math.exp(lambda * KAPPA * c);
    below += Math.exp(lambda * KAPPA * c);
  }
  return above / below;
}

/** Exact samples of exp(−U_λ): rejection on the circle. */
function exact(lambda: number, n: number, key: Key): Float64Array {
  const { mean, sigma } = bell(lambda);
  const x = new Float64Array(2 * n);
  const z = new Float64Array(n);
  fillNormal(foldIn(key, 'line'), 0, z);
  for (let i = 0; i < n; i++) {
    const own = foldIn(key, i);
    for (let t = 0; ; t += 2) {
      const angle = Math.PI * (2 * uniform(own, t) - 1);
      if (uniform(own, t + 1) < Math.exp(lambda * KAPPA * (Math.cos(angle - CENTRE) - 1))) {
        x[2 * i] = angle;
        break;
      }
    }
    x[2 * i + 1] = mean + sigma * z[i];
  }
  return x;
}

/** Largest z-score of moments, and the p-value of the normal coordinate's distribution. */
function compare(x: Float64Array, lambda: number): { z: number; p: number } {
  const { mean, sigma } = bell(lambda);
  const cosine = meanCosine(lambda);
  const moments: [(at: Float64Array) => number, number][] = [
    [(at) => Math.cos(at[0] - CENTRE), cosine],
    [(at) => Math.sin(at[0] - CENTRE), 0],
    [(at) => at[1], mean],
    [(at) => (at[1] - mean) ** 2, sigma ** 2],
    [(at) => (at[1] - mean) * Math.cos(at[0] - CENTRE), 0],
    [(at) => (at[1] - mean) ** 3, 0],
  ];
  const line = x.filter((_, i) => i % 2 === 1);
  return {
    z: Math.max(...moments.map(([f, expected]) => Math.abs(zScore(x, 2, f, expected).z))),
    p: kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(line.sort(), (value) => normalCdf((value - mean) / sigma)), line.length),
  };
}

const key = keyFromSeed(29);
const N = 20_000;
const LAMBDAS = [0, 0.3, 1];
const STEP = 0.15;

describe('Rejuvenation', () => {
  const rejuvenation = new Rejuvenation(difference, target.base, 4096);

  for (const lambda of LAMBDAS) {
    it(`leaves exact samples at λ = ${lambda} exact`, () => {
      const x = exact(lambda, N, foldIn(key, 'exact'));
      const before = x.slice();
      const { acceptance, nonFinite } = rejuvenation.move(x, { lambda, stepSize: STEP, steps: 20, key });
      assert.equal(nonFinite, 0);
      assert.ok(acceptance > 0.3 && acceptance < 1, `acceptance ${acceptance}`);
      assert.ok(x.filter((value, i) => value !== before[i]).length > 1.9 * N, 'nearly all have moved');
      const { z, p } = compare(x, lambda);
      assert.ok(z < 5 && p > 1e-5, `z ${z}, p ${p}`);
      assert.ok(x.every((value, i) => i % 2 === 1 || (value >= -Math.PI && value < Math.PI)), 'on the circle');
    });

    it(`mutant: moved at another λ, samples at λ = ${lambda} are not`, () => {
      const x = exact(lambda, N, foldIn(key, 'exact'));
      rejuvenation.move(x, { lambda: lambda === 0.3 ? 0.4 : 0.3, stepSize: STEP, steps: 20, key });
      const { z, p } = compare(x, lambda);
      assert.ok(z > 5 && p < 1e-5, `z ${z}, p ${p}`);
    });
  }

  it('brings base samples to the density at λ, so it moves towards it and not only around', () => {
    const x = new Float64Array(2 * 4000);
    sampleBase(target.base, key, 0, 4000, x);
    rejuvenation.move(x, { lambda: 1, stepSize: STEP, steps: 150, key });
    const { z, p } = compare(x, 1);
    assert.ok(z < 5 && p > 1e-5, `z ${z}, p ${p}`);
  });

  it('accepts nearly all of short steps, and ever less of longer ones', () => {
    const rates = [1e-3, 0.05, 0.3, 2].map((stepSize) => rejuvenation.move(exact(1, 4000, key), { lambda: 1, stepSize, steps: 5, key }).acceptance);
    assert.ok(rates[0] > 0.99 && rates[3] < 0.2, rates.join(', '));
    assert.ok(rates.every((rate, k) => k === 0 || rate < rates[k - 1]), rates.join(', '));
  });

  it('no steps move nothing and have no acceptance', () => {
    const x = exact(1, 100, key);
    const before = x.slice();
    const report = rejuvenation.move(x, { lambda: 1, stepSize: STEP, steps: 0, key });
    assert.deepEqual(x, before);
    assert.ok(Number.isNaN(report.acceptance) && report.nonFinite === 0);
    assert.ok(Number.isNaN(rejuvenation.move(new Float64Array(0), { lambda: 1, stepSize: STEP, steps: 3, key }).acceptance), 'no particles');
  });

  describe('bits', () => {
    const n = 1003;
    const start = exact(0.3, n, key);
    const moved = (capacity: number, threads?: number, energy: EnergyEvaluator = difference, pieces: readonly number[] = [0, n]): { x: Float64Array; reports: MoveReport[] } => {
      const x = start.slice();
      const worker = new Rejuvenation(energy, target.base, capacity, threads);
      const reports = pieces.slice(1).map((to, k) => worker.move(x.subarray(2 * pieces[k], 2 * to), { lambda: 0.3, stepSize: STEP, steps: 7, key, first: pieces[k] }));
      return { x, reports };
    };
    const expected = moved(2048, 1);

    it('do not depend on capacity, threads or an earlier use', () => {
      for (const [capacity, threads] of [[1003, 1], [64, 1], [333, 2], [1, 1], [1002, 4], [501, undefined]] as const) {
        const { x, reports } = moved(capacity, threads);
        assert.deepEqual(x, expected.x, `capacity ${capacity}, ${threads} threads`);
        assert.deepEqual(reports, expected.reports, `report, capacity ${capacity}`);
      }
      const used = new Rejuvenation(difference, target.base, 100);
      used.move(start.slice(0, 600), { lambda: 1, stepSize: 0.3, steps: 3, key: foldIn(key, 1) });
      const x = start.slice();
      used.move(x, { lambda: 0.3, stepSize: STEP, steps: 7, key });
      assert.deepEqual(x, expected.x, 'after another use');
    });

    it('do not depend on how particles are split, when `first` says where a part begins', () => {
      for (const pieces of [[0, 1, n], [0, 500, 501, n], [0, 64, 128, n]]) assert.deepEqual(moved(64, 1, difference, pieces).x, expected.x, pieces.join(', '));
      const elsewhere = start.slice();
      new Rejuvenation(difference, target.base, 2048, 1).move(elsewhere, { lambda: 0.3, stepSize: STEP, steps: 7, key, first: 1 });
      assert.notDeepEqual(elsewhere, expected.x, 'another beginning, other draws');
    });

    it('in plain JavaScript the moves are the same to rounding', () => {
      const plain = moved(2048, 1, {
        dimension: 2,
        energies: (x, count, energies) => { difference.energies(x, count, energies); },
        energiesAndGradients: (x, count, energies, gradients) => { difference.energiesAndGradients(x, count, energies, gradients); },
      });
      const apart = plain.x.filter((value, i) => !(Math.abs(value - expected.x[i]) < 1e-9)).length;
      assert.ok(apart <= 2, `${apart} coordinates differ`);
    });
  });

  it('a wall is kept to and counted: what stands beyond it stays, proposals beyond it are refused', () => {
    const walled = defineTarget({
      name: 'walled', dimension: 1, box: [-6, 6], base: { mean: 0, standardDeviation: 1 },
      energy: (x) => np.where(x.slice(0).greater(0), np.square(x.slice(0)).mul(0.5), np.array(Infinity)),
    });
    const n = 4000;
    const z = new Float64Array(n);
    fillNormal(key, 0, z);
    const x = z.map(Math.abs);
    x.set([-1, -2]);
    const report = new Rejuvenation(compileEnergy(differenceTarget(walled)), walled.base, 512).move(x, { lambda: 1, stepSize: 0.1, steps: 30, key });
    assert.deepEqual(Array.from(x.subarray(0, 2)), [-1, -2]);
    assert.ok(report.nonFinite > 60 && report.acceptance < 1, JSON.stringify(report));
    assert.ok(x.every((value, i) => i < 2 || value > 0), 'none has crossed');
    const inside = x.slice(2).sort();
    const p = kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(inside, (value) => 2 * normalCdf(value) - 1), inside.length);
    assert.ok(p > 1e-5, `half a normal stays one, p ${p}`);
  });
});
