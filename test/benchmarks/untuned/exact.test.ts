/** The exact values of the untuned targets that are more than a line of quadrature: cells of centres, four particles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineDensity } from '../../../src/benchmarks/untuned/exact.ts';
import { nearestMasses } from '../../../src/benchmarks/untuned/nearestMasses.ts';
import { known as dw4 } from '../../../src/benchmarks/untuned/targets/dw4.ts';
import { normalCdf } from '../../../src/numerics/special.ts';
import { fourParticles } from './fourParticles.ts';

const close = (found: number, exact: number, most: number): void =>
  assert.ok(Math.abs(found - exact) < most, `${found}, not ${exact}`);

describe('a density on a line', () => {
  it('has the moments of a Gaussian, and those of one half of it', () => {
    const { logZ, mean } = lineDensity((x) => (x - 1) ** 2 / 8, -19, 21);
    close(logZ, 0.5 * Math.log(2 * Math.PI * 4), 1e-12);
    close(mean((x) => x), 1, 1e-12);
    close(mean((x) => (x - 1) ** 2), 4, 1e-12);
    close(mean((x) => (x < -1 ? 1 : 0)), normalCdf(-1), 1e-12);
  });
});

describe('masses by nearest centre', () => {
  it('of three on a slanted line are those of slices', () => {
    const [places, sigma] = [[0, 3, 7], 1.3];
    const masses = nearestMasses(places.map((t) => [1 + 0.6 * t, -2 + 0.8 * t]), sigma);
    const borders = [-Infinity, 1.5, 5, Infinity];
    const below = (border: number, place: number): number => (Number.isFinite(border) ? normalCdf((border - place) / sigma) : border > 0 ? 1 : 0);
    masses.forEach((mass, k) => close(mass, places.reduce((sum, place) => sum + below(borders[k + 1], place) - below(borders[k], place), 0) / 3, 1e-9));
  });
  it('of a square of centres are equal, and add up to one', () => {
    nearestMasses([[0, 0], [1, 0], [1, 1], [0, 1]], 2).forEach((mass) => close(mass, 0.25, 1e-9));
    const sum = nearestMasses([[0, 0], [1, 0.3], [-0.2, 1], [5, 5], [4, -3]], 1.5).reduce((a, b) => a + b);
    close(sum, 1, 1e-9);
  });
});

describe('four particles', () => {
  it('with harmonic pairs are Gaussian', () => {
    // Σ d²/2 over pairs is 2 Σ |p − c|², d⁸p = 4 d²c d⁶y with y normal coordinates, of variance 1/4; ⟨d²⟩ = 2 (1/4 + 1/4).
    const found = fourParticles((d) => (d * d) / 2, { n: 64, width: 14, cuts: [0, 3, 7], order: 12 });
    close(found.logZ, Math.log(4 * (Math.PI / 2) ** 4), 1e-6);
    close(found.pairMean((d) => d * d), 1, 1e-6);
  });
  it('with double wells have the values of dw4', () => {
    const u = (d: number): number => 0.9 * (d - 4) ** 4 - 4 * (d - 4) ** 2;
    const { logZ, pairMean } = fourParticles(u, { n: 128, width: 22, cuts: [0.6, 3, 4, 5.5, 7.6], order: 20 });
    close(logZ, dw4.logZ ?? NaN, 1e-5);
    const exact = new Map(dw4.observables?.map((entry) => [entry.name, entry.exact ?? NaN]));
    const means: readonly [string, (d: number) => number][] = [
      ['pair energy', u], ['distance', (d) => d], ['distance < 3', (d) => (d < 3 ? 1 : 0)], ['distance < 4', (d) => (d < 4 ? 1 : 0)],
      ['distance < 5.5', (d) => (d < 5.5 ? 1 : 0)], ['virial', (d) => d * (3.6 * (d - 4) ** 3 - 8 * (d - 4))],
    ];
    for (const [name, f] of means) close(pairMean(f), exact.get(name) ?? NaN, 1e-5);
  });
});
