/** Bases whose normal laws have heavier tails, or give way to a mixture: density, gradient, samples and steps. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { normalCdf } from '../../src/numerics/special.ts';
import { baseEnergies, baseEnergiesAndGradients, baseGradients, latticeBase, sampleBase, type Base } from '../../src/targets/base.ts';
import { batchBaseEnergy, compileEnergy } from '../../src/targets/compile.ts';
import type { Coordinate } from '../../src/targets/domain.ts';
import { addMixtureEnergies, stepInMixture, wellsOf, type Mixture } from '../../src/targets/mixture.ts';
import { stepInTails, type Tails } from '../../src/targets/tails.ts';
import { defineTarget } from '../../src/targets/target.ts';

const line: Coordinate = { kind: 'real', low: -4, high: 4 };
const circle: Coordinate = { kind: 'torus', low: 0, high: 2 };
const tails: Tails = { share: 0.1, wide: 2 };
const withTails: Base =
  { domain: [line, circle, line], mean: Float64Array.of(1, 0, -2), standardDeviation: Float64Array.of(0.5, 1, 3), tails };
const mixture: Mixture = {
  coordinates: [0, 1], logShares: Float64Array.of(Math.log(0.7), Math.log(0.3)), means: Float64Array.of(0, 0, 4, 1),
  factors: Float64Array.of(1, 0, 0.5, 0.6, 0.4, 0, -0.2, 0.9),
  inverses: Float64Array.of(1, 0, -0.5 / 0.6, 1 / 0.6, 2.5, 0, 0.2 / (0.4 * 0.9), 1 / 0.9),
  freedom: Float64Array.of(Infinity, Infinity),
};
const inWells: Base =
  { domain: [line, line], mean: Float64Array.of(0, 0), standardDeviation: Float64Array.of(1, 1), mixture };
/** The same places, with four degrees of freedom in the first. */
const students: Mixture = { ...mixture, freedom: Float64Array.of(4, Infinity) };
const inStudents: Base = { ...inWells, mixture: students };
/** P(t > x) of four degrees of freedom. */
const beyond = (x: number): number => {
  const s = x / Math.sqrt(4 + x * x);
  return 0.5 - (3 * s - s * s * s) / 4;
};

const energyAt = (base: Base, x: readonly number[]): number => {
  const energies = new Float64Array(1);
  baseEnergies(base, Float64Array.from(x), 1, energies);
  return energies[0];
};

/** ∫ exp(−U0) over the first and last coordinate, by a grid. */
function mass(base: Base, half: number, step: number): number {
  let sum = 0;
  for (let x = -half; x < half; x += step) for (let y = -half; y < half; y += step) {
    const point = base.domain.length === 3 ? [x, 0.3, y] : [x, y];
    sum += Math.exp(-energyAt(base, point)) * step * step * (base.domain.length === 3 ? 2 : 1);
  }
  return sum;
}

const points = (d: number, n: number): Float64Array => {
  const x = new Float64Array(n * d);
  fillNormal(keyFromSeed(3), 0, x);
  return x.map((value) => 3 * value);
};

