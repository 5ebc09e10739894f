/** gmm-3d, solvated-16d and rastrigin-8d: energies against formulas in plain numbers, gradients, truths by other routes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, keyFromSeed } from '../../src/engine/random.ts';
import { checkEnergy, compileEnergy } from '../../src/targets/compile.ts';
import { gmm3d } from '../../src/targets/gmm3d.ts';
import { rastrigin8d } from '../../src/targets/rastrigin8d.ts';
import { solvated16d } from '../../src/targets/solvated16d.ts';
import { sampleBase } from '../../src/targets/base.ts';
import type { Target } from '../../src/targets/target.ts';

/** Means, deviations and z-y-x angles as the paper's page lists them. */
const gaussians = [
  [[6, 0, 0], [0.3, 0.3, 0.8], [0, 0, 0]], [[-6, 0, 0], [0.3, 0.8, 0.3], [45, 45, 0]], [[0, 6, 0], [0.8, 0.3, 0.3], [30, 0, 0]],
  [[0, -6, 0], [0.3, 0.6, 0.6], [90, 45, 0]], [[0, 0, 6], [0.4, 0.4, 0.4], [15, 15, 15]], [[0, 0, -6], [0.25, 0.8, 0.25], [60, 0, -60]],
];

type Vector = readonly number[];

/** Undo the turns one after another: about z, then y, then x. */
function alongAxes(x: Vector, [a, b, c]: Vector): Vector {
  const turn = (v: Vector, i: number, j: number, degrees: number): Vector => {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const out = [...v];
    out[i] = cos * v[i] + sin * v[j];
    out[j] = cos * v[j] - sin * v[i];
    return out;
  };
  return turn(turn(turn(x, 0, 1, a), 2, 0, b), 1, 2, c);
}

function gmmByHand(x: Vector): number {
  const densities = gaussians.map(([mean, deviations, angles]) => alongAxes(x.map((value, j) => value - mean[j]), angles)
    .reduce((product, y, j) => product * Math.exp(-0.5 * (y / deviations[j]) ** 2) / (deviations[j] * Math.sqrt(2 * Math.PI)), 1));
  return -Math.log(densities.reduce((a, b) => a + b) / 6);
}

function solvatedByHand(x: Vector): number {
  let energy = 2 * (Math.cos(4 * x[0]) + Math.cos(4 * x[1]));
  for (let k = 3; k <= 16; k++) energy += 15 * (x[k - 1] - (2 + (2 * (k - 3)) / 13) * Math.sin(x[0]) * Math.sin(x[1])) ** 2;
  return energy;
}

/** Q of the target, by the rows' three-term recurrence of cosines rather than by its formula. */
function cosineBasis(): number[][] {
  return Array.from({ length: 8 }, (_, i) => {
    const t = Math.cos((Math.PI * (2 * i + 1)) / 16);
    const chebyshev = [1, t];
    for (let j = 2; j < 8; j++) chebyshev.push(2 * t * chebyshev[j - 1] - chebyshev[j - 2]);
    return chebyshev.map((value, j) => value * (j === 0 ? Math.sqrt(1 / 8) : 0.5));
  });
}

const Q = cosineBasis();
function rastriginByHand(x: Vector): number {
  return x.reduce((sum, value, j) => {
    const z = value + Math.tanh(x.reduce((mixed, entry, i) => mixed + entry * Q[i][j], 0));
    return sum + 0.5 * z * z + 12 * Math.cos(2 * z);
  }, 0);
}

/** Points where there is mass, and points far from it. */
function points(target: Target, n: number): Float64Array {
  const x = new Float64Array(n * target.dimension);
  sampleBase(target.base, keyFromSeed(1), 0, n, x);
  return x;
}

const cases: readonly (readonly [Target, (x: Vector) => number])[] = [[gmm3d, gmmByHand], [solvated16d, solvatedByHand], [rastrigin8d, rastriginByHand]];

for (const [target, byHand] of cases) {
  describe(target.name, () => {
    const d = target.dimension;
    const n = 40;
    const energy = compileEnergy(target);
    const x = points(target, n);
    const row = (i: number): number[] => Array.from(x.subarray(i * d, i * d + d));
    const [values, gradients] = [new Float64Array(n), new Float64Array(n * d)];
    energy.energiesAndGradients(x, n, values, gradients);

    it('has the energy of the paper', () => {
      checkEnergy(target, energy);
      values.forEach((value, i) => assert.ok(Math.abs(value - byHand(row(i))) < 1e-10 * (1 + Math.abs(value)), `at (${row(i).join(', ')}): ${value} for ${byHand(row(i))}`));
    });

    it('has the gradient of its energy', () => {
      const h = 1e-6;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < d; j++) {
          const at = (by: number): number => byHand(row(i).map((value, k) => (k === j ? value + by : value)));
          const difference = (at(h) - at(-h)) / (2 * h);
          const tolerance = 1e-6 * (1 + Math.abs(difference)) + (4e-16 * Math.abs(values[i])) / h;
          assert.ok(Math.abs(difference - gradients[i * d + j]) < tolerance, `coordinate ${j} at (${row(i).join(', ')}): ${gradients[i * d + j]} for ${difference}`);
        }
      }
    });
  });
}

