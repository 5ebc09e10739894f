/** Variance-reduced gradients: no bias, the variance of the formulas, and Langevin moves that leave a Gaussian where it is up to O(h). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { referenceGradients, svrgGradients, svrgLangevin, type SvrgMoves, type SvrgReport } from '../../src/samplers/svrg.ts';
import type { Base } from '../../src/targets/base.ts';
import { compileNoisyEnergy } from '../../src/targets/noisyEnergy.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { normals, pointwise, real, zScore } from './targets.ts';

const key = keyFromSeed(81);
const repeated = (point: readonly number[], n: number): Float64Array => Float64Array.from({ length: n * point.length }, (_, i) => point[i % point.length]);

/** ĝ at n copies of a point, each with ξ of its own, all with the same ḡ. @returns [n, d] */
function estimates(noisy: NoisyEvaluator, x: readonly number[], reference: readonly number[], n: number): Float64Array {
  const references = repeated(reference, n);
  const anchors = new Float64Array(references.length);
  referenceGradients(noisy, references, n, 1, foldIn(key, 'unused'), anchors);
  const out = new Float64Array(references.length);
  svrgGradients(noisy, repeated(x, n), references, anchors, n, foldIn(key, 'draws'), out);
  return out;
}

function fullGradient(noisy: NoisyEvaluator, x: readonly number[]): Float64Array {
  const gradient = new Float64Array(x.length);
  (noisy.full ?? assert.fail('full')).energiesAndGradients(Float64Array.from(x), 1, new Float64Array(1), gradient);
  return gradient;
}

/** The second moment about a centre, with its standard error. @param x [n, d] */
function moment(x: Float64Array, d: number, j: number, centre: number): { variance: number; error: number } {
  const n = x.length / d;
  const squares = Array.from({ length: n }, (_, i) => (x[i * d + j] - centre) ** 2);
  const variance = squares.reduce((a, b) => a + b, 0) / n;
  return { variance, error: Math.sqrt(squares.reduce((a, b) => a + (b - variance) ** 2, 0)) / n };
}

