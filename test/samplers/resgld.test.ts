/**
 * Replica exchange on noisy energies: laws against matrices and closed forms, what is reported of the noise, resuming.
 * One long file, because the energies with known noise that it begins with are what every part measures.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { fillNormalRows } from '../../src/engine/simd/rows.ts';
import { kolmogorovSmirnovPValue, kolmogorovSmirnovStatistic } from '../../src/numerics/special.ts';
import { langevinStep, reflect } from '../../src/samplers/noisyLangevin.ts';
import { pathStepSizes, Resgld, type ResgldOptions, type ResgldResult } from '../../src/samplers/resgld.ts';
import type { Base } from '../../src/targets/base.ts';
import { wrapPoints, type Domain } from '../../src/targets/domain.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import { circle, normals, pointwise, real, twoWells, vonMises, zScore } from './targets.ts';

const key = keyFromSeed(91);
const interval = (low: number, high: number): Domain[number] => ({ kind: 'interval', low, high });
const baseOf = (domain: Domain, mean = 0, deviation = 1): Base =>
  ({ domain, mean: new Float64Array(domain.length).fill(mean), standardDeviation: new Float64Array(domain.length).fill(deviation) });

interface Noise {
  /** U(x; ξ) − U(x) at a point and one ξ of d normals. */
  readonly value?: (x: Float64Array, xi: Float64Array) => number;
  /** What it adds to the gradient; need not be the gradient of `value`, so that each can be tested alone. */
  readonly slope?: (x: Float64Array, xi: Float64Array, j: number) => number;
}

/** An energy seen with Gaussian noise. */
function seen(energy: EnergyEvaluator, { value, slope }: Noise = {}): NoisyEvaluator {
  const d = energy.dimension;
  const at = (x: Float64Array, i: number): Float64Array => x.subarray(i * d, (i + 1) * d);
  const addTo = (x: Float64Array, xi: Float64Array, n: number, energies: Float64Array): void => {
    if (value !== undefined) for (let i = 0; i < n; i++) energies[i] += value(at(x, i), at(xi, i));
  };
  return {
    dimension: d, size: d, cost: null, full: energy,
    draw: (of, first, n, xi) => fillNormalRows(of, first, n, d, xi),
    energies(x, xi, n, energies) {
      energy.energies(x, n, energies);
      addTo(x, xi, n, energies);
    },
    energiesAndGradients(x, xi, n, energies, gradients) {
      energy.energiesAndGradients(x, n, energies, gradients);
      addTo(x, xi, n, energies);
      if (slope !== undefined) for (let i = 0; i < n * d; i++) gradients[i] += slope(at(x, Math.floor(i / d)), at(xi, Math.floor(i / d)), i % d);
    },
  };
}

/** a (x − m)²/2 */
const bowl = (a: number, m = 0, d = 1): EnergyEvaluator => pointwise(d, (x, gradient) => {
  x.forEach((value, j) => { gradient[j] = a * (value - m); });
  return x.reduce((sum, value) => sum + 0.5 * a * (value - m) ** 2, 0);
});
const flat = (d = 1): EnergyEvaluator => pointwise(d, (_, gradient) => {
  gradient.fill(0);
  return 0;
});

const common = {
  ladders: 8, stepSize: 0.02, stepsPerRound: 2, warmupRounds: 20, rounds: 30, draws: 1, swapCorrection: 1, trackSwapNoise: false, heating: 0,
  controlVariates: false, adaptLadder: false, stride: 0, key,
} as const;

const small: ResgldOptions = {
  ...common, noisy: seen(twoWells.energy, { value: (x, xi) => xi[0] * x[0] + xi[1] * Math.cos(x[1]), slope: (x, xi, j) => (j === 0 ? xi[0] : -xi[1] * Math.sin(x[1])) }),
  base: baseOf(twoWells.domain), lambdas: [0, 0.1, 0.4, 1], ladders: 2, warmupRounds: 40, rounds: 30, draws: 2, heating: 0.02, adaptLadder: true, trackSwapNoise: true, stride: 4,
};

function runToEnd(options: ResgldOptions): ResgldResult {
  const run = new Resgld(options);
  run.advance(options.warmupRounds + (options.thinning ?? 1) * options.rounds);
  assert.equal(run.progress.phase, 'done');
  return run.result();
}

/** z of the mean of f over the ladders, each of which is independent, and the mean's standard error. @param positions [rounds, L, d] */
function overLadders(positions: Float64Array, ladders: number, d: number, f: (x: Float64Array) => number, exact: number): { mean: number; z: number; error: number } {
  const means = new Float64Array(ladders);
  const rows = positions.length / d;
  for (let i = 0; i < rows; i++) means[i % ladders] += (f(positions.subarray(i * d, (i + 1) * d)) * ladders) / rows;
  const { mean, z, deviation } = zScore(means, 1, (x) => x[0], exact);
  return { mean, z, error: deviation / Math.sqrt(ladders) };
}