/** Means of functions under exact samples, each within five standard errors of what the target says. */
function agree(target: Target, samples: readonly Float64Array[]): void {
  const n = samples.length;
  const check = (name: string, exact: number | undefined, f: (x: Float64Array) => number): void => {
    assert.ok(exact !== undefined, `${name} is known`);
    const values = samples.map(f);
    const mean = values.reduce((a, b) => a + b) / n;
    const error = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n / (n - 1));
    assert.ok(Math.abs(mean - exact) <= 5 * error + 1e-12, `${name}: ${mean} ± ${error} for ${exact}`);
  };
  for (const { name, value, exact } of target.observables) check(`⟨${name}⟩`, exact, value);
  const { modes } = target;
  assert.ok(modes !== undefined, 'modes');
  modes.names.forEach((name, k) => check(`mass of ${name}`, modes.exact?.[k] ?? 1 / modes.names.length, (x) => Number(modes.assign(x) === k)));
}

describe('truths', () => {
  const key = keyFromSeed(3);
  const n = 20_000;

  it('gmm-3d: log Z by importance sampling, observables and modes on exact samples', () => {
    const normals = new Float64Array(3 * n);
    fillNormal(key, 0, normals);
    const samples = Array.from({ length: n }, (_, i) => {
      const [mean, deviations, [a, b, c]] = gaussians[i % 6];
      const z = [0, 1, 2].map((j) => deviations[j] * normals[3 * i + j]);
      // The inverse of alongAxes: the turns in the opposite order, the other way round.
      const undone = alongAxes(alongAxes(alongAxes(z, [0, 0, -c]), [0, -b, 0]), [-a, 0, 0]);
      return Float64Array.from(undone, (value, j) => value + mean[j]);
    });
    agree(gmm3d, samples);
    // Balanced proposals, the mixture with doubled deviations: their weights are bounded.
    const proposals = samples.map((x, i) => Float64Array.from(x, (value, j) => gaussians[i % 6][0][j] + 2 * (value - gaussians[i % 6][0][j])));
    const wide = (x: Vector): number => gaussians.reduce((sum, [mean, deviations, angles]) => sum + alongAxes(x.map((value, j) => value - mean[j]), angles)
      .reduce((product, y, j) => product * Math.exp(-0.5 * (y / (2 * deviations[j])) ** 2) / (2 * deviations[j] * Math.sqrt(2 * Math.PI)), 1), 0) / 6;
    const energies = new Float64Array(n);
    compileEnergy(gmm3d).energies(Float64Array.from(proposals.flatMap((x) => [...x])), n, energies);
    const weights = proposals.map((x, i) => Math.exp(-energies[i]) / wide([...x]));
    const mean = weights.reduce((a, b) => a + b) / n;
    const error = Math.sqrt(weights.reduce((sum, w) => sum + (w - mean) ** 2, 0)) / n;
    assert.ok(Math.abs(mean - 1) < 5 * error, `Z = ${mean} ± ${error} for 1`);
    assert.equal(gmm3d.logZ, 0);
  });

  it('solvated-16d: log Z in closed form, observables and modes on exact samples', () => {
    // 2π I₀(2) per angle, a Gaussian integral per coordinate of the bath.
    const logZ = 2 * Math.log(2 * Math.PI * 2.2795853023360673) + 7 * Math.log(Math.PI / 15);
    assert.ok(Math.abs((solvated16d.logZ ?? NaN) - logZ) < 1e-12, `log Z ${solvated16d.logZ} for ${logZ}`);
    const uniforms = new Float64Array(120 * n);
    fillUniform(key, 1, uniforms);
    let next = 0;
    const angle = (): number => {
      for (;;) {
        const [x, u] = [2 * Math.PI * uniforms[next] - Math.PI, uniforms[next + 1]];
        next += 2;
        if (u < Math.exp(-2 * Math.cos(4 * x) - 2)) return x;
      }
    };
    const normals = new Float64Array(14 * n);
    fillNormal(key, 2, normals);
    const samples = Array.from({ length: n }, (_, i) => {
      const [a, b] = [angle(), angle()];
      return Float64Array.of(a, b, ...Array.from({ length: 14 }, (__, k) => (2 + (2 * k) / 13) * Math.sin(a) * Math.sin(b) + normals[14 * i + k] / Math.sqrt(30)));
    });
    assert.ok(next < uniforms.length, 'enough uniforms');
    agree(solvated16d, samples);
  });
});