describe('the estimator, with waves of random sign', () => {
  const noisy = compileNoisyEnergy(noisyGmm2d);
  const N = 20000;
  const places: readonly (readonly [readonly number[], readonly number[]])[] = [[[1, -1], [1.4, -0.6]], [[-1.1, -1.3], [-1.2, -1.2]], [[0.3, 2], [-2, 0.5]]];

  it('has the gradient of the energy as its mean', () => {
    for (const [x, reference] of places) {
      const found = estimates(noisy, x, reference, N);
      fullGradient(noisy, x).forEach((exact, j) => assert.ok(Math.abs(zScore(found, 2, (g) => g[j], exact).z) < 4, `coordinate ${j} at ${x.join()}`));
    }
  });

  it('is off by 4 |sin x − sin x_ref|, always: the variance is 16 (sin x − sin x_ref)²', () => {
    for (const [x, reference] of places) {
      const found = estimates(noisy, x, reference, N);
      fullGradient(noisy, x).forEach((exact, j) => {
        const expected = 4 * Math.abs(Math.sin(x[j]) - Math.sin(reference[j]));
        for (let i = j; i < found.length; i += 2) assert.ok(Math.abs(Math.abs(found[i] - exact) - expected) < 1e-10 * (1 + Math.abs(exact)), `coordinate ${j} at ${x.join()}: ${found[i] - exact}`);
      });
    }
  });

  it('has no noise at the reference', () => {
    const x = [1.1, -0.4];
    const exact = fullGradient(noisy, x);
    estimates(noisy, x, x, 100).forEach((g, i) => assert.ok(Math.abs(g - exact[i % 2]) < 1e-10 * (1 + Math.abs(exact[i % 2])), 'at the reference'));
  });

  it('the gradient as it is seen has 16 sin² x, far more near a reference', () => {
    const [x, reference] = [[1.3, -1.4], [1.2, -1.2]];
    const [seen, xi] = [new Float64Array(2 * N), new Float64Array(2 * N)];
    noisy.draw(key, 0, N, xi);
    noisy.energiesAndGradients(repeated(x, N), xi, N, new Float64Array(N), seen);
    const reduced = estimates(noisy, x, reference, N);
    fullGradient(noisy, x).forEach((exact, j) => {
      assert.ok(Math.abs(moment(seen, 2, j, exact).variance / (16 * Math.sin(x[j]) ** 2) - 1) < 1e-9, 'as it is seen');
      assert.ok(moment(reduced, 2, j, exact).variance < 0.02 * moment(seen, 2, j, exact).variance, 'far less noise');
    });
  });

  it('without the energy itself ḡ is a mean over draws, with their variance', () => {
    const blind = { ...noisy, full: null };
    const x = [1.1, -0.7];
    for (const draws of [1, 5]) {
      const anchors = new Float64Array(2 * N);
      referenceGradients(blind, repeated(x, N), N, draws, foldIn(key, 'mean'), anchors);
      fullGradient(noisy, x).forEach((exact, j) => {
        assert.ok(Math.abs(zScore(anchors, 2, (g) => g[j], exact).z) < 4, 'mean');
        const expected = (16 * Math.sin(x[j]) ** 2) / draws;
        const { variance, error } = moment(anchors, 2, j, exact);
        assert.ok(Math.abs(variance - expected) < 4 * error + 1e-9 * expected, `${draws} draws: ${variance}, not ${expected}`);
        assert.ok(draws === 1 || variance < 0.25 * 16 * Math.sin(x[j]) ** 2, 'averaged');
      });
      // What it adds to the estimator is independent of what is left there.
      const found = new Float64Array(2 * N);
      svrgGradients(blind, repeated([0.4, -0.2], N), repeated(x, N), anchors, N, foldIn(key, 'on top'), found);
      fullGradient(noisy, [0.4, -0.2]).forEach((exact, j) => {
        const expected = 16 * (Math.sin([0.4, -0.2][j]) - Math.sin(x[j])) ** 2 + (16 * Math.sin(x[j]) ** 2) / draws;
        const { variance, error } = moment(found, 2, j, exact);
        assert.ok(Math.abs(variance - expected) < 4 * error, `${draws} draws: ${variance} ± ${error}, not ${expected}`);
      });
    }
  });

  it('mutant: with another ξ in each of the two terms the variance is that of both', () => {
    let calls = 0;
    const mutant: NoisyEvaluator = {
      ...noisy,
      energiesAndGradients(x, xi, n, energies, gradients) {
        const other = new Float64Array(xi.length);
        noisy.draw(foldIn(key, `call ${calls++}`), 0, n, other);
        noisy.energiesAndGradients(x, other, n, energies, gradients);
      },
    };
    const [x, reference] = places[0];
    const found = estimates(mutant, x, reference, N);
    fullGradient(noisy, x).forEach((exact, j) => {
      const { variance, error } = moment(found, 2, j, exact);
      const both = 16 * (Math.sin(x[j]) ** 2 + Math.sin(reference[j]) ** 2);
      assert.ok(Math.abs(variance - both) < 4 * error && variance - 16 * (Math.sin(x[j]) - Math.sin(reference[j])) ** 2 > 20 * error, 'noise of both');
    });
  });
});

