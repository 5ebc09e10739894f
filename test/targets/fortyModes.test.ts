/** The mixture of forty Gaussians: its truths by quadrature against closed forms. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileEnergy } from '../../src/targets/compile.ts';
import { fortyModes } from '../../src/targets/fortyModes.ts';
import { targetTruth } from '../../src/targets/truth.ts';

const PLASTIC = 1.324717957244746;
const fraction = (x: number): number => x - Math.floor(x);
const modes = Array.from({ length: 40 }, (_, k) => ({
  centre: [80 * fraction((k + 1) / PLASTIC) - 40, 80 * fraction((k + 1) / PLASTIC ** 2) - 40],
  deviation: [1 + 0.6 * Math.sin(k), 1 + 0.6 * Math.cos(2 * k)],
}));
const density = (x: number, y: number): number => modes.reduce((sum, { centre, deviation }) =>
  sum + Math.exp(-0.5 * (((x - centre[0]) / deviation[0]) ** 2 + ((y - centre[1]) / deviation[1]) ** 2)) / (40 * 2 * Math.PI * deviation[0] * deviation[1]), 0);

describe('forty-modes', () => {
  const energy = compileEnergy(fortyModes);
  it('has the energy of its formula', () => {
    const points = [[0, 0], [12, -3], [-39, 20], [5.5, 5.5]];
    const values = new Float64Array(points.length);
    energy.energies(Float64Array.from(points.flat()), points.length, values);
    points.forEach(([x, y], i) => assert.ok(Math.abs(values[i] + Math.log(density(x, y))) < 1e-9, `at (${x}, ${y})`));
  });
  it('is normalised, and its waves are those of its centres, damped', () => {
    const truth = targetTruth(fortyModes, energy);
    assert.ok(Math.abs(truth.logZ ?? NaN) < 1e-6, `log Z ${truth.logZ}`);
    const wave = Math.PI / 40;
    const exact = [0, 1].flatMap((j) => [Math.sin, Math.cos].map((f) => modes.reduce((sum, { centre, deviation }) => sum + (Math.exp(-((wave * deviation[j]) ** 2) / 2) * f(wave * centre[j])) / 40, 0)));
    truth.observables.forEach((value, k) => assert.ok(Math.abs((value ?? NaN) - exact[k]) < 1e-6, `${fortyModes.observables[k].name}: ${value}, not ${exact[k]}`));
  });
  it('has modes of equal mass, up to what crosses the borders between them', () => {
    const masses = targetTruth(fortyModes, energy).modeMasses ?? [];
    assert.equal(masses.length, 40);
    masses.forEach((mass, k) => assert.ok(Math.abs(mass - 1 / 40) < 2e-3, `mode ${k}: ${mass}`));
  });
});