describe('an energy without noise', () => {
  // Two wells of different depth, and a base that reaches both.
  const U = (x: number): number => x ** 4 / 4 - x * x + 0.3 * x;
  const slope = (x: number): number => x ** 3 - 2 * x + 0.3;
  const energy = pointwise(1, (x, gradient) => {
    gradient[0] = slope(x[0]);
    return U(x[0]);
  });
  const [H, STEPS, S0] = [0.04, 3, 1.5];
  const base = baseOf(real(1), 0, S0);
  const LADDERS = 3000;
  const { positions, swapRates } = runToEnd({ ...common, noisy: seen(energy), base, lambdas: [0, 1], ladders: LADDERS, stepSize: H, stepsPerRound: STEPS, warmupRounds: 40, rounds: 160, key: foldIn(key, 'no noise') });

  const GRID = 400;
  const WIDTH = 8 / GRID;
  const nodes = Array.from({ length: GRID }, (_, i) => -4 + (i + 0.5) * WIDTH);
  const normalised = (law: readonly number[]): number[] => {
    const total = law.reduce((a, b) => a + b, 0);
    return law.map((value) => value / total);
  };
  const exact = normalised(nodes.map((x) => Math.exp(-U(x))));
  /** The base at the nodes; what lies beyond them is never accepted. */
  const fresh = nodes.map((x) => (WIDTH * Math.exp(-x * x / (2 * S0 * S0))) / (S0 * Math.sqrt(2 * Math.PI)));
  const difference = nodes.map((x) => U(x) - x * x / (2 * S0 * S0));
  const meanOf = (law: readonly number[], f: (x: number) => number): number => law.reduce((sum, p, i) => sum + p * f(nodes[i]), 0);
  const functions: Readonly<Record<string, (x: number) => number>> = { x: (x) => x, 'x²': (x) => x * x, 'right well': (x) => (x > 0.16 ? 1 : 0), 'cos 2x': (x) => Math.cos(2 * x) };

  /** The law that the algorithm itself keeps, from the matrices of its steps and its swaps on a grid: rounds with and without a swap, averaged. */
  function stationary(tamed: boolean, share = 1): number[] {
    const kernel = nodes.map((x) => {
      const b = slope(x);
      const centre = x - (H * b) / (tamed ? 1 + H * Math.abs(b) : 1);
      return normalised(nodes.map((y) => Math.exp(-((y - centre) ** 2) / (4 * H))));
    });
    const move = (law: readonly number[]): number[] => {
      const next = new Array<number>(GRID).fill(0);
      kernel.forEach((row, i) => { if (law[i] > 1e-14) row.forEach((p, j) => { next[j] += law[i] * p; }); });
      return next;
    };
    const swap = (law: readonly number[]): number[] => {
      const next = law.slice();
      law.forEach((p, i) => {
        if (p < 1e-14) return;
        fresh.forEach((q, j) => {
          const flow = p * q * Math.min(1, Math.exp(share * (difference[i] - difference[j])));
          next[i] -= flow;
          next[j] += flow;
        });
      });
      return next;
    };
    const moves = (from: readonly number[]): readonly number[] => {
      let next = from;
      for (let step = 0; step < STEPS; step++) next = move(next);
      return next;
    };
    let law: readonly number[] = exact;
    let swapped = law;
    for (let k = 0; k < 25; k++) {
      swapped = swap(moves(law));
      law = moves(swapped);
    }
    return law.map((p, i) => 0.5 * (p + swapped[i]));
  }
  const law = stationary(true);
  const score = (of: readonly number[]): number => Math.max(...Object.values(functions).map((f) => Math.abs(overLadders(positions, LADDERS, 1, ([x]) => f(x), meanOf(of, f)).z)));

  it('has the law of its own transition matrix', () => assert.ok(score(law) < 4, `${score(law)}`));

  it('that law, and the samples, are the target up to O(h)', () => {
    for (const [name, f] of Object.entries(functions)) {
      const { mean, error } = overLadders(positions, LADDERS, 1, ([x]) => f(x), 0);
      const bias = Math.abs(meanOf(law, f) - meanOf(exact, f));
      assert.ok(bias < 3 * H, `${name}: ${bias}`);
      assert.ok(Math.abs(mean - meanOf(exact, f)) < bias + 4 * error, `${name}: ${mean}, not ${meanOf(exact, f)}`);
    }
  });

  it('mutants: steps without taming, and swaps with half of the ratio, have another law', () => {
    for (const mutant of [stationary(false), stationary(true, 0.5)]) assert.ok(score(mutant) > 6, `${score(mutant)}`);
  });

  it('swaps are accepted as often as by quadrature', () => {
    const rate = exact.reduce((sum, p, i) => sum + p * fresh.reduce((part, q, j) => part + q * Math.min(1, Math.exp(difference[i] - difference[j])), 0), 0);
    assert.ok(Math.abs(swapRates[0] - rate) < 0.02, `${swapRates[0]}, not ${rate}`);
  });

  it('in two dimensions, two wells far apart: masses and moments', () => {
    const result = runToEnd({ ...common, noisy: seen(twoWells.energy), base: baseOf(twoWells.domain, 0, 2.5), lambdas: [0, 0.02, 0.06, 0.15, 0.4, 1], ladders: 100, stepSize: 0.01, stepsPerRound: 4, warmupRounds: 100, rounds: 300 });
    const h = 0.01;
    // Variances of a Gaussian of precision p grow by hp/2, and by about h·E|b| of the taming.
    const checks: [string, (x: Float64Array) => number, number, number][] = [
      ['mass of the right well', (x) => (x[0] > 0 ? 1 : 0), twoWells.rightMass, h],
      ['mean x1', (x) => x[0], 0.7 * -3 + 0.3 * 2.5, 5 * h],
      ['mean x2²', (x) => x[1] ** 2, 0.7 * 0.25 + 0.3 * (0.64 + 2.25), 5 * h],
    ];
    for (const [name, f, truth, allowed] of checks) {
      const { mean, error } = overLadders(result.positions, 100, 2, f, truth);
      assert.ok(error < 0.06 && Math.abs(mean - truth) < allowed + 4 * error, `${name}: ${mean} ± ${error}, exact ${truth}`);
    }
    assert.deepEqual(result.noise, { swapDeviations: new Array(5).fill(0), gradientDeviations: new Array(6).fill(0), heating: new Array(6).fill(0) });
    assert.equal(result.nonFinite, 0);
    assert.ok(result.roundTrips > 100, 'round trips');
  });
});

