/** Energies that are capped far out: themselves below the ceiling, and the derivative of their values above. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { cappedEvaluator, cappedProgram, ceilingOver, HEADROOM } from '../../src/targets/cappedEnergy.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { defineTarget } from '../../src/targets/target.ts';

/** U = x⁴ of one coordinate, infinite beyond 100 and NaN beyond 200. */
const steep: EnergyEvaluator = {
  dimension: 1,
  energies: (x, n, energies) => {
    for (let i = 0; i < n; i++) energies[i] = x[i] > 200 ? Number.NaN : x[i] > 100 ? Infinity : x[i] ** 4;
  },
  energiesAndGradients: (x, n, energies, gradients) => {
    steep.energies(x, n, energies);
    for (let i = 0; i < n; i++) gradients[i] = 4 * x[i] ** 3 * (x[i] > 100 ? Infinity : 1);
  },
};

describe('capped energies', () => {
  const ceiling = ceilingOver(Float64Array.of(3, 60, Infinity));
  const capped = cappedEvaluator(steep, ceiling);
  const at = (x: number): { value: number; slope: number } => {
    const [value, slope] = [new Float64Array(1), new Float64Array(1)];
    capped.energiesAndGradients(Float64Array.of(x), 1, value, slope);
    const alone = new Float64Array(1);
    capped.energies(Float64Array.of(x), 1, alone);
    assert.equal(alone[0], value[0]);
    return { value: value[0], slope: slope[0] };
  };

  it('are the energy where samples are, and some way above', () => {
    assert.equal(ceiling, 60 + HEADROOM);
    for (const x of [-2.9, 0, 1, 2.99]) assert.deepEqual(at(x), { value: x ** 4, slope: 4 * x ** 3 });
  });

  it('rise slowly above that, with the derivative of what they are', () => {
    for (const x of [3.001, 4, 10, 99]) {
      const h = 1e-5 * x;
      const slope = (at(x + h).value - at(x - h).value) / (2 * h);
      assert.ok(Math.abs(at(x).slope / slope - 1) < 1e-5, `${x}: ${at(x).slope}, by differences ${slope}`);
      assert.ok(at(x).value > ceiling && at(x).value < x ** 4);
    }
    assert.ok(at(99).value < ceiling + HEADROOM * Math.log(1e7));
  });

  it('are high and flat where there is no number', () => {
    for (const x of [150, 250]) {
      assert.equal(at(x).slope, 0);
      assert.ok(at(x).value > at(99).value && at(x).value < Infinity);
    }
  });

  it('are the same as a program', () => {
    const target = defineTarget({ name: 'steep', dimension: 1, energy: (x) => np.square(np.square(x)).sum() });
    const plain = compileEnergy(target);
    const program = compileEnergy({ ...target, energy: (x) => cappedProgram(target.energy(x), ceiling) });
    const x = Float64Array.of(-50, -3.5, -2, 0.5, 2.9, 3.1, 20);
    const [a, b, ga, gb] = [7, 7, 7, 7].map((n) => new Float64Array(n));
    cappedEvaluator(plain, ceiling).energiesAndGradients(x, 7, a, ga);
    program.energiesAndGradients(x, 7, b, gb);
    for (let i = 0; i < 7; i++) {
      assert.ok(Math.abs(a[i] - b[i]) < 1e-9 * Math.abs(a[i]) + 1e-12, `value at ${x[i]}: ${a[i]}, ${b[i]}`);
      assert.ok(Math.abs(ga[i] - gb[i]) < 1e-9 * Math.abs(ga[i]) + 1e-12, `slope at ${x[i]}: ${ga[i]}, ${gb[i]}`);
    }
  });
});