describe('a base with heavier tails, or a mixture', () => {
  it('has a mass of one', () => {
    assert.ok(Math.abs(mass(withTails, 30, 0.05) - 1) < 1e-6);
    assert.ok(Math.abs(mass(inWells, 12, 0.05) - 1) < 1e-6);
    // Beyond 60 to either side .7 · 2 P(t > 60) of each coordinate at most.
    assert.ok(Math.abs(mass(inStudents, 60, 0.1) - 1) < 4 * beyond(60));
  });

  it('has the gradient of its energy, apart and together', () => {
    for (const base of [withTails, inWells, inStudents]) {
      const d = base.domain.length;
      const x = points(d, 20);
      const [alone, together, energies] = [new Float64Array(20 * d), new Float64Array(20 * d), new Float64Array(20)];
      baseGradients(base, x, 20, alone);
      baseEnergiesAndGradients(base, x, 20, energies, together);
      assert.deepEqual(together, alone);
      for (let i = 0; i < 20; i++) {
        const point = Array.from(x.subarray(i * d, (i + 1) * d));
        assert.equal(energies[i], energyAt(base, point));
        for (let j = 0; j < d; j++) {
          const [up, down] = [1e-5, -1e-5].map((h) => energyAt(base, point.map((value, k) => value + (k === j ? h : 0))));
          assert.ok(Math.abs((up - down) / 2e-5 - alone[i * d + j]) < 1e-6 * (1 + Math.abs(alone[i * d + j])));
        }
      }
    }
  });

  it('is the same as an array program', () => {
    for (const base of [withTails, inWells, inStudents]) {
      const d = base.domain.length;
      const program = batchBaseEnergy(base);
      const traced = compileEnergy(defineTarget({
        name: 'base', dimension: d, box: [-9, 9], energy: (x) => program(x.reshape([1, d])).reshape([]),
      }), { threads: 1 });
      const [x, own, other] = [points(d, 20), new Float64Array(20), new Float64Array(20)];
      traced.energies(x, 20, own);
      baseEnergies(base, x, 20, other);
      own.forEach((value, i) => { assert.ok(Math.abs(value - other[i]) < 1e-12 * (1 + Math.abs(value)), `${value} ${other[i]}`); });
    }
  });

  it('is the same as plain loops over the laws, also where no law has a density above zero', () => {
    for (const [base, laws] of [[inWells, mixture], [inStudents, students]] as const) {
      const n = 21;
      const x = points(2, n);
      x.set([1e160, -3, -1e200, 1e200], 10);
      const [vector, plain] = [new Float64Array(n), new Float64Array(n)];
      const [slopes, plainSlopes] = [new Float64Array(2 * n), new Float64Array(2 * n)];
      baseEnergiesAndGradients(base, x, n, vector, slopes);
      addMixtureEnergies(laws, 2, x, n, plain, plainSlopes);
      const isSame = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) <= 1e-12 * (1 + Math.abs(b));
      plain.forEach((value, i) => { assert.ok(isSame(vector[i], value), `${vector[i]} for ${value}`); });
      plainSlopes.forEach((value, at) => { assert.ok(isSame(slopes[at], value), `${slopes[at]} for ${value}`); });
    }
  });

  it('has samples of that density, the same in any split', () => {
    const n = 200_000;
    const x = new Float64Array(n * 3);
    sampleBase(withTails, keyFromSeed(5), 0, n, x);
    const part = new Float64Array(30);
    sampleBase(withTails, keyFromSeed(5), 100, 10, part);
    assert.deepEqual(part, x.slice(300, 330));
    for (const [j, mean, deviation] of [[0, 1, 0.5], [2, -2, 3]]) {
      for (const far of [1, 3, 5]) {
        const exact = 2 * (0.9 * normalCdf(-far) + 0.1 * normalCdf(-far / 2));
        let count = 0;
        for (let i = 0; i < n; i++) if (Math.abs(x[3 * i + j] - mean) > far * deviation) count += 1;
        assert.ok(Math.abs(count - n * exact) < 4.5 * Math.sqrt(n * exact * (1 - exact)), `${j} ${far}: ${count} of ${n * exact}`);
      }
    }
  });

  it('is left as it is by steps, that of tails', () => {
    const n = 200_000;
    const [z, normals, uniforms] = [new Float64Array(3 * n), new Float64Array(n), new Float64Array(2 * n)];
    sampleBase({ ...withTails, mean: new Float64Array(3), standardDeviation: Float64Array.of(1, 1, 1) }, keyFromSeed(7), 0, n, z);
    fillNormal(foldIn(keyFromSeed(7), 'normals'), 0, normals);
    fillUniform(foldIn(keyFromSeed(7), 'uniforms'), 0, uniforms);
    const moved = Float64Array.from({ length: n }, (_, i) =>
      stepInTails(tails, z[3 * i], normals[i], 0.05 + 0.9 * uniforms[2 * i], uniforms[2 * i + 1]));
    for (const far of [1, 3, 5]) {
      const exact = 2 * (0.9 * normalCdf(-far) + 0.1 * normalCdf(-far / 2));
      const count = moved.filter((value) => Math.abs(value) > far).length;
      assert.ok(Math.abs(count - n * exact) < 4.5 * Math.sqrt(n * exact * (1 - exact)), `${far}: ${count} of ${n * exact}`);
    }
    assert.ok(moved.every((value, i) => value !== z[3 * i]));
  });

  it('is left as it is by steps, that of wells', () => {
    const n = 100_000;
    const [x, normals, uniforms] = [new Float64Array(2 * n), new Float64Array(2 * n), new Float64Array(2 * n)];
    sampleBase(inWells, keyFromSeed(9), 0, n, x);
    fillNormal(foldIn(keyFromSeed(9), 'normals'), 0, normals);
    fillUniform(foldIn(keyFromSeed(9), 'uniforms'), 0, uniforms);
    const before = wellsOf(mixture, 2, x);
    for (let i = 0; i < n; i++)
      stepInMixture(mixture, x.subarray(2 * i, 2 * i + 2), normals.subarray(2 * i, 2 * i + 2), uniforms[2 * i], uniforms[2 * i + 1], normals);
    const share = normals.reduce((sum, value, at) => sum + (at % 2 === 0 && value > 2 ? 1 : 0), 0);
    const exact = 0.7 * normalCdf(-2) + 0.3 * normalCdf(2 / 0.4);
    assert.ok(Math.abs(share - n * exact) < 4.5 * Math.sqrt(n * exact * (1 - exact)), `${share} of ${n * exact}`);
    const product = normals.reduce((sum, value, at) => sum + (at % 2 === 0 ? value * normals[at + 1] : 0), 0) / n;
    // ⟨xy⟩: .7 · .5 + .3 (4 · 1 − .4 · .2), with a deviation of about 2.1 of each, so .03 is 4.5 errors.
    assert.ok(Math.abs(product - (0.35 + 0.3 * (4 - 0.08))) < 0.03, `${product}`);
    assert.ok(before.includes(0) && before.includes(1));
  });

  it('has samples of Student t laws, and steps that leave them as they are', () => {
    const n = 200_000;
    const [x, noise, more, uniforms] = [2, 2, 6, 2].map((each) => new Float64Array(each * n));
    sampleBase(inStudents, keyFromSeed(11), 0, n, x);
    const part = new Float64Array(20);
    sampleBase(inStudents, keyFromSeed(11), 100, 10, part);
    assert.deepEqual(part, x.slice(200, 220));
    fillNormal(foldIn(keyFromSeed(11), 'normals'), 0, noise);
    fillNormal(foldIn(keyFromSeed(11), 'more'), 0, more);
    fillUniform(foldIn(keyFromSeed(11), 'uniforms'), 0, uniforms);
    const check = (points: Float64Array, what: string): void => {
      for (const far of [1, 3, 8, 20]) {
        // Below: next to nothing of the second law.
        const exact = 0.7 * beyond(far) + 0.3 * normalCdf((-far - 4) / 0.4);
        let count = 0;
        for (let i = 0; i < n; i++) if (points[2 * i] < -far) count += 1;
        assert.ok(Math.abs(count - n * exact) < 4.5 * Math.sqrt(n * exact), `${what} ${far}: ${count} of ${n * exact}`);
      }
    };
    check(x, 'samples');
    for (let i = 0; i < n; i++) stepInMixture(
      students, x.subarray(2 * i, 2 * i + 2), noise.subarray(2 * i, 2 * i + 2), 0.05 + 0.95 * uniforms[2 * i],
      uniforms[2 * i + 1], more.subarray(6 * i, 6 * i + 6),
    );
    check(noise, 'after a step');
  });

  it('is not a number where one of its laws is not', () => {
    const broken: Base = { ...inWells, mixture: { ...mixture, means: Float64Array.of(NaN, 0, 4, 1) } };
    assert.ok(Number.isNaN(energyAt(broken, [4, 1])));
    assert.ok(Number.isNaN(energyAt(withTails, [NaN, 0.3, 0])));
  });

  it('has no lattice', () => {
    for (const base of [withTails, inWells])
      assert.throws(() => { latticeBase(base, keyFromSeed(1), 0, 4, new Float64Array(4 * base.domain.length)); }, /lattice/);
  });
});