describe('noise of the gradients', () => {
  // So narrow a well that taming, h|b| = ha|x|, is nothing beside hp = 0.1.
  const A = 1e6;
  const H = 1e-7;
  const V = 3 * A;
  const base = baseOf(real(1), 0, 1e-3);
  const LADDERS = 1000;
  const noisy = seen(bowl(A), { value: (_, xi) => 1e3 * xi[0], slope: (_, xi) => Math.sqrt(V) * xi[0] });
  // Swaps with the base would bring points of another law: energies that are asked for alone, of pairs, forbid them.
  const forbidden: NoisyEvaluator['energies'] = (_, __, n, energies) => { for (let i = 0; i < n; i++) energies[i] = i < n / 2 ? 1e6 : 0; };
  const still: NoisyEvaluator = { ...noisy, energies: forbidden };
  const options: ResgldOptions = { ...common, noisy: still, base, lambdas: [0, 1], ladders: LADDERS, stepSize: H, stepsPerRound: 10, warmupRounds: 20, rounds: 60, key: foldIn(key, 'heat') };
  const inflated = (v: number, h: number): number => (2 * h + h * h * v) / (1 - (1 - h * A) ** 2);

  it('a well is wider by the noise, exactly as the recursion says', () => {
    const { positions, swapRates, noise, stepSizes } = runToEnd(options);
    assert.deepEqual([swapRates[0], stepSizes[1]], [0, H]);
    const { mean, z } = overLadders(positions, LADDERS, 1, ([x]) => x * x, inflated(V, H));
    assert.ok(Math.abs(z) < 4, `${mean}, not ${inflated(V, H)}: ${z}`);
    // Mutants: no noise, or noise that was forgotten to be multiplied by h.
    for (const wrong of [inflated(0, H), inflated(2 * V, H)]) assert.ok(Math.abs(overLadders(positions, LADDERS, 1, ([x]) => x * x, wrong).z) > 6, 'mutant');
    const error = 4 * Math.sqrt(2 / (20 * LADDERS));
    assert.ok(Math.abs(noise.heating[1] / (H * V / 2) - 1) < error, `${noise.heating[1]}, not ${H * V / 2}`);
    assert.ok(Math.abs(noise.gradientDeviations[1] ** 2 / V - 1) < error && noise.gradientDeviations[0] === 0 && noise.heating[0] === 0, 'the noise that is reported');
  });

  it('`draws` of it are averaged: the variance falls in that proportion', () => {
    const { positions, noise, evaluations } = runToEnd({ ...options, draws: 4 });
    assert.ok(Math.abs(overLadders(positions, LADDERS, 1, ([x]) => x * x, inflated(V / 4, H)).z) < 4, 'a quarter of the noise');
    assert.ok(Math.abs(noise.gradientDeviations[1] ** 2 / (V / 4) - 1) < 4 * Math.sqrt(2 / (20 * LADDERS)), 'reported noise');
    // Steps; two more gradients a round of warm-up; and 2 energies per swap in 40 of 80 rounds, twice in warm-up.
    assert.equal(evaluations, 4 * LADDERS * (800 + 2 * 20 + 2 * (30 + 2 * 10)));
  });

  it('`heating` shortens the step to 2·heating/V, and no further', () => {
    const { positions, noise, stepSizes } = runToEnd({ ...options, heating: 0.05 });
    assert.ok(Math.abs(noise.heating[1] - 0.05) < 1e-12, 'heating as asked for');
    assert.ok(Math.abs(stepSizes[1] / (0.1 / V) - 1) < 4 * Math.sqrt(2 / (20 * LADDERS)), `${stepSizes[1]}`);
    assert.ok(Math.abs(overLadders(positions, LADDERS, 1, ([x]) => x * x, inflated(V, stepSizes[1])).z) < 4, 'spread at the shorter step');
    assert.equal(runToEnd({ ...options, heating: 0.5, ladders: 50 }).stepSizes[1], H, 'enough is enough');
    assert.equal(runToEnd({ ...options, noisy: { ...seen(bowl(A)), energies: forbidden }, heating: 0.05, ladders: 50 }).stepSizes[1], H, 'no noise');
  });

  it('on the rungs between, the noise is λ times as large, and steps are those of the path', () => {
    const lambdas = [0, 0.25, 0.5, 1];
    const { noise, stepSizes } = runToEnd({ ...options, lambdas, ladders: 300 });
    noise.gradientDeviations.slice(1).forEach((deviation, k) => assert.ok(Math.abs(deviation ** 2 / (lambdas[k + 1] ** 2 * V) - 1) < 4 * Math.sqrt(2 / (20 * 300)), `rung ${k + 1}: ${deviation}`));
    // 1/h is linear between a tenth of the base's variance and h.
    assert.deepEqual(stepSizes, Array.from(pathStepSizes(base, lambdas, H)));
    stepSizes.forEach((h, k) => assert.ok(Math.abs(1 / h - ((1 - lambdas[k]) / (0.1 * 1e-6) + lambdas[k] / H)) < 1e-6 / h, '1/h on its line'));
    // The narrower of the two counts: P²/12 of an interval.
    pathStepSizes(baseOf([interval(0, 12), ...real(1)], 0, 100), [0, 0.5, 1], 0.1).forEach((h, k) => assert.ok(Math.abs(h - [1.2, 1 / (0.5 / 1.2 + 0.5 / 0.1), 0.1][k]) < 1e-12, 'from the base to the target'));
  });

  it('of several coordinates the noisiest is reported', () => {
    const { noise } = runToEnd({ ...common, noisy: seen(bowl(1, 0, 2), { slope: (_, xi, j) => (j === 0 ? 0.5 : 2) * xi[j] }), base: baseOf(real(2)), lambdas: [0, 1], ladders: 400 });
    assert.ok(Math.abs(noise.gradientDeviations[1] ** 2 / 4 - 1) < 4 * Math.sqrt(2 / (20 * 400)), `${noise.gradientDeviations[1]}`);
  });
});

