/** The untuned targets: energies and exact values against exact draws, or another route where there are none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { untunedTargets } from '../../../src/benchmarks/untuned/catalogue.ts';
import * as eightschools from '../../../src/benchmarks/untuned/targets/eightschools.ts';
import * as horseshoe13 from '../../../src/benchmarks/untuned/targets/horseshoe13.ts';
import { known as phi4 } from '../../../src/benchmarks/untuned/targets/phi4.ts';
import { known as dw4 } from '../../../src/benchmarks/untuned/targets/dw4.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { defineTarget, type Observable, type TargetDefinition } from '../../../src/targets/target.ts';
import { diceOf, exactDraws, type Dice } from './exactDraws.ts';

function compiled(definition: TargetDefinition): { energy: (x: ArrayLike<number>) => number; gradient: (x: ArrayLike<number>) => Float64Array } {
  const evaluator = compileEnergy(defineTarget({ box: [-50, 50], ...definition }));
  const at = (x: ArrayLike<number>): { u: number; slope: Float64Array } => {
    const [u, slope] = [new Float64Array(1), new Float64Array(definition.dimension)];
    evaluator.energiesAndGradients(Float64Array.from(x), 1, u, slope);
    return { u: u[0], slope };
  };
  return { energy: (x) => at(x).u, gradient: (x) => at(x).slope };
}

/** Weighted means are within five standard errors of the exact values. */
function checkMeans(observables: readonly Observable[], points: readonly Float64Array[], weights?: readonly number[]): void {
  const w = weights ?? points.map(() => 1);
  const total = w.reduce((a, b) => a + b);
  for (const { name, value, exact } of observables) {
    if (exact === undefined) continue;
    const values = points.map(value);
    const mean = values.reduce((sum, f, i) => sum + w[i] * f, 0) / total;
    const error = Math.sqrt(values.reduce((sum, f, i) => sum + (w[i] * (f - mean)) ** 2, 0)) / total;
    assert.ok(Math.abs(mean - exact) <= 5 * error + 1e-12, `${name}: ${mean} ± ${error}, exact ${exact}`);
  }
}

for (const { name, load } of untunedTargets) {
  describe(name, async () => {
    const { known, default: given, limits } = await load();
    const { observables = [] } = known;
    it('is called as its file, and is given without its exact values and without hints', () => {
      assert.deepEqual([known.name, given.name], [name, name]);
      assert.deepEqual([given.box, given.base, given.modes, given.logZ, given.settings], Array(5).fill(undefined));
      assert.deepEqual(given.observables?.map((entry) => [entry.name, entry.exact]), observables.map((entry) => [entry.name, undefined]));
      assert.ok(observables.some(({ exact }) => exact !== undefined));
      for (const named of Object.keys(limits.observables ?? {})) assert.ok(observables.some((entry) => entry.name === named), named);
    });
    const make = exactDraws[name];
    if (make === undefined) return;
    const { draw, logDensity } = make();
    const dice = diceOf(1);
    const points = Array.from({ length: 20_000 }, () => Float64Array.from(draw(dice)));
    it('has the energy and the log Z of its density', () => {
      const { energy } = compiled(known);
      for (const x of points.slice(0, 20)) {
        const [found, expected] = [-energy(x) - (known.logZ ?? NaN), logDensity([...x])];
        assert.ok(Math.abs(found - expected) < 1e-8 * (1 + Math.abs(expected)), `${found}, not ${expected}`);
      }
    });
    it('has the means of its draws', () => checkMeans(observables, points));
  });
}

const logNormal = (x: number, variance: number): number => -0.5 * ((x * x) / variance + Math.log(2 * Math.PI * variance));
const halfCauchy = ({ uniform }: Dice): number => Math.tan((Math.PI / 2) * uniform());

/** log of the mean of weights, within five standard errors. */
function checkLogZ(weights: readonly number[], logZ: number): void {
  const n = weights.length;
  const mean = weights.reduce((a, b) => a + b) / n;
  const error = Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0)) / n / mean;
  assert.ok(error < 0.05, `relative error ${error}`);
  assert.ok(Math.abs(Math.log(mean) - logZ) < 5 * error, `${Math.log(mean)} ± ${error}, exact ${logZ}`);
}

describe('eightschools, by draws of the prior and the likelihood', () => {
  const { known } = eightschools;
  const [y, s] = [[28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]];
  const dice = diceOf(2);
  const likelihood = (theta: readonly number[]): number => theta.reduce((sum, value, k) => sum + logNormal(y[k] - value, s[k] ** 2), 0);
  const draws = Array.from({ length: 40_000 }, () => {
    const [mu, tau] = [5 * dice.normal(), 5 * halfCauchy(dice)];
    return [mu, Math.log(tau), ...y.map(() => mu + tau * dice.normal())];
  });
  const weights = draws.map((x) => Math.exp(likelihood(x.slice(2))));
  it('log Z', () => checkLogZ(weights, known.logZ ?? NaN));
  it('means', () => checkMeans(known.observables ?? [], draws.map((x) => Float64Array.from(x)), weights));
  it('energy', () => {
    const { energy } = compiled(known);
    for (const [mu, logTau, ...theta] of draws.slice(0, 20)) {
      const tau = Math.exp(logTau);
      const prior = logNormal(mu, 25) + Math.log(tau * 2 / Math.PI / (5 * (1 + (tau / 5) ** 2))) + theta.reduce((sum, value) => sum + logNormal(value - mu, tau * tau), 0);
      const expected = -prior - likelihood(theta);
      assert.ok(Math.abs(energy([mu, logTau, ...theta]) - expected) < 1e-8 * Math.abs(expected));
    }
  });
});

