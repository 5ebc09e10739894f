/** The path from base to target: evaluators and array programs against (1 − λ) U0 + λ U1 written out, on every target. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { trace } from '../../src/engine/trace.ts';
import { integrateDensity } from '../../src/numerics/quadrature.ts';
import { baseEnergies, baseGradients, sampleBase } from '../../src/targets/base.ts';
import { loadTargets } from '../../src/targets/catalogue.ts';
import { batchEnergy, compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { differenceTarget, pathEnergy, pathEvaluator } from '../../src/targets/path.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { runProgram } from '../engine/executors.ts';

const N = 7;

interface Values {
  readonly energies: Float64Array;
  readonly gradients: Float64Array;
}

const valuesOf = (evaluator: EnergyEvaluator, x: Float64Array): Values => {
  const values = { energies: new Float64Array(N), gradients: new Float64Array(x.length) };
  evaluator.energiesAndGradients(x, N, values.energies, values.gradients);
  const alone = new Float64Array(N);
  evaluator.energies(x, N, alone);
  assert.deepEqual(alone, values.energies, 'energies alone');
  return values;
};

const mixed = defineTarget({
  name: 'mixed', dimension: 3, box: [[0, 1], [-4, 4], [-4, 4]], torus: { 0: [0, 2] }, base: { mean: [7, 0.5, -1], standardDeviation: [7, 1.2, 2] },
  energy: (x) => np.cos(x.slice(0).mul(Math.PI)).add(np.square(x.slice(1).sub(x.slice(2))).mul(0.5)).add(np.square(np.square(x.slice(2)))),
});
const circles = defineTarget({ name: 'circles', dimension: 2, torus: { 0: [0, 1], 1: [-1, 1] }, energy: (x) => np.cos(x.mul(2 * Math.PI)).sum() });
const targets: readonly Target[] = [...await loadTargets(), mixed, circles];

for (const target of targets) {
  const { base, dimension: d } = target;
  const x = new Float64Array(N * d);
  sampleBase(base, keyFromSeed(5), 0, N, x);
  const energy = compileEnergy(target);
  const [u0, u1] = [{ energies: new Float64Array(N), gradients: new Float64Array(N * d) }, valuesOf(energy, x)];
  baseEnergies(base, x, N, u0.energies);
  baseGradients(base, x, N, u0.gradients);
  const written = (lambda: number): Values => ({
    energies: u0.energies.map((value, i) => (1 - lambda) * value + lambda * u1.energies[i]),
    gradients: u0.gradients.map((value, i) => (1 - lambda) * value + lambda * u1.gradients[i]),
  });
  /** Largest distance, in units of rounding at the size of the numbers that were added. */
  const error = (found: Values, expected: Values): number => Math.max(...(['energies', 'gradients'] as const).flatMap((what) =>
    Array.from(found[what], (value, i) => Math.abs(value - expected[what][i]) / (1 + Math.abs(u0[what][i]) + Math.abs(u1[what][i])))));

  describe(`the path to ${target.name}`, () => {
    it('the difference compiles to U1 − U0, on points and on batches', async () => {
      const difference = differenceTarget(target);
      const compiled = compileEnergy(difference);
      assert.equal(compiled.compiled !== undefined, energy.compiled !== undefined, 'vector code where the target has it');
      const expected = { energies: u1.energies.map((u, i) => u - u0.energies[i]), gradients: u1.gradients.map((g, i) => g - u0.gradients[i]) };
      assert.ok(error(valuesOf(compiled, x), expected) < 1e-12, 'points');
      const [found] = await runProgram(trace(batchEnergy(difference), [{ shape: [N, d] }]), [x], 'float64');
      assert.ok(error({ energies: Float64Array.from(found), gradients: expected.gradients }, expected) < 1e-12, 'batches');
    });

    it('is (1 − λ) U0 + λ U1, and not with λ the other way round', async () => {
      for (const lambda of [0, 0.3, 1]) {
        assert.ok(error(valuesOf(pathEvaluator(base, energy, lambda), x), written(lambda)) < 1e-12, `${lambda}`);
        const [found] = await runProgram(trace(pathEnergy(target, lambda), [{ shape: [N, d] }]), [x], 'float64');
        assert.ok(error({ energies: Float64Array.from(found), gradients: u0.gradients }, { ...written(lambda), gradients: u0.gradients }) < 1e-12, `as a program, ${lambda}`);
      }
      assert.ok(error(valuesOf(pathEvaluator(base, energy, 0.7), x), written(0.3)) > 1e-3);
    });
  });
}