describe('noise of the swaps', () => {
  // U1 = (x − m)²/2s² + sξx: Gaussian on every rung, and a pair sees s ξ (x_a − x_b) with its ξ shared: no trace of m.
  const [M, S0, S1, SCALE] = [3, 1, 0.6, 1.5];
  const base = baseOf(real(1), M, S0);
  const lambdas = [0, 0.4, 1];
  const noisy = seen(bowl(1 / S1 ** 2, M), { value: (x, xi) => SCALE * xi[0] * x[0] });
  const variances = lambdas.map((lambda) => 1 / ((1 - lambda) / S0 ** 2 + lambda / S1 ** 2));
  const known = [0, 1].map((k) => (SCALE * (lambdas[k + 1] - lambdas[k])) ** 2 * (variances[k] + variances[k + 1]));
  // Swaps themselves only spoil the law that σ is computed for: a large correction stops them.
  const options: ResgldOptions = { ...common, noisy, base, lambdas, ladders: 40, stepSize: 0.01, stepsPerRound: 15, warmupRounds: 60, rounds: 4, swapCorrection: 1e9 };
  const measured = (change: Partial<ResgldOptions>, count = 24): number[][] => Array.from({ length: count }, (_, run) =>
    runToEnd({ ...options, ...change, key: foldIn(foldIn(key, 'swap noise'), run) }).noise.swapDeviations.map((sigma) => sigma ** 2));

  it('σ of every pair is found, with a ξ that the pair shares', () => {
    const runs = measured({});
    known.forEach((variance, k) => {
      const { z, mean } = zScore(Float64Array.from(runs, (run) => run[k]), 1, (x) => x[0], variance);
      // The law of the rung above is wider by hp/2 < 1.5 %.
      assert.ok(Math.abs(z) < 4 || Math.abs(mean / variance - 1) < 0.03, `pair ${k}: ${mean}, not ${variance}`);
      const apart = (SCALE * (lambdas[k + 1] - lambdas[k])) ** 2 * (variances[k] + variances[k + 1] + 2 * M * M);
      assert.ok(mean < 0.5 * apart, 'mutant: a ξ for each');
    });
  });

  it('draws that are averaged make it smaller by their root', () => {
    const [one, nine] = [measured({}, 5), measured({ draws: 9 }, 5)].map((runs) => [0, 1].map((k) => runs.reduce((sum, run) => sum + run[k], 0) / runs.length));
    one.forEach((variance, k) => assert.ok(Math.abs(Math.sqrt(variance / nine[k]) - 3) < 0.3, `pair ${k}: ${Math.sqrt(variance / nine[k])}`));
  });

  it('is measured in warm-up, and goes on being measured where asked', () => {
    const counts = (trackSwapNoise: boolean, rounds: number): number[] => {
      const run = new Resgld({ ...options, stepsPerRound: 1, rounds: 40, trackSwapNoise });
      run.advance(rounds);
      return Array.from(run.snapshot().arrays['swapCounts']);
    };
    // Every other round for each pair, 40 ladders.
    assert.deepEqual([counts(false, 60), counts(false, 100)], [[1200, 1200], [1200, 1200]]);
    assert.deepEqual([counts(true, 60), counts(true, 100)], [[1200, 1200], [2000, 2000]]);
  });

  it('lowers the acceptance by the correction, and not without one', () => {
    const rates = [0, 0.5, 1, 4].map((swapCorrection) => runToEnd({ ...options, ladders: 200, stepsPerRound: 2, rounds: 60, swapCorrection }).swapRates[1]);
    rates.slice(1).forEach((rate, k) => assert.ok(rate < rates[k] - 0.01, rates.join(', ')));
  });
});

describe('control variates', () => {
  const noise: Noise = { value: (x, xi) => 20 * xi[0] * Math.cos(x[0]), slope: (x, xi) => -20 * xi[0] * Math.sin(x[0]) };
  const energy = bowl(2, 0.7);
  const options: ResgldOptions = { ...common, noisy: seen(energy, noise), base: baseOf(real(1)), lambdas: [0, 0.5, 1], ladders: 600, stepSize: 0.01, stepsPerRound: 4, warmupRounds: 40, rounds: 60, controlVariates: true };

  it('swaps are exact, the noise of the gradients small, the law right up to O(h); evaluations are counted', () => {
    const { positions, noise: found, evaluations, fullEvaluations, swapRates } = runToEnd(options);
    assert.deepEqual(found.swapDeviations, [0, 0]);
    // (λ·20)² (Δcos)², Δx² ~ 2·4h.
    assert.ok(found.heating[2] < 0.01 * 400 * 0.08 / 2, `${found.heating[2]}`);
    // hp/2 = 1 %, heating and taming 2·h·E|b| as much again.
    const mean = overLadders(positions, 600, 1, ([x]) => x, 0.7);
    const square = overLadders(positions, 600, 1, ([x]) => (x - 0.7) ** 2, 0.5);
    assert.ok(Math.abs(mean.mean - 0.7) < 4 * mean.error + 0.01, `${mean.mean}`);
    assert.ok(Math.abs(square.mean - 0.5) < 4 * square.error + 0.5 * (0.01 + found.heating[2] + 0.03), `${square.mean}`);
    // Two gradients a step, two draws a round of warm-up, no energies.
    assert.deepEqual([evaluations, fullEvaluations], [2 * 1200 * (400 + 2 * 40), 101 * 1800]);
    const exact = runToEnd({ ...options, noisy: seen(energy), controlVariates: false });
    swapRates.forEach((rate, k) => assert.ok(Math.abs(rate - exact.swapRates[k]) < 0.03, `${rate}, ${exact.swapRates[k]}`));
  });

  it('the same run without them is far off', () => {
    const { positions } = runToEnd({ ...options, controlVariates: false });
    const { mean, error } = overLadders(positions, 600, 1, ([x]) => (x - 0.7) ** 2, 0.5);
    assert.ok(mean - 0.5 > 10 * error + 0.1, `${mean} ± ${error}`);
  });
});