describe('horseshoe13, by draws of the prior scales', () => {
  const { known, design, responses } = horseshoe13;
  const dice = diceOf(3);
  const fitted = design[0].map((_, j) => design.reduce((sum, row, i) => sum + row[j] * responses[i] / 8, 0));
  /** β given the scales is Gaussian, with variance 1/(8 + 1/s²) and mean 8b/(8 + 1/s²). */
  const draws = Array.from({ length: 60_000 }, () => {
    const tau = halfCauchy(dice);
    const lambdas = fitted.map(() => halfCauchy(dice));
    const betas = fitted.map((b, j) => {
      const variance = 1 / (8 + 1 / (tau * lambdas[j]) ** 2);
      return 8 * b * variance + Math.sqrt(variance) * dice.normal();
    });
    return { tau, lambdas, betas };
  });
  // Of the responses given the scales: a Gaussian of covariance 1 + X diag(s²) Xᵀ, in the columns and across them.
  const across = responses.reduce((sum, y) => sum + y * y, 0) - 8 * fitted.reduce((sum, b) => sum + b * b, 0);
  const weights = draws.map(({ tau, lambdas }) => Math.exp(fitted.reduce((sum, b, j) =>
    sum + logNormal(Math.sqrt(8) * b, 1 + 8 * (tau * lambdas[j]) ** 2), -0.5 * across - Math.log(2 * Math.PI))));
  it('has orthogonal columns', () => {
    design[0].forEach((_, j) => design[0].forEach((__, k) =>
      assert.equal(design.reduce((sum, row) => sum + row[j] * row[k], 0), j === k ? 8 : 0)));
  });
  it('log Z', () => checkLogZ(weights, known.logZ ?? NaN));
  it('means', () => checkMeans(known.observables ?? [], draws.map(({ tau, lambdas, betas }) =>
    Float64Array.from([Math.log(tau), ...lambdas.map(Math.log), ...betas])), weights));
  it('energy', () => {
    const { energy } = compiled(known);
    for (const { tau, lambdas, betas } of draws.slice(0, 20)) {
      const scale = (value: number): number => Math.log((value * 2) / Math.PI / (1 + value ** 2));
      const prior = [tau, ...lambdas].reduce((sum, value) => sum + scale(value), 0) + betas.reduce((sum, beta, j) => sum + logNormal(beta, (tau * lambdas[j]) ** 2), 0);
      const expected = -design.reduce((sum, row, i) => sum + logNormal(responses[i] - row.reduce((fit, x, j) => fit + x * betas[j], 0), 1), prior);
      const found = energy([Math.log(tau), ...lambdas.map(Math.log), ...betas]);
      assert.ok(Math.abs(found - expected) < 1e-8 * (1 + Math.abs(expected)), `${found}, not ${expected}`);
    }
  });
});

describe('phi4', () => {
  const { energy, gradient } = compiled(phi4);
  const { normal } = diceOf(4);
  const x = Float64Array.from({ length: 64 }, normal);
  const value = (name: string): number => phi4.observables?.find((entry) => entry.name === name)?.value(x) ?? NaN;
  it('has the energy of its sum over bonds, the same for both phases', () => {
    let expected = 0;
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) {
      const phi = x[8 * i + j];
      expected += 5.4 * phi ** 4 - 2 * phi * x[8 * ((i + 1) % 8) + j] - 2 * phi * x[8 * i + ((j + 1) % 8)];
    }
    assert.ok(Math.abs(energy(x) - expected) < 1e-9 * Math.abs(expected));
    assert.ok(Math.abs(energy(x.map((phi) => -phi)) - expected) < 1e-9 * Math.abs(expected));
  });
  it('has the slopes that its identities speak of', () => {
    const slope = gradient(x);
    const [along, all] = [slope.reduce((sum, s, i) => sum + s * x[i], 0) / 64, slope.reduce((a, b) => a + b)];
    assert.ok(Math.abs(value('x · ∇U / d') - along) < 1e-9 * Math.abs(along));
    assert.ok(Math.abs(value('M Σ∂U') - all * value('M')) < 1e-9 * Math.abs(all));
  });
});

describe('dw4', () => {
  const { energy, gradient } = compiled(dw4);
  const { normal } = diceOf(5);
  const x = Float64Array.from({ length: 8 }, () => 2 * normal());
  const u = (r: number): number => -4 * (r - 4) ** 2 + 0.9 * (r - 4) ** 4;
  const value = (name: string): number => dw4.observables?.find((entry) => entry.name === name)?.value(x) ?? NaN;
  const trap = ((x[0] + x[2] + x[4] + x[6]) ** 2 + (x[1] + x[3] + x[5] + x[7]) ** 2) / 8;
  it('has the energy of its pairs and of its trap', () => {
    let pairs = 0;
    for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) pairs += u(Math.hypot(x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]));
    assert.ok(Math.abs(energy(x) - pairs - trap) < 1e-9 * Math.abs(pairs));
    assert.ok(Math.abs(6 * value('pair energy') - pairs) < 1e-9 * Math.abs(pairs));
  });
  it('has the slopes that its identities speak of', () => {
    const along = gradient(x).reduce((sum, s, i) => sum + s * x[i], 0);
    assert.ok(Math.abs(6 * value('virial') + 2 * trap - along) < 1e-9 * Math.abs(along));
    assert.ok(Math.abs(value('trap') - trap) < 1e-12 * trap);
  });
});
