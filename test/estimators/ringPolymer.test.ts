/** Estimators of ring polymers: against sums written out, and closed forms of a harmonic ring that is sampled exactly. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { fillNormalRows } from '../../src/engine/simd/rows.ts';
import { InputError } from '../../src/errors.ts';
import type { Estimate } from '../../src/estimators/estimate.ts';
import { expectations } from '../../src/estimators/expectation.ts';
import { ENERGY_ESTIMATORS, pathValues, type RingSystem } from '../../src/estimators/ringPolymer.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { beadTransform, ringPaths, type RingPaths } from '../../src/targets/ringBeads.ts';
import type { QuantumParticle } from '../../src/targets/ringPolymer.ts';
import { defineTarget } from '../../src/targets/target.ts';

const sum = (n: number, term: (i: number) => number): number => Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

function randomPaths(n: number, beads: number, p: number): RingPaths {
  const draw = (length: number, counter: number): Float64Array => {
    const values = new Float64Array(length);
    fillNormal(keyFromSeed(2), counter, values);
    return values;
  };
  return { positions: draw(n * beads * p, 0), potentials: draw(n * beads, 1), gradients: draw(n * beads * p, 2) };
}

describe('values of paths', () => {
  for (const masses of [[1.7], [0.6, 2.3]]) {
    const p = masses.length;
    for (const beads of [1, 2, 3, 8]) {
      it(`of ${beads} beads, p = ${p}, are the sums that define them`, () => {
        const system: RingSystem = { masses, hbar: 0.8, beta: 1.9, beads };
        const { hbar, beta } = system;
        const n = 4;
        const paths = randomPaths(n, beads, p);
        const functions = [(q: Float64Array): number => q[0], (q: Float64Array): number => q[p - 1] ** 3 + 1];
        const values = pathValues(paths, system, functions);
        const m = functions.length + ENERGY_ESTIMATORS.length;
        assert.equal(values.length, n * m);
        for (let i = 0; i < n; i++) {
          const x = (b: number, a: number): number => paths.positions[(i * beads + (b % beads)) * p + a];
          const slope = (b: number, a: number): number => paths.gradients[(i * beads + b) * p + a];
          const each = (term: (b: number, a: number) => number): number => sum(beads, (b) => sum(p, (a) => term(b, a)));
          const centroid = masses.map((_, a) => sum(beads, (b) => x(b, a)) / beads);
          const potential = sum(beads, (b) => paths.potentials[i * beads + b]) / beads;
          const virial = p / (2 * beta) + each((b, a) => (x(b, a) - centroid[a]) * slope(b, a)) / (2 * beads);
          const thermodynamic = (p * beads) / (2 * beta) - each((b, a) => (masses[a] * beads * (x(b, a) - x(b + 1, a)) ** 2) / (2 * beta ** 2 * hbar ** 2));
          const gyration = each((b, a) => (x(b, a) - centroid[a]) ** 2) / beads;
          const expected = [sum(beads, (b) => x(b, 0)) / beads, sum(beads, (b) => x(b, p - 1) ** 3 + 1) / beads, potential, virial, thermodynamic, potential + virial, potential + thermodynamic, gyration];
          expected.forEach((value, k) => assert.ok(Math.abs(values[i * m + k] - value) < 1e-11 * Math.max(1, Math.abs(value)), `path ${i}, value ${k}: ${values[i * m + k]} for ${value}`));
        }
      });
    }
  }

  it('of a classical particle, one bead: no spread, and the kinetic energy p/2β', () => {
    const values = pathValues(randomPaths(2, 1, 2), { masses: [1, 3], hbar: 0.7, beta: 2.5, beads: 1 }, []);
    for (const i of [0, 6]) assert.deepEqual([values[i + 1], values[i + 2], values[i + 5]], [0.4, 0.4, 0]);
  });

  it('of no path are none', () => assert.equal(pathValues(randomPaths(0, 4, 1), { masses: [1], hbar: 1, beta: 1, beads: 4 }, []).length, 0));

  it('shapes that do not fit are refused', () => {
    const system: RingSystem = { masses: [1, 2], hbar: 1, beta: 1, beads: 4 };
    const right = randomPaths(3, 4, 2);
    const wrong: [string, RingPaths][] = [
      ['positions', { ...right, positions: right.positions.slice(1) }],
      ['potentials', { ...right, potentials: right.potentials.slice(4) }],
      ['potentials', { ...right, potentials: right.potentials.slice(1) }],
      ['gradients', { ...right, gradients: right.gradients.slice(2) }],
      ['another number of beads', randomPaths(3, 5, 2)],
    ];
    for (const [name, paths] of wrong) {
      assert.throws(() => pathValues(paths, system, []), (error) => error instanceof InputError && /^pathValues: needs positions and gradients \[n, 4, 2\] and potentials \[n, 4\], got \d+, \d+ and \d+ numbers$/.test(error.message), name);
    }
  });
});

describe('means over exact samples of a harmonic ring', () => {
  const stiffness = [2.2, 0.7];
  const n = 40_000;
  const gap = ({ value, standardError }: Estimate, exact: number): number => Math.abs(value - exact) / standardError;
  for (const masses of [[1.7], [0.6, 2.3]]) {
    const p = masses.length;
    const stiff = stiffness.slice(0, p);
    // With V's own curvature as reference, modes are standard normal, and the centroid is the classical particle.
    const particle: QuantumParticle = { potential: (q) => np.square(q).mul(np.array([...stiff])).sum().mul(0.5), masses, hbar: 0.8, beta: 1.9, curvature: stiff };
    const { hbar, beta } = particle;
    const evaluator = compileEnergy(defineTarget({ name: 'bowl', dimension: p, energy: particle.potential, box: [-50, 50] }));
    const m = 1 + ENERGY_ESTIMATORS.length;
    const meansOf = (paths: RingPaths, system: RingSystem): Estimate[] =>
      expectations(pathValues(paths, system, [(q) => q[0] ** 2]), m, Array.from({ length: m }, (_, k) => (row: Float64Array): number => row[k]), null);
    for (const beads of [1, 2, 5, 16]) {
      const u = new Float64Array(n * beads * p);
      fillNormalRows(keyFromSeed(20 + beads), 0, n, beads * p, u);
      for (let i = 0; i < n; i++) for (let a = 0; a < p; a++) u[i * beads * p + a] /= Math.sqrt(beta * stiff[a]);
      const paths = ringPaths(beadTransform(particle, beads), evaluator, u);
      const averages = masses.map((mass, a) => harmonicAverages({ mass, frequency: Math.sqrt(stiff[a] / mass), hbar, beta }, beads));
      const total = (name: 'potential' | 'kinetic' | 'energy' | 'gyration'): number => averages.reduce((all, own) => all + own[name], 0);
      const exact = [averages[0].square, total('potential'), total('kinetic'), total('kinetic'), total('energy'), total('energy'), total('gyration')];
      const system: RingSystem = { masses, hbar, beta, beads };

      it(`${beads} beads, p = ${p}: every one is the closed form`, () => {
        meansOf(paths, system).forEach((estimate, k) => {
          // One bead has no spread, and its kinetic energy no error but rounding.
          const isConstant = beads === 1 && [2, 3, 6].includes(k);
          const near = isConstant ? Math.abs(estimate.value - exact[k]) < 1e-12 : gap(estimate, exact[k]) < 5;
          assert.ok(near, `${['x²', ...ENERGY_ESTIMATORS][k]} is ${estimate.value} ± ${estimate.standardError} for ${exact[k]}`);
        });
      });

      it(`${beads} beads, p = ${p}: with ħ or β a tenth off they are not`, () => {
        const [wrongHbar, wrongBeta] = [{ ...system, hbar: 1.1 * hbar }, { ...system, beta: 1.1 * beta }].map((wrong) => meansOf(paths, wrong));
        if (beads > 1) assert.ok(gap(wrongHbar[3], exact[3]) > 6, `thermodynamic with another ħ: ${wrongHbar[3].value} ± ${wrongHbar[3].standardError} for ${exact[3]}`);
        assert.ok(gap(wrongBeta[2], exact[2]) > 6, `virial with another β: ${wrongBeta[2].value} ± ${wrongBeta[2].standardError} for ${exact[2]}`);
        assert.ok(gap(wrongBeta[3], exact[3]) > 6, `thermodynamic with another β: ${wrongBeta[3].value} ± ${wrongBeta[3].standardError} for ${exact[3]}`);
      });
    }
  }
});