describe('the estimator, with mini-batches', () => {
  const ROWS = 23;
  const COLUMNS = 3;
  const data = normals(foldIn(key, 'data'), ROWS * COLUMNS);
  /** log(1 + e^{r·x}) row by row, with its gradient r / (1 + e^{−r·x}). */
  const rowGradient = (row: number, x: readonly number[], j: number): number => {
    const r = data.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    return r[j] / (1 + Math.exp(-x.reduce((sum, value, k) => sum + value * r[k], 0)));
  };
  const definition = (batch: number): NoisyEvaluator => compileNoisyEnergy(defineTarget({
    name: 'soft', dimension: COLUMNS, box: [-5, 5],
    sum: { data: { rows: ROWS, columns: ['a', 'b', 'c'], data }, batch, term: (x, row) => np.log(np.exp(x.mul(row).sum()).add(1)), prior: (x) => np.square(x).sum().mul(0.5) },
  }));
  const N = 40000;
  const [x, reference] = [[0.5, -1, 0.8], [0.2, -0.6, 1.5]];

  /** n²/b (1 − b/n) S² of the rows' values. */
  function finitePopulation(values: readonly number[], batch: number): number {
    const mean = values.reduce((a, b) => a + b, 0) / ROWS;
    const spread = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (ROWS - 1);
    return (ROWS ** 2 / batch) * (1 - batch / ROWS) * spread;
  }
  const rows = Array.from({ length: ROWS }, (_, r) => r);

  for (const batch of [1, 6, 22]) {
    it(`batches of ${batch}: mean, and the variance of sampling without replacement`, () => {
      const noisy = definition(batch);
      const found = estimates(noisy, x, reference, N);
      const seen = new Float64Array(N * COLUMNS);
      const xi = new Float64Array(N * batch);
      noisy.draw(foldIn(key, 'seen'), 0, N, xi);
      noisy.energiesAndGradients(repeated(x, N), xi, N, new Float64Array(N), seen);
      for (let j = 0; j < COLUMNS; j++) {
        const exact = rows.reduce((sum, r) => sum + rowGradient(r, x, j), x[j]);
        assert.ok(Math.abs(fullGradient(noisy, x)[j] - exact) < 1e-10, 'the exact gradient');
        assert.ok(Math.abs(zScore(found, COLUMNS, (g) => g[j], exact).z) < 4, 'mean');
        const reduced = finitePopulation(rows.map((r) => rowGradient(r, x, j) - rowGradient(r, reference, j)), batch);
        const naive = finitePopulation(rows.map((r) => rowGradient(r, x, j)), batch);
        for (const [name, values, expected] of [['reduced', found, reduced], ['naive', seen, naive]] as const) {
          const { variance, error } = moment(values, COLUMNS, j, exact);
          assert.ok(Math.abs(variance - expected) < 4 * error, `${name}, coordinate ${j}: ${variance} ± ${error}, not ${expected}`);
          // Mutant: with replacement there would be no factor (1 − b/n).
          if (batch > 1) assert.ok(Math.abs(variance - expected / (1 - batch / ROWS)) > 6 * error, 'mutant: with replacement');
        }
        assert.ok(reduced < 0.5 * naive, 'reduced');
      }
    });
  }

  it('a batch of all rows has no noise', () => {
    const noisy = definition(ROWS);
    const exact = fullGradient(noisy, x);
    estimates(noisy, x, reference, 50).forEach((g, i) => assert.ok(Math.abs(g - exact[i % COLUMNS]) < 1e-10, 'no noise'));
  });
});