describe('the ladder', () => {
  it('adapts to equal rejection; left alone, it is far from it', () => {
    const run = (adaptLadder: boolean): ResgldResult => runToEnd({
      ...common, noisy: seen(twoWells.energy), base: baseOf(twoWells.domain, 0, 2.5), lambdas: [0, 0.01, 0.02, 0.05, 0.4, 1], ladders: 40, stepsPerRound: 4, warmupRounds: 300, rounds: 200, adaptLadder,
    });
    const spread = ({ swapRates }: ResgldResult): number => Math.max(...swapRates) - Math.min(...swapRates);
    const [adapted, fixed] = [run(true), run(false)];
    assert.ok(spread(adapted) < 0.12 && spread(fixed) > 0.3, `${adapted.swapRates.join()}; ${fixed.swapRates.join()}`);
    const lambdas = Array.from(adapted.lambdas);
    assert.deepEqual([lambdas[0], lambdas[5]], [0, 1]);
    assert.ok(lambdas.every((lambda, k) => k === 0 || lambda > lambdas[k - 1]), 'rungs rise');
    assert.deepEqual(adapted.stepSizes, Array.from(pathStepSizes(baseOf(twoWells.domain, 0, 2.5), lambdas, 0.02)), 'steps follow the rungs');
    assert.deepEqual(Array.from(fixed.lambdas), [0, 0.01, 0.02, 0.05, 0.4, 1]);
  });

  it('with a limit of heating too, steps follow the rungs', () => {
    const base = baseOf(twoWells.domain, 0, 2.5);
    const { lambdas, stepSizes, noise } = runToEnd({
      ...common, noisy: seen(twoWells.energy, { slope: (_, xi, j) => 3 * xi[j] }), base, lambdas: [0, 0.01, 0.02, 0.05, 0.4, 1], ladders: 20, stepSize: 0.05, warmupRounds: 200, adaptLadder: true, heating: 0.1,
    });
    const most = pathStepSizes(base, lambdas, 0.05);
    stepSizes.slice(1).forEach((h, k) => assert.ok(Math.abs(h / Math.min(most[k + 1], 0.2 / noise.gradientDeviations[k + 1] ** 2) - 1) < 1e-12, `rung ${k + 1}`));
    assert.ok(noise.heating.every((share) => share < 0.1 + 1e-12) && stepSizes[5] < 0.04, 'heating within its limit');
  });

  it('counts round trips: when all swaps are accepted, rungs go round like clockwork', () => {
    const [K, LADDERS] = [4, 3];
    for (const rounds of [1, 7, 8, 16, 41]) {
      const { roundTrips, swapRates } = runToEnd({ ...common, noisy: seen(flat()), base: baseOf(circle()), lambdas: [0, 0.2, 0.6, 1], ladders: LADDERS, warmupRounds: 6, rounds });
      // A replica goes up and down a circle of 2K places, one a round; at the start even places go up, odd ones down.
      let expected = 0;
      for (let start = 0; start < K; start++) {
        let last = '';
        for (let t = 1; t <= rounds; t++) {
          const place = (start % 2 === 0 ? start : 2 * K - 1 - start) + t;
          const rung = Math.min(place % (2 * K), 2 * K - 1 - (place % (2 * K)));
          if (rung === 0 && last === 'cold') last = 'hot';
          if (rung === K - 1) {
            if (last === 'hot') expected += 1;
            last = 'cold';
          }
        }
      }
      assert.equal(roundTrips, LADDERS * expected, `${rounds} rounds`);
      assert.ok(rounds < 41 || expected > 10, 'a few trips at least');
      assert.ok(swapRates.every((rate) => rate === 1 || (rounds === 1 && Number.isNaN(rate))), 'every swap accepted');
    }
  });

  it('its first rung is a fresh draw of the base in every round', () => {
    const [rounds, ladders] = [40, 200];
    const base = baseOf(real(1), 2, 0.7);
    // U1 = U0: all swaps are right, whatever the step.
    const { rungPositions } = runToEnd({ ...common, noisy: seen(bowl(1 / 0.49, 2)), base, lambdas: [0, 0.5, 1], ladders, rounds, warmupRounds: 1, stride: 2, stepSize: 1e-6 });
    // The first main round is number 1: odd rounds swap the upper pair alone; strides of 2 see even ones, with the first rung swapped.
    const odd = runToEnd({ ...common, noisy: seen(bowl(1 / 0.49, 2)), base, lambdas: [0, 0.5, 1], ladders, rounds, warmupRounds: 0, swapCorrection: 0, heating: 0, stride: 2, stepSize: 1e-6 }).rungPositions;
    for (const found of [rungPositions, odd]) {
      const hot = Float64Array.from({ length: found.length / 3 }, (_, i) => found[3 * i]);
      for (const [f, exact] of [[(x: number) => x, 2], [(x: number) => (x - 2) ** 2, 0.49]] as const) assert.ok(Math.abs(zScore(hot, 1, ([x]) => f(x), exact).z) < 4, 'moments of the base');
    }
    const hot = Float64Array.from({ length: odd.length / 3 }, (_, i) => odd[3 * i]);
    const products = hot.subarray(ladders).map((x, i) => (x - 2) * (hot[i] - 2));
    assert.ok(Math.abs(zScore(products, 1, ([x]) => x, 0).z) < 4, 'no memory');
    assert.equal(new Set(hot).size, hot.length);
  });

  it('keeps positions of all rungs, [rows, L, K, d]', () => {
    const [L, K, d, rounds, stride] = [3, 4, 2, 11, 3];
    const options: ResgldOptions = { ...common, noisy: seen(twoWells.energy), base: baseOf(twoWells.domain), lambdas: [0, 0.1, 0.3, 1], ladders: L, rounds, stride };
    const { rungPositions, positions, rows } = runToEnd(options);
    assert.deepEqual([rows, rungPositions.length, positions.length], [3, 3 * L * K * d, rounds * L * d]);
    for (let row = 0; row < rows; row++) {
      for (let l = 0; l < L; l++) {
        const from = ((row * L + l) * K + K - 1) * d;
        const at = (((row + 1) * stride - 1) * L + l) * d;
        assert.deepEqual(rungPositions.slice(from, from + d), positions.slice(at, at + d), `row ${row}, ladder ${l}`);
      }
      const run = new Resgld(options);
      run.advance(common.warmupRounds + (row + 1) * stride);
      // The chains themselves, [K, L, d].
      const { x } = run.snapshot().arrays;
      for (let l = 0; l < L; l++) for (let k = 0; k < K; k++) for (let j = 0; j < d; j++) assert.equal(rungPositions[((row * L + l) * K + k) * d + j], x[(k * L + l) * d + j]);
    }
    assert.deepEqual([runToEnd({ ...options, stride: 0 }).rows, runToEnd({ ...options, stride: 12 }).rungPositions.length], [0, 0]);
    assert.deepEqual(runToEnd({ ...options, stride: 0 }).positions, positions, 'keeping them changes nothing');
  });
});

