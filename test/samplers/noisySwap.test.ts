/** Swaps under noise: with the whole correction they balance, without it they do not, in integrals, in single swaps and in chains. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed, uniform, type Key } from '../../src/engine/random.ts';
import { compositeGaussLegendre } from '../../src/numerics/quadrature.ts';
import { normalCdf } from '../../src/numerics/special.ts';
import { addSwapNoise, correctedLogRatio, createSwapNoise, swapVariance } from '../../src/samplers/noisySwap.ts';
import { Resgld, type ResgldResult } from '../../src/samplers/resgld.ts';
import type { Base } from '../../src/targets/base.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import { normals, zScore } from './targets.ts';

const key = keyFromSeed(71);
const EXACT = 1;
const PUBLISHED = 0.5;
const NAIVE = 0;

/** E min(1, exp(Δ + η − τσ²/2)) over η ~ N(0, σ²), by quadrature on both sides of the kink. */
function acceptance(delta: number, sigma: number, correction: number): number {
  const kink = -correctedLogRatio(delta, sigma * sigma, correction) / sigma;
  const [low, high] = [Math.min(-12, kink), Math.max(12, kink)];
  return [[low, kink], [kink, high]].reduce((sum, [from, to]) => {
    if (!(to > from)) return sum;
    const { nodes, weights } = compositeGaussLegendre(40, 16, from, to);
    return sum + nodes.reduce((part, z, i) => part
      + weights[i] * Math.min(1, Math.exp(correctedLogRatio(delta + sigma * z, sigma * sigma, correction))) * Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI), 0);
  }, 0);
}

/** By how much the log of the ratio of there and back is off. */
const imbalance = (delta: number, sigma: number, correction: number): number =>
  Math.log(acceptance(delta, sigma, correction) / acceptance(-delta, sigma, correction)) - delta;

describe('the corrected swap, by quadrature', () => {
  const ratios = [0.1, 1, 2.5, 6];
  const deviations = [0.3, 1, 2, 3.5];

  it('the quadrature is that of the closed form', () => {
    for (const delta of ratios) {
      for (const sigma of deviations) {
        const shifted = delta - 0.5 * sigma * sigma;
        const closed = normalCdf(shifted / sigma) + Math.exp(delta) * normalCdf(-(shifted + sigma * sigma) / sigma);
        assert.ok(Math.abs(acceptance(delta, sigma, EXACT) - closed) < 1e-10, `Δ ${delta}, σ ${sigma}`);
      }
    }
  });

  it('there and back accept in the ratio exp(Δ), whatever the noise', () => {
    for (const delta of ratios) for (const sigma of deviations) assert.ok(Math.abs(imbalance(delta, sigma, EXACT)) < 1e-8, `Δ ${delta}, σ ${sigma}: ${imbalance(delta, sigma, EXACT)}`);
  });

  it('mutants: without the correction, with half or twice of it they do not', () => {
    for (const delta of ratios.slice(1)) {
      for (const sigma of deviations.slice(1)) {
        for (const correction of [NAIVE, PUBLISHED, 2]) assert.ok(Math.abs(imbalance(delta, sigma, correction)) > 0.01, `τ ${correction}, Δ ${delta}, σ ${sigma}: ${imbalance(delta, sigma, correction)}`);
        assert.ok(imbalance(delta, sigma, NAIVE) < imbalance(delta, sigma, PUBLISHED) && imbalance(delta, sigma, PUBLISHED) < 0, 'naive swaps are too even, half-corrected ones less so');
      }
    }
    assert.ok(imbalance(2.5, 2, NAIVE) < -0.6, `${imbalance(2.5, 2, NAIVE)}`);
  });

  it('without noise there is nothing to correct', () => {
    for (const correction of [NAIVE, PUBLISHED, EXACT]) assert.equal(correctedLogRatio(-1.25, 0, correction), -1.25);
  });
});

describe('single swaps of two rungs in balance', () => {
  // States of the hot and the cold rung in their own laws; energies only known with noise.
  const hot = [0.2, 0.5, 0.3];
  const cold = [0.6, 0.1, 0.3];
  const N = 300000;
  const SIGMA = 1.5;
  const pick = (law: readonly number[], u: number): number => (u < law[0] ? 0 : u < law[0] + law[1] ? 1 : 2);

  /** Largest |z| of flux there against flux back, over pairs of states. */
  function fluxScore(correction: number): number {
    const noise = normals(foldIn(key, 'flux'), N);
    const flux = new Map<string, number>();
    for (let i = 0; i < N; i++) {
      const [a, b] = [pick(hot, uniform(key, i, 0)), pick(cold, uniform(key, i, 1))];
      const ratio = Math.log((hot[b] * cold[a]) / (hot[a] * cold[b])) + SIGMA * noise[i];
      if (a !== b && uniform(key, i, 2) < Math.exp(correctedLogRatio(ratio, SIGMA ** 2, correction))) flux.set(`${a}${b}`, (flux.get(`${a}${b}`) ?? 0) + 1);
    }
    return Math.max(...['01', '02', '12'].map((there) => {
      const [one, other] = [flux.get(there) ?? 0, flux.get(`${there[1]}${there[0]}`) ?? 0];
      return Math.abs(one - other) / Math.sqrt(one + other);
    }));
  }

  it('as many go there as come back', () => assert.ok(fluxScore(EXACT) < 4, `${fluxScore(EXACT)}`));
  it('mutants: not so when the noise is left in, or only half of it corrected', () => {
    for (const correction of [NAIVE, PUBLISHED]) assert.ok(fluxScore(correction) > 6, `τ ${correction}: ${fluxScore(correction)}`);
  });
});