describe('Langevin moves with it', () => {
  // U1 = a x²/2 seen with ξ cos x, ξ = ±16: U_λ is Gaussian.
  const WAVE = 16;
  const PRECISION = [4, 1];
  const CENTRE = [0.5, -1];
  const LAMBDA = 0.75;
  const base: Base = { domain: real(2), mean: Float64Array.of(0, 0.4), standardDeviation: Float64Array.of(1, 2) };
  const precision = PRECISION.map((a, j) => (1 - LAMBDA) / base.standardDeviation[j] ** 2 + LAMBDA * a);
  const centre = precision.map((total, j) => ((1 - LAMBDA) * base.mean[j] / base.standardDeviation[j] ** 2 + LAMBDA * PRECISION[j] * CENTRE[j]) / total);
  const full = pointwise(2, (x, gradient) => PRECISION.reduce((sum, a, j) => {
    gradient[j] = a * (x[j] - CENTRE[j]);
    return sum + 0.5 * a * (x[j] - CENTRE[j]) ** 2;
  }, 0));
  const noisy: NoisyEvaluator = {
    dimension: 2, size: 2, cost: null, full,
    draw: (of, first, n, xi) => compiled.draw(of, first, n, xi),
    energies: () => assert.fail('moves need no energies alone'),
    energiesAndGradients(x, xi, n, energies, gradients) {
      full.energiesAndGradients(x, n, energies, gradients);
      for (let i = 0; i < 2 * n; i++) gradients[i] -= (WAVE / 4) * xi[i] * Math.sin(x[i]);
    },
  };
  const compiled = compileNoisyEnergy(noisyGmm2d);
  const N = 12000;
  const H = 0.005;
  const moves: SvrgMoves = { lambda: LAMBDA, stepSize: H, steps: 60, refresh: 5, draws: 1, key: foldIn(key, 'moves') };
  const start = (): Float64Array => normals(foldIn(key, 'start'), 2 * N).map((z, i) => centre[i % 2] + z / Math.sqrt(precision[i % 2]));

  /**
   * Largest z of means and variances, after what a step of this size may do is taken off: the variance of the Euler step is
   * (1/p) / (1 − hp/2), and noise of variance V heats by hV/2, with V ≤ (λ·wave)² · 2h·refresh (a path away from its reference);
   * taming by h|b|, |b| ≲ 3√p, slows by that share. Noise of ḡ itself, V ≤ (λ·wave)²/draws, is the same for `refresh` steps.
   */
  function score(evaluator: NoisyEvaluator, change: Partial<SvrgMoves> = {}): { z: number; report: SvrgReport } {
    const points = start();
    const all = { ...moves, ...change };
    const report = svrgLangevin(evaluator, base, points, all);
    const scores = precision.flatMap((p, j) => {
      const noise = (LAMBDA * WAVE) ** 2 * all.refresh * (2 * H + (evaluator.full === null ? 1 / all.draws : 0));
      const allowed = H * p / 2 + H * noise / 2 + 3 * H * Math.sqrt(p);
      const mean = zScore(points, 2, (x) => x[j], centre[j]);
      const square = zScore(points, 2, (x) => (x[j] - centre[j]) ** 2, 1 / p);
      return [mean, square].map(({ z, deviation }, k) => Math.max(0, Math.abs(z) - (k === 0 ? allowed / Math.sqrt(p) : allowed / p) / (deviation / Math.sqrt(N))));
    });
    return { z: Math.max(...scores), report };
  }

  it('the exact draws it starts from are exact', () => assert.ok(score(noisy, { steps: 0 }).z < 4, 'exact draws'));

  it('a Gaussian stays what it is, up to O(h), and evaluations are counted', () => {
    const { z, report } = score(noisy);
    assert.ok(z < 4, `${z}`);
    assert.deepEqual(report, { nonFinite: 0, noisyEvaluations: 2 * N * 60, fullEvaluations: 12 * N });
  });

  it('without the energy itself ḡ costs its draws, and the law stays near with many', () => {
    const { z, report } = score({ ...noisy, full: null }, { draws: 16 });
    assert.ok(z < 4, `${z}`);
    assert.deepEqual(report, { nonFinite: 0, noisyEvaluations: 2 * N * 60 + 16 * 12 * N, fullEvaluations: 0 });
  });

  it('a last stretch shorter than the others has a reference of its own', () => {
    assert.equal(score(noisy, { steps: 7 }).report.fullEvaluations, 2 * N);
    assert.equal(score(noisy, { steps: 7, refresh: 100 }).report.fullEvaluations, N);
  });

  it('mutants: forgetting + ḡ, or another ξ in each term, moves the law', () => {
    const forgotten: NoisyEvaluator = { ...noisy, full: { ...full, energiesAndGradients: (_, __, ___, gradients) => { gradients.fill(0); } } };
    assert.ok(score(forgotten).z > 10, `${score(forgotten).z}`);
    let calls = 0;
    const apart: NoisyEvaluator = { ...noisy, energiesAndGradients: (x, xi, n, energies, gradients) => noisy.energiesAndGradients(x, calls++ % 2 === 0 ? xi : xi.map((value) => -value), n, energies, gradients) };
    assert.ok(score(apart).z > 10, `${score(apart).z}`);
  });

  it('the same key gives the same bits, and every point its own path', () => {
    const run = (of: Key): Float64Array => {
      const points = new Float64Array(20).fill(0.3);
      svrgLangevin(noisy, base, points, { ...moves, key: of });
      return points;
    };
    assert.deepEqual(run(key), run(key));
    assert.notDeepEqual(run(key), run(foldIn(key, 1)));
    assert.equal(new Set(run(key)).size, 20);
  });

  it('points whose gradient is not finite stay, and are counted', () => {
    const cliff: NoisyEvaluator = {
      ...noisy,
      energiesAndGradients(x, xi, n, energies, gradients) {
        noisy.energiesAndGradients(x, xi, n, energies, gradients);
        for (let i = 0; i < n; i++) if (x[2 * i] > 5) gradients[2 * i + 1] = NaN;
      },
    };
    const points = Float64Array.of(6, 1, 0, 0, 7, 2);
    assert.equal(svrgLangevin(cliff, base, points, { ...moves, steps: 9 }).nonFinite, 18);
    assert.deepEqual([points[0], points[1], points[4], points[5]], [6, 1, 7, 2]);
    assert.ok(points[2] !== 0 && points.every(Number.isFinite), 'the other one moves');
  });
});