describe('thinning', () => {
  const T = 3;
  const options = { ...small, rounds: 10, stride: 2, thinning: T };
  const thin = runToEnd(options);
  const dense = runToEnd({ ...small, rounds: 10 * T, stride: 2 * T });

  it('records every so many rounds of the same chain, and counts its strides in what is recorded', () => {
    const row = small.ladders * 2;
    assert.equal(thin.positions.length, 10 * row);
    for (let r = 0; r < 10; r++) assert.deepEqual(thin.positions.slice(r * row, (r + 1) * row), dense.positions.slice(((r + 1) * T - 1) * row, (r + 1) * T * row), `row ${r}`);
    assert.deepEqual({ ...thin, positions: dense.positions }, dense, 'all else is the same');
    assert.equal(thin.rows, 5);
  });

  it('does so with control variates too, whose evaluations of the energy are counted in every round', () => {
    const row = small.ladders * 2;
    const [thinned, whole] = [{ ...options, controlVariates: true }, { ...small, rounds: 10 * T, controlVariates: true }].map((each) => runToEnd({ ...each, stride: 0 }));
    for (let r = 0; r < 10; r++) assert.deepEqual(thinned.positions.slice(r * row, (r + 1) * row), whole.positions.slice(((r + 1) * T - 1) * row, (r + 1) * T * row), `row ${r}`);
    // At the start and before every swap, on 4 rungs.
    assert.deepEqual([thinned.fullEvaluations, whole.fullEvaluations], new Array(2).fill(small.ladders * 4 * (1 + 40 + 10 * T)));
    assert.deepEqual(thinned.noise.swapDeviations, [0, 0, 0]);
  });

  it('is resumed between recorded rounds, counted in the progress, and part of the settings', () => {
    const run = new Resgld(options);
    run.advance(small.warmupRounds + 4);
    assert.deepEqual([run.progress.phase, run.progress.round, run.progress.rounds], ['main', 44, 70]);
    assert.equal(run.result().positions.length, small.ladders * 2);
    const resumed = new Resgld(options);
    resumed.restore(run.snapshot());
    resumed.advance(1000);
    assert.deepEqual(resumed.result(), thin);
    assert.throws(() => new Resgld({ ...options, thinning: 2 }).restore(run.snapshot()), { name: 'InputError', message: /other settings/ });
  });
});

describe('walls and circles', () => {
  const uniformCdf = (x: number): number => x;

  it('walls reflect: a flat density stays flat, from the base and from one point', () => {
    const ladders = 3000;
    const { positions, nonFinite } = runToEnd({ ...common, noisy: seen(flat()), base: baseOf([interval(0, 1)]), lambdas: [0, 1], ladders, rounds: 3, stepSize: 0.02, swapCorrection: 0 });
    const last = positions.slice(-ladders);
    assert.ok(last.every((x) => x >= 0 && x <= 1) && nonFinite === 0, 'within the walls');
    assert.ok(kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(last, uniformCdf), ladders) > 1e-4, 'flat in whole runs');

    const walls = [interval(0, 1)];
    const walk = (domain: Domain, bounce: (x: Float64Array) => void): number => {
      const x = new Float64Array(ladders).fill(0.3);
      const stepSizes = new Float64Array(ladders).fill(0.02);
      for (let step = 0; step < 60; step++) {
        langevinStep(domain, { x, slopes: new Float64Array(ladders), stepSizes, normals: normals(foldIn(foldIn(key, 'walk'), step), ladders) });
        bounce(x);
      }
      return kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(x, uniformCdf), ladders);
    };
    assert.ok(walk(walls, () => undefined) > 1e-4, 'flat from one point');
    assert.ok(walk(real(1), (x) => wrapPoints(walls, x, ladders)) < 1e-8, 'mutant: points beyond a wall are put on it');
  });

  it('reflection folds from however far away, leaves the rest alone, and never leaves the walls', () => {
    const domain: Domain = [interval(-1, 2), ...real(1)];
    const x = Float64Array.of(0.5, 9, 2.25, -9, -1.5, 0, 5.5, 1, -7.25, 2, 3e9, 3, -1, 4, 2, 5);
    reflect(domain, x, 8);
    assert.deepEqual(Array.from(x).filter((_, i) => i % 2 === 0 && i !== 10), [0.5, 1.75, -0.5, -0.5, -1 + 0.25, -1, 2]);
    assert.deepEqual(Array.from(x).filter((_, i) => i % 2 === 1), [9, -9, 0, 1, 2, 3, 4, 5]);
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ min: 1e-3, max: 10, noNaN: true }), (value, width) => {
      const one = Float64Array.of(value);
      reflect([interval(0.1, 0.1 + width)], one, 1);
      return one[0] >= 0.1 && one[0] <= 0.1 + width;
    }), { seed: 5 });
  });

  it('a density piled up at a wall: e^{3x} on [0, 1]', () => {
    const energy = pointwise(1, (x, gradient) => {
      gradient[0] = -3;
      return -3 * x[0];
    });
    const ladders = 800;
    const h = 0.002;
    const { positions } = runToEnd({ ...common, noisy: seen(energy), base: baseOf([interval(0, 1)]), lambdas: [0, 1], ladders, rounds: 100, stepSize: h });
    const exact = 1 / -Math.expm1(-3) - 1 / 3;
    const { mean, error } = overLadders(positions, ladders, 1, ([x]) => x, exact);
    // A drift 3h/(1 + 3h) instead of 3h, and reflection is of weak order ½ at worst.
    assert.ok(Math.abs(mean - exact) < 4 * error + 0.05 * Math.sqrt(h), `${mean} ± ${error}, exact ${exact}`);
  });

  it('circles wrap: a von Mises law across the seam, and a flat one', () => {
    const ladders = 800;
    const { positions } = runToEnd({ ...common, noisy: seen(vonMises.energy), base: baseOf(vonMises.domain), lambdas: [0, 0.3, 1], ladders, rounds: 80, stepSize: 0.02 });
    assert.ok(positions.every((x) => x >= -Math.PI && x < Math.PI), 'within the circle');
    const { mean, error } = overLadders(positions, ladders, 1, vonMises.at, vonMises.meanCosine);
    // The well's precision is about 2: the variance of its angle is off by h, and by taming h·E|b| ~ 2h.
    assert.ok(Math.abs(mean - vonMises.meanCosine) < 4 * error + 0.02, `${mean} ± ${error}`);
    const even = runToEnd({ ...common, noisy: seen(flat()), base: baseOf(circle()), lambdas: [0, 1], ladders: 3000, rounds: 1, stepSize: 1 }).positions;
    assert.ok(kolmogorovSmirnovPValue(kolmogorovSmirnovStatistic(even, (x) => 0.5 + x / (2 * Math.PI)), 3000) > 1e-4, 'flat on the circle');
  });
});

