import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { autocorrelationTime, autocovariance, chainMean } from '../../src/estimators/autocorrelation.ts';
import { nestedRhat } from '../../src/estimators/nestedRhat.ts';
import { splitRhat } from '../../src/estimators/splitRhat.ts';

/** Stationary AR(1) chains x_t = φ x_{t−1} + √(1−φ²) ε: unit variance, τ = (1 + φ)/(1 − φ). */
function autoregressive(phi: number, chains: number, draws: number, seed = 1): Float64Array {
  const x = new Float64Array(chains * draws);
  const noise = Math.sqrt(1 - phi * phi);
  for (let c = 0; c < chains; c++) {
    const row = x.subarray(c * draws, (c + 1) * draws);
    fillNormal(foldIn(keyFromSeed(seed), c), 0, row);
    for (let t = 1; t < draws; t++) row[t] = phi * row[t - 1] + noise * row[t];
  }
  return x;
}

describe('autocorrelation', () => {
  it('autocovariances match the direct sum', () => {
    const [chains, draws] = [3, 37];
    const x = autoregressive(0.5, chains, draws);
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const covariance = autocovariance(x, chains);
    for (const lag of [0, 1, 5, 36]) {
      let sum = 0;
      for (let c = 0; c < chains; c++) for (let t = 0; t + lag < draws; t++) sum += (x[c * draws + t] - mean) * (x[c * draws + t + lag] - mean);
      assert.ok(Math.abs(covariance[lag] - sum / chains / (draws - lag)) < 1e-13);
    }
  });

  for (const phi of [-0.5, 0, 0.6, 0.95]) {
    it(`τ of AR(1) with φ = ${phi}`, () => {
      const x = autoregressive(phi, 8, 8000);
      const exact = (1 + phi) / (1 - phi);
      const { rounds, effectiveSampleSize, window, converged } = autocorrelationTime(x, 8);
      // Sokal 1997, eq. 3.19: var τ ≈ 2 (2 W + 1) τ² / N; the window's bias is exp(−5) of τ and less.
      const se = rounds * Math.sqrt((2 * (2 * window + 1)) / x.length);
      const close = (value: number): boolean => Math.abs(value - exact) < 5 * se + 0.01 * exact;
      assert.ok(converged);
      assert.ok(close(rounds));
      assert.ok(Math.abs(effectiveSampleSize - x.length / rounds) < 1e-9);
      // Mutant: 1 + Σ ρ in place of 1 + 2 Σ ρ.
      assert.ok(phi === 0 || !close((1 + rounds) / 2));
    });
  }

  it('does not change with shift and scale', () => {
    const x = autoregressive(0.7, 4, 1000);
    assert.ok(Math.abs(autocorrelationTime(x.map((v) => 3 - 20 * v), 4).rounds - autocorrelationTime(x, 4).rounds) < 1e-9);
  });

  it('chains stuck apart have as few samples as chains', () => {
    const x = autoregressive(0, 4, 500).map((v, i) => v + (i < 1000 ? 0 : 50));
    const { effectiveSampleSize, converged } = autocorrelationTime(x, 4);
    assert.equal(converged, false);
    assert.ok(effectiveSampleSize < 8);
  });

  it('the standard error of a chain mean is calibrated', () => {
    let variance = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { value, standardError } = chainMean(autoregressive(0.8, 4, 1000, 50 + seed), 4);
      variance += (value / standardError) ** 2 / 200;
    }
    assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / 200));
  });

  it('edge cases', () => {
    assert.ok(Number.isNaN(autocorrelationTime(new Float64Array(20).fill(3), 2).rounds));
    assert.ok(Number.isNaN(autocorrelationTime(Float64Array.of(1, NaN, 2, 3), 1).rounds));
    assert.throws(() => autocorrelationTime(new Float64Array(0), 1), InputError);
    assert.throws(() => autocorrelationTime(new Float64Array(5), 2), InputError);
  });
});