describe('two rungs, the hot one fresh, the cold one moved by swaps alone', () => {
  const ENERGIES = [0, 2];
  /** Of the noise of an energy; a swap sees two of them. */
  const DEVIATION = 1.2;
  const SIGMA = DEVIATION * Math.SQRT2;
  const base: Base = { domain: [{ kind: 'interval', low: 0, high: 1 }], mean: new Float64Array(1), standardDeviation: new Float64Array(1) };
  const bits = new Float64Array(1);
  const halves = new Int32Array(bits.buffer);
  const drawn = new Float64Array(1);
  const state = (x: number): number => (x < 0.5 ? 0 : 1);

  /** A normal that depends on ξ and the point alone: noise that is independent at any two points. */
  function noiseAt(x: number, xi: number): number {
    bits[0] = x;
    const name: Key = { k0: halves[0], k1: halves[1] };
    drawn[0] = normalOf(name, Math.floor(xi * 2 ** 31));
    return DEVIATION * drawn[0];
  }
  const normalOf = (name: Key, counter: number): number =>
    Math.sqrt(-2 * Math.log(uniform(name, counter, 0))) * Math.cos(2 * Math.PI * uniform(name, counter, 1));

  const noisy: NoisyEvaluator = {
    dimension: 1,
    size: 1,
    draw: (of, first, n, xi) => { for (let i = 0; i < n; i++) xi[i] = uniform(of, first + i); },
    energies: (x, xi, n, energies) => { for (let i = 0; i < n; i++) energies[i] = ENERGIES[state(x[i])] + noiseAt(x[i], xi[i]); },
    energiesAndGradients: (_, __, n, energies, gradients) => { energies.fill(0, 0, n); gradients.fill(0, 0, n); },
    full: null,
    cost: null,
  };
  const LADDERS = 1000;
  const ROUNDS = 320;

  const results = new Map<number, ResgldResult>();
  function run(swapCorrection: number): ResgldResult {
    const known = results.get(swapCorrection);
    if (known !== undefined) return known;
    const chain = new Resgld({
      // A step that moves nothing.
      noisy, base, lambdas: [0, 1], ladders: LADDERS, stepSize: 1e-40, stepsPerRound: 1, warmupRounds: 160, rounds: ROUNDS, draws: 1, swapCorrection,
      trackSwapNoise: false, heating: 0, controlVariates: false, adaptLadder: false, stride: 0, key: foldIn(key, 'two rungs'),
    });
    chain.advance(160 + ROUNDS);
    results.set(swapCorrection, chain.result());
    return chain.result();
  }
  /** The share of the upper state when swaps are seen with this noise. */
  const share = (correction: number): number => {
    const [up, down] = [acceptance(-2, SIGMA, correction), acceptance(2, SIGMA, correction)];
    return up / (up + down);
  };
  const exact = Math.exp(-2) / (1 + Math.exp(-2));
  function occupation(correction: number, expected: number): number {
    const { positions } = run(correction);
    const perLadder = new Float64Array(LADDERS);
    positions.forEach((x, i) => { perLadder[i % LADDERS] += state(x) / ROUNDS; });
    return zScore(perLadder, 1, ([mean]) => mean, expected).z;
  }

  it('the whole correction gives the exact occupation', () => {
    assert.ok(Math.abs(share(EXACT) - exact) < 1e-8, 'the integral');
    assert.ok(Math.abs(occupation(EXACT, exact)) < 4, `${occupation(EXACT, exact)}`);
  });

  it('σ is that of the noise', () => {
    const attempts = 80 * LADDERS;
    assert.ok(Math.abs(run(EXACT).noise.swapDeviations[0] ** 2 / SIGMA ** 2 - 1) < 4 * Math.sqrt(2 / attempts), `${run(EXACT).noise.swapDeviations[0]}`);
  });

  for (const [what, correction] of [['naive', NAIVE], ['half-corrected', PUBLISHED]] as const) {
    it(`mutant: ${what} swaps are off, by as much as the integral says`, () => {
      assert.ok(Math.abs(occupation(correction, exact)) > 6, `${occupation(correction, exact)}`);
      assert.ok(Math.abs(occupation(correction, share(correction))) < 4, `${occupation(correction, share(correction))}`);
    });
  }
});

describe('σ² of a pair', () => {
  it('is found from pairs of draws, pair by pair', () => {
    const deviations = [0.3, 2, 5];
    const noise = createSwapNoise(3);
    const n = 20000;
    deviations.forEach((sigma, k) => {
      const draws = normals(foldIn(key, k), 2 * n);
      // The log ratio itself drops out.
      for (let i = 0; i < n; i++) addSwapNoise(noise, k, -7 + i + sigma * draws[2 * i], -7 + i + sigma * draws[2 * i + 1]);
    });
    deviations.forEach((sigma, k) => assert.ok(Math.abs(swapVariance(noise, k) / sigma ** 2 - 1) < 4 * Math.sqrt(2 / n), `pair ${k}: ${swapVariance(noise, k)}`));
    assert.deepEqual(Array.from(noise.counts), [n, n, n]);
  });

  it('is 0 before the first draw, and of what is not finite nothing is learned', () => {
    const noise = createSwapNoise(2);
    assert.equal(swapVariance(noise, 0), 0);
    addSwapNoise(noise, 0, NaN, 1);
    addSwapNoise(noise, 0, Infinity, -Infinity);
    assert.deepEqual([swapVariance(noise, 0), noise.counts[0]], [0, 0]);
    addSwapNoise(noise, 0, 1, 3);
    assert.deepEqual([swapVariance(noise, 0), noise.counts[0], swapVariance(noise, 1)], [2, 1, 0]);
  });
});