describe('what is not finite', () => {
  it('chains stay where the gradient is not, are counted, and do not hold up others', () => {
    const noisy = seen(pointwise(2, (x, gradient) => {
      gradient[0] = x[0];
      gradient[1] = x[0] > 0 ? NaN : x[1];
      return 0.5 * (x[0] ** 2 + x[1] ** 2);
    }));
    const x = Float64Array.of(1, 2, -1, 2, 3, 4);
    const slopes = Float64Array.of(1, NaN, -1, 2, Infinity, 0);
    assert.equal(langevinStep(real(2), { x, slopes, stepSizes: new Float64Array(3).fill(0.01), normals: new Float64Array(6).fill(1) }), 2);
    assert.deepEqual([x[0], x[1], x[4], x[5]], [1, 2, 3, 4]);
    assert.ok(Math.abs(x[2] - (-1 + Math.sqrt(0.02) + 0.01 / (1 + 0.01 * Math.sqrt(5)))) < 1e-14, 'the one that moves');

    const run = new Resgld({ ...common, noisy, base: baseOf(real(2)), lambdas: [0, 1], ladders: 1, stepsPerRound: 1, warmupRounds: 0, rounds: 400, swapCorrection: 0 });
    let expected = 0;
    for (let round = 0; round < 400; round++) {
      const stuck = run.snapshot().arrays['x'].slice(2);
      run.advance(1);
      if (stuck[0] > 0) expected += 1;
    }
    const { nonFinite, positions } = run.result();
    assert.ok(expected > 100 && expected < 300, 'stuck now and then');
    assert.equal(nonFinite, expected);
    assert.ok(positions.every(Number.isFinite), 'positions');
  });

  it('with no gradient at all nothing moves but by swaps, and with no energy not by them either', () => {
    const nothing = seen(pointwise(1, (_, gradient) => {
      gradient[0] = NaN;
      return NaN;
    }));
    const [ladders, rounds] = [5, 12];
    const { nonFinite, positions, swapRates, noise, evaluations } = runToEnd({ ...common, noisy: nothing, base: baseOf(real(1)), lambdas: [0, 0.5, 1], ladders, warmupRounds: 4, rounds, heating: 0.1, trackSwapNoise: true });
    for (let round = 1; round < rounds; round++) assert.deepEqual(positions.slice(round * ladders, (round + 1) * ladders), positions.slice(0, ladders));
    // Two rungs that step twice a round, and one pair a round.
    assert.equal(nonFinite, ladders * 16 * (2 * 2 + 1));
    assert.deepEqual(swapRates, [0, 0]);
    assert.deepEqual(noise, { swapDeviations: [0, 0], gradientDeviations: [0, 0, 0], heating: [0, 0, 0] });
    assert.ok(evaluations > 0, 'evaluations');
  });
});

describe('determinism', () => {
  for (const controlVariates of [false, true]) {
    const options = { ...small, controlVariates };
    const whole = new Resgld(options);
    whole.advance(70);

    it(`calls of any length give the same bits, control variates ${controlVariates}`, () => {
      fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 6 }), (calls) => {
        const run = new Resgld(options);
        for (const rounds of calls) run.advance(rounds);
        run.advance(70);
        assert.deepEqual(run.snapshot(), whole.snapshot());
        assert.deepEqual(run.result(), whole.result());
      }), { numRuns: 12, seed: 3 });
    });

    it(`resuming from a snapshot gives the same bits, control variates ${controlVariates}`, () => {
      for (const killedAfter of [0, 1, 17, 39, 40, 41, 55, 69, 70]) {
        const killed = new Resgld(options);
        killed.advance(killedAfter);
        const { json, arrays } = killed.snapshot();
        const resumed = new Resgld(options);
        resumed.advance(5);
        resumed.restore({ json: JSON.parse(JSON.stringify(json)) as typeof json, arrays: structuredClone(arrays) });
        assert.deepEqual(resumed.progress, killed.progress);
        assert.deepEqual(resumed.result(), killed.result());
        resumed.advance(70);
        assert.deepEqual(resumed.snapshot(), whole.snapshot(), `after ${killedAfter}`);
        assert.deepEqual(resumed.result(), whole.result());
      }
    });
  }

  it('a snapshot is a copy, and another seed gives other samples', () => {
    const run = new Resgld(small);
    run.advance(50);
    const snapshot = run.snapshot();
    const before = structuredClone(snapshot);
    run.advance(20);
    assert.deepEqual(snapshot, before);
    assert.notDeepEqual(runToEnd({ ...small, key: keyFromSeed(92) }).positions, run.result().positions);
  });

  it('progress follows the phases', () => {
    const run = new Resgld(small);
    assert.deepEqual(run.progress, { phase: 'warmup', round: 0, rounds: 70, smallestSwapRate: null, roundTrips: 0 });
    run.advance(40);
    assert.deepEqual(run.progress, { phase: 'main', round: 40, rounds: 70, smallestSwapRate: null, roundTrips: 0 });
    run.advance(1000);
    assert.deepEqual([run.progress.phase, run.progress.round], ['done', 70]);
    assert.equal(run.result().positions.length, 30 * 2 * 2);
  });
});