describe('splitRhat', () => {
  it('is near 1 for chains of one distribution, even without moments', () => {
    const x = autoregressive(0.3, 4, 1000);
    assert.ok(splitRhat(x, 4).value < 1.01);
    // Cauchy: ranks do not mind.
    const cauchy = x.map((v, i) => v / x[(i + 2000) % x.length]);
    assert.ok(splitRhat(cauchy, 4).value < 1.02);
  });

  it('sees a shifted chain, a wider chain (folded only) and a drift', () => {
    const x = autoregressive(0, 4, 1000);
    const shifted = splitRhat(x.map((v, i) => (i < 1000 ? v + 1 : v)), 4);
    assert.ok(shifted.bulk > 1.05);
    const wider = splitRhat(x.map((v, i) => (i < 1000 ? 4 * v : v)), 4);
    assert.ok(wider.bulk < 1.01 && wider.folded > 1.05);
    assert.equal(wider.value, wider.folded);
    assert.ok(splitRhat(x.map((v, i) => v + (2 * (i % 1000)) / 1000), 4).value > 1.05);
  });

  it('depends on ranks only, and matches a small case by hand', () => {
    const x = autoregressive(0.3, 3, 101);
    assert.ok(Math.abs(splitRhat(x.map(Math.exp), 3).bulk - splitRhat(x, 3).bulk) < 1e-12);
    // One chain (1, 2, 3, 4): halves of normal scores z = Φ⁻¹((r − 3/8)/4.25), antisymmetric: ±a, ±b.
    const [a, b] = [1.0491314, 0.2993069];
    const [within, betweenOverN] = [(a - b) ** 2 / 2, (a + b) ** 2 / 2];
    assert.ok(Math.abs(splitRhat(Float64Array.of(1, 2, 3, 4), 1).bulk - Math.sqrt(0.5 + betweenOverN / within)) < 1e-5);
  });

  it('edge cases', () => {
    assert.ok(Number.isNaN(splitRhat(new Float64Array(20), 2).value));
    assert.ok(Number.isNaN(splitRhat(Float64Array.of(1, 2, NaN, 4), 1).value));
    assert.throws(() => splitRhat(new Float64Array(6), 2), InputError);
    assert.throws(() => splitRhat(new Float64Array(0), 1), InputError);
  });
});

describe('nestedRhat', () => {
  /** Chains of so many draws, and the state that each of them began at. */
  function short(phi: number, chains: number, draws: number): { values: Float64Array; starts: Float64Array } {
    const all = autoregressive(phi, chains, draws + 1);
    const starts = Float64Array.from({ length: chains }, (_, c) => all[c * (draws + 1)]);
    return { values: Float64Array.from({ length: chains * draws }, (_, i) => all[Math.floor(i / draws) * (draws + 1) + 1 + (i % draws)]), starts };
  }

  it('is 1 of short chains that forget at once, which split R-hat of each by itself is not', () => {
    const { values, starts } = short(0.3, 2048, 8);
    // Halves of N = 64 · 4 draws with τ = 1.86, B/N of 64 of them: R² = 1 + (τ(1 ± .18) − 1)/N, so 1.0017 ± .0006.
    assert.ok(nestedRhat(values, starts).value < 1.005, `${nestedRhat(values, starts).value}`);
    assert.ok(splitRhat(values, 2048).value > 1.05, `${splitRhat(values, 2048).value}`);
  });

  it('is 1/√(1 − B) where B of the variance is what chains remember of their starts', () => {
    const [phi, draws] = [0.9, 10];
    const { values, starts } = short(phi, 8192, draws);
    const meanOf = (from: number, to: number): number =>
      Array.from({ length: to - from }, (_, t) => phi ** (from + t + 1)).reduce((a, b) => a + b, 0) / (to - from);
    const between = (meanOf(0, 5) ** 2 + meanOf(5, 10) ** 2) / 2;
    const { bulk } = nestedRhat(values, starts);
    // Groups hide half a percent of B within them; chance adds less than .003 (N = 256 · 5, τ ≤ 5), and ranks move the rest.
    assert.ok(Math.abs(bulk - 1 / Math.sqrt(1 - between)) < 0.015, `${bulk}, ${1 / Math.sqrt(1 - between)}`);
    // Put together without regard to where they began, they have nothing in common.
    const shuffled = Float64Array.from(starts, (_, c) => (c * 2654435761) % 8192);
    assert.ok(nestedRhat(values, shuffled).value < 1.01);
  });

  it('sees two wells that no chain crosses between, and chains that kept how wide they were', () => {
    const { values } = short(0, 1024, 6);
    const starts = Float64Array.from({ length: 1024 }, (_, c) => (c % 3 === 0 ? 4 : 0) + (c % 7) / 100);
    assert.ok(nestedRhat(values.map((v, i) => v + (Math.floor(i / 6) % 3 === 0 ? 4 : 0)), starts).bulk > 1.5);
    assert.ok(nestedRhat(values.map((v, i) => v * (Math.floor(i / 6) % 3 === 0 ? 4 : 1)), starts).folded > 1.05);
  });

  it('is split R-hat of a few chains, and refuses shapes that do not fit', () => {
    const x = autoregressive(0.3, 5, 50);
    assert.deepEqual(nestedRhat(x, new Float64Array(5)), splitRhat(x, 5));
    assert.throws(() => nestedRhat(new Float64Array(30), new Float64Array(10)), InputError);
    assert.throws(() => nestedRhat(new Float64Array(31), new Float64Array(5)), InputError);
  });
});
