/** The mixture whose energy is seen with noise: its energy, truths in closed form, and noise without bias. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueAndGradient } from '../../src/engine/numpy.ts';
import { keyFromSeed, uniform } from '../../src/engine/random.ts';
import { compileScalar } from '../../src/engine/scalar.ts';
import { trace } from '../../src/engine/trace.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { targetTruth } from '../../src/targets/truth.ts';

const weights = [0.25, 0.3, 0.15, 0.3];
const means = [[-1.2, -1.2], [1.3, -0.8], [-0.5, 1.4], [1.2, 1.3]];
const covariances = [[[0.06, 0.02], [0.02, 0.06]], [[0.08, -0.04], [-0.04, 0.12]], [[0.05, 0], [0, 0.03]], [[0.04, 0.01], [0.01, 0.04]]];

const density = (x: number, y: number): number => weights.reduce((sum, weight, k) => {
  const [[a, b], [, c]] = covariances[k];
  // One coordinate, then the other given it.
  const [dx, dy] = [x - means[k][0], y - means[k][1]];
  const [slope, rest] = [b / a, c - (b * b) / a];
  return sum + weight * Math.exp(-(dx * dx) / (2 * a) - (dy - slope * dx) ** 2 / (2 * rest)) / (2 * Math.PI * Math.sqrt(a * rest));
}, 0);

const noise = noisyGmm2d.noise ?? assert.fail('noise');
const value = compileScalar(trace(noisyGmm2d.energy, [{ shape: [2] }]));
const both = compileScalar(trace((x) => [...valueAndGradient(noisyGmm2d.energy)(x)], [{ shape: [2] }]));
const energy: EnergyEvaluator = {
  dimension: 2,
  energies: (x, n, energies) => value(n, [x], [energies]),
  energiesAndGradients: (x, n, energies, gradients) => both(n, [x], [energies, gradients]),
};
const points = [[0, 0], [-1.2, -1.1], [1.4, -0.6], [-0.4, 1.3], [1.1, 1.3], [3, -2], [-6, 6]];

describe('noisy-gmm-2d', () => {
  it('has the energy of its formula', () => {
    const energies = new Float64Array(points.length);
    energy.energies(Float64Array.from(points.flat()), points.length, energies);
    points.forEach(([x, y], i) => assert.ok(Math.abs(energies[i] + Math.log(density(x, y))) < 1e-10 * (1 + Math.abs(energies[i])), `at (${x}, ${y}): ${energies[i]}`));
    assert.ok(Math.abs(energies[5] + Math.log(density(-2, 3))) > 1, 'x for y');
  });

  it('is normalised, and its waves are those of its means, damped', () => {
    const truth = targetTruth(noisyGmm2d, energy);
    assert.equal(noisyGmm2d.logZ, 0);
    assert.ok(Math.abs(targetTruth({ ...noisyGmm2d, logZ: undefined }, energy).logZ ?? NaN) < 1e-6);
    const exact = [0, 1].flatMap((j) => [Math.sin, Math.cos].map((f) => weights.reduce((sum, weight, k) => sum + weight * Math.exp(-covariances[k][j][j] / 2) * f(means[k][j]), 0)));
    assert.equal(truth.observables.length, 4);
    truth.observables.forEach((found, k) => assert.ok(Math.abs((found ?? NaN) - exact[k]) < 1e-6, `${noisyGmm2d.observables[k].name}: ${found}, not ${exact[k]}`));
  });

  it('has its weights as masses of its modes, up to what crosses the borders', () => {
    const { names } = noisyGmm2d.modes ?? assert.fail('modes');
    assert.equal(names.length, 4);
    const masses = targetTruth(noisyGmm2d, energy).modeMasses ?? assert.fail('masses');
    masses.forEach((mass, k) => assert.ok(Math.abs(mass - weights[k]) < 1e-3, `mode ${k}: ${mass}`));
  });

  it('is seen with waves of random sign, whose mean is the energy', () => {
    const noisy = compileScalar(trace(noise.energy, [{ shape: [2] }, { shape: [noise.size] }]));
    for (const [x, y] of points) {
      const point = Float64Array.of(x, y);
      const [exact, seen] = [new Float64Array(1), new Float64Array(1)];
      energy.energies(point, 1, exact);
      let mean = 0;
      for (const xi of [[4, 4], [4, -4], [-4, 4], [-4, -4]]) {
        noisy(1, [point, Float64Array.from(xi)], [seen]);
        assert.ok(Math.abs(seen[0] - exact[0] - xi[0] * Math.cos(x) - xi[1] * Math.cos(y)) < 1e-10 * (1 + Math.abs(exact[0])));
        mean += seen[0] / 4;
      }
      assert.ok(Math.abs(mean - exact[0]) < 1e-10 * (1 + Math.abs(exact[0])));
    }
  });

  it('draws ±4 evenly, one for each coordinate', () => {
    const n = 4000;
    let drawn = 0;
    const draws = Array.from({ length: n }, () => Array.from(noise.draw(() => uniform(keyFromSeed(6), drawn++))));
    assert.ok(draws.flat().every((xi) => Math.abs(xi) === 4));
    const functions: ((xi: number[]) => number)[] = [([a]) => a / 4, ([, b]) => b / 4, ([a, b]) => (a * b) / 16];
    functions.forEach((f, k) => assert.ok(Math.abs(draws.reduce((sum, xi) => sum + f(xi), 0) / n) < 5 / Math.sqrt(n), `moment ${k}`));
  });
});