describe('bad input', () => {
  const cases: [string, Partial<ResgldOptions>, RegExp][] = [
    ['ladders', { ladders: 0 }, /^resgld: ladders must be an integer >= 1, got 0$/],
    ['stepsPerRound', { stepsPerRound: 1.5 }, /^resgld: stepsPerRound must be an integer >= 1, got 1.5$/],
    ['warmupRounds', { warmupRounds: -1 }, /^resgld: warmupRounds must be an integer >= 0, got -1$/],
    ['rounds', { rounds: NaN }, /^resgld: rounds must be an integer >= 1, got NaN$/],
    ['thinning', { thinning: 0 }, /^resgld: thinning must be an integer >= 1, got 0$/],
    ['draws', { draws: 0 }, /^resgld: draws must be an integer >= 1, got 0$/],
    ['stride', { stride: Infinity }, /^resgld: stride must be an integer >= 0, got Infinity$/],
    ['stepSize', { stepSize: 0 }, /^resgld: stepSize must be finite and > 0, got 0$/],
    ['endless step', { stepSize: Infinity }, /^resgld: stepSize must be finite and > 0, got Infinity$/],
    ['swapCorrection', { swapCorrection: -0.5 }, /^resgld: swapCorrection must be finite and >= 0, got -0.5$/],
    ['no swapCorrection', { swapCorrection: NaN }, /^resgld: swapCorrection must be finite and >= 0, got NaN$/],
    ['heating', { heating: -1 }, /^resgld: heating must be finite and >= 0, got -1$/],
    ['base', { base: baseOf(real(3)) }, /^resgld: the energy has 2 coordinates, but the base has 3$/],
    ['control variates', { controlVariates: true, noisy: { ...small.noisy, full: null } }, /^resgld: controlVariates needs the energy without noise/],
    ['one rung', { lambdas: [1] }, /at least two numbers, 0 and 1, got 1/],
    ['rungs that do not start at 0', { lambdas: [0.1, 1] }, /must start with 0, got 0.1, 1/],
    ['rungs that do not end at 1', { lambdas: [0, 0.9] }, /must end in 1, got 0, 0.9/],
    ['rungs that fall', { lambdas: [0, 0.5, 0.4, 1] }, /must increase, got 0, 0.5, 0.4, 1/],
    ['rungs that are not numbers', { lambdas: [0, NaN, 1] }, /must increase, got 0, NaN, 1/],
  ];
  for (const [what, change, message] of cases) {
    it(what, () => assert.throws(() => new Resgld({ ...small, ...change }), (error: unknown) => error instanceof Error && error.name === 'InputError' && message.test(error.message) && !error.message.includes('\n')));
  }

  it('snapshots of other settings, and broken ones', () => {
    const run = new Resgld(small);
    run.advance(45);
    const own = run.snapshot();
    const changes: Partial<ResgldOptions>[] = [
      { ladders: 3 }, { lambdas: [0, 0.1, 0.5, 1] }, { stepSize: 0.01 }, { stepsPerRound: 3 }, { warmupRounds: 41 }, { rounds: 31 }, { draws: 1 }, { swapCorrection: 0 }, { trackSwapNoise: false },
      { heating: 0 }, { controlVariates: true }, { adaptLadder: false }, { stride: 5 }, { key: foldIn(key, 1) },
    ];
    for (const change of changes) {
      assert.throws(() => new Resgld({ ...small, ...change }).restore(own), { name: 'InputError', message: 'resgld: the snapshot is of a run with other settings' }, Object.keys(change)[0]);
    }
    const before = run.snapshot();
    for (const name of Object.keys(own.arrays).filter((each) => own.arrays[each].length > 0)) {
      const others = Object.fromEntries(Object.entries(own.arrays).filter(([each]) => each !== name));
      assert.throws(() => run.restore({ json: own.json, arrays: others }), { name: 'InputError', message: new RegExp(`the snapshot's ${name} must have \\d+ entries, got none`) });
      assert.throws(() => run.restore({ json: own.json, arrays: { ...own.arrays, [name]: new Float64Array(1000) } }), { name: 'InputError', message: /entries, got 1000/ });
    }
    for (const [name, value] of [['round', -1], ['steps', 1.5], ['evaluations', 'x'], ['recorded', 31]] as const) {
      assert.throws(() => run.restore({ json: { ...own.json, [name]: value }, arrays: own.arrays }), { name: 'InputError', message: /^resgld: the snapshot/ });
    }
    assert.throws(() => run.restore({ json: Object.fromEntries(Object.entries(own.json).filter(([name]) => name !== 'roundTrips')), arrays: own.arrays }), { name: 'InputError', message: /roundTrips must be a count, got undefined/ });
    assert.deepEqual(run.snapshot(), before, 'a snapshot that is refused changes nothing');
  });
});