describe('the ends of the path', () => {
  it('are the base, without asking the target, and the target itself', () => {
    const never = (): never => assert.fail('the target was asked');
    const base = pathEvaluator(mixed.base, { dimension: 3, energies: never, energiesAndGradients: never }, 0);
    const x = Float64Array.from({ length: 3 * N }, (_, i) => 0.1 * i);
    const expected = new Float64Array(N);
    baseEnergies(mixed.base, x, N, expected);
    assert.deepEqual(valuesOf(base, x).energies, expected);
    const energy = compileEnergy(mixed);
    assert.equal(pathEvaluator(mixed.base, energy, 1), energy);
  });

  it('have log Z = 0 and that of the target', () => {
    const target = defineTarget({ name: 'bell', dimension: 1, energy: (x) => np.square(x.slice(0).sub(0.5)).mul(2), box: [-4, 4], base: { mean: 1, standardDeviation: 2 } });
    const logZ = (lambda: number): number => integrateDensity(pathEvaluator(target.base, compileEnergy(target), lambda), target.domain, []).logZ;
    assert.ok(Math.abs(logZ(0)) < 1e-10 && Math.abs(logZ(1) - 0.5 * Math.log(Math.PI / 2)) < 1e-10);
  });

  it('values that are not finite stay so', () => {
    const torn: EnergyEvaluator = {
      dimension: 3,
      energies: (_x, n, energies) => { energies.fill(Infinity, 0, n); },
      energiesAndGradients(_x, n, energies, gradients) {
        energies.fill(Infinity, 0, n);
        gradients.fill(NaN, 0, 3 * n);
      },
    };
    const { energies, gradients } = valuesOf(pathEvaluator(mixed.base, torn, 0.5), new Float64Array(3 * N));
    assert.ok(energies.every((value) => value === Infinity) && gradients.every(Number.isNaN));
  });

  it('lie at 0 and 1, and dimensions must agree', () => {
    const energy = compileEnergy(mixed);
    for (const lambda of [-0.1, 1.1, NaN]) {
      assert.throws(() => pathEvaluator(mixed.base, energy, lambda), { name: 'InputError', message: `path: lambda must lie between 0 and 1, got ${lambda}` });
      assert.throws(() => pathEnergy(mixed, lambda), { name: 'InputError', message: /^path: lambda must lie between 0 and 1/ });
    }
    assert.throws(() => pathEvaluator(circles.base, energy, 0.5), { name: 'InputError', message: 'path: the energy has 3 coordinates, but the base has 2' });
  });

  it('what is wrong with an energy is said as without the path', () => {
    const notSummed = defineTarget({ name: 'bowl', dimension: 2, energy: (x) => np.square(x), box: [-1, 1] });
    assert.throws(() => compileEnergy(differenceTarget(notSummed)), { name: 'InputError', message: /target "bowl": energy must return one number \(shape \[\]\) for a point of shape \[2\], got shape \[2\]/ });
    const plain = defineTarget({ name: 'plain', dimension: 2, energy: (() => 3) as never, box: [-1, 1] });
    assert.throws(() => compileEnergy(differenceTarget(plain)), { name: 'InputError', message: /energy must return an array of shape \[\], got number/ });
  });
});
