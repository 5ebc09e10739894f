/** The search for missed wells: finds one that a flow leaves out, weighs it, and raises no alarm elsewhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { keyFromSeed } from '../../src/engine/random.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { descend } from '../../src/verdict/descents.ts';
import { searchWells, wellDoubts, type MissedWell } from '../../src/verdict/wells.ts';

const D = 6;
/** Round Gaussians at ±3 along the first axis, of masses 0.8 and `mass`, all of width σ. */
const SIGMA = 0.4;
const bump = (x: NpArray, at: number, mass: number): NpArray => {
  const centre = np.array([at, ...new Array<number>(D - 1).fill(0)]);
  return np.exp(np.square(x.sub(centre)).sum().div(-2 * SIGMA * SIGMA)).mul(mass);
};
const LOG_UNIT = 0.5 * D * Math.log(2 * Math.PI * SIGMA * SIGMA);
const wells = (mass: number): Target => defineTarget({
  name: 'two-far-wells', dimension: D, box: [-6, 6], base: { mean: [-3, 0, 0, 0, 0, 0], standardDeviation: 0.5 },
  energy: (x) => np.log(bump(x, -3, 0.8).add(bump(x, 3, mass)).add(1e-300)).neg().add(LOG_UNIT),
});

/** log w under a proposal that has the left well alone. */
function leftOnly(points: Float64Array, energies: Float64Array): Promise<Float64Array> {
  return Promise.resolve(energies.map((energy, i) => {
    let square = 0;
    for (let j = 0; j < D; j++) square += (points[i * D + j] + (j === 0 ? 3 : 0)) ** 2;
    return -energy + square / (2 * SIGMA * SIGMA) + LOG_UNIT;
  }));
}

const search = (target: Target, logWeightsOf: typeof leftOnly, logZ = Math.log(0.8)): Promise<MissedWell[]> =>
  searchWells({ target, energy: compileEnergy(target), logWeightsOf, logZ, largest: logZ, key: keyFromSeed(4) });

describe('the search for missed wells', () => {
  it('finds a far well that base and flow know nothing of, with its mass', async () => {
    const found = await search(wells(0.2), leftOnly);
    assert.equal(found.length, 1);
    // A Gaussian's curvature gives its mass exactly; differences of gradients cost a little.
    assert.ok(Math.abs(found[0].share - 0.25) < 1e-3, `${found[0].share}`);
    assert.ok(Math.abs(found[0].point[0] - 3) < 0.05);
    const [{ standing, code, message }] = wellDoubts(found);
    assert.deepEqual([standing, code], ['unknown', 'missed-well']);
    assert.match(message, /a well at \(3\.0.* with about 25 % as much mass/);
  });
  it('says nothing of a well without mass, nor of one that the flow has', async () => {
    assert.deepEqual(await search(wells(1e-4), leftOnly), []);
    assert.deepEqual(await search(wells(0.2), (_points, energies) => Promise.resolve(new Float64Array(energies.length)), 0), []);
    assert.deepEqual(wellDoubts([]), []);
  });
  it('says nothing of a hole that chains leave at once: a cap of a sphere, whose curvature tells of no mass', async () => {
    const width = 0.05;
    const sphere = defineTarget({
      name: 'sphere', dimension: 3, box: [-2, 2],
      energy: (x) => np.square(np.square(x).sum().sub(1)).div(8 * width * width),
    });
    const logZ = Math.log(4 * Math.PI * width * Math.sqrt(2 * Math.PI));
    const holed = (points: Float64Array, energies: Float64Array): Promise<Float64Array> =>
      Promise.resolve(energies.map((_, i) => (points[3 * i] > 0.9 ? logZ + 10 : logZ)));
    const found = searchWells({
      target: sphere, energy: compileEnergy(sphere), logWeightsOf: holed, logZ, largest: logZ, key: keyFromSeed(4),
    });
    assert.deepEqual(await found, []);
  });
  it('says nothing of a slope, however much of it lies outside', async () => {
    // Neal's funnel falls without end along its neck, where there is next to no mass.
    const funnel = defineTarget({
      name: 'funnel', dimension: 3, box: [[-9, 9], [-20, 20], [-20, 20]], base: { standardDeviation: [3, 3, 3] },
      energy: (x) => { const [v, rest] = [x.slice(0), x.slice([1, 3])]; return np.square(v).div(18).add(np.square(rest).sum().mul(0.5).mul(np.exp(v.neg()))).add(v); },
    });
    const uniform = (_points: Float64Array, energies: Float64Array): Promise<Float64Array> => Promise.resolve(energies.map((energy) => -energy));
    assert.deepEqual(await searchWells({ target: funnel, energy: compileEnergy(funnel), logWeightsOf: uniform, logZ: Math.log(2 * Math.PI) * 1.5 + Math.log(3), largest: 3, key: keyFromSeed(4) }), []);
  });
  it('knows a missing well of next to no mass from one that matters', async () => {
    const [{ standing }] = wellDoubts(await search(wells(0.8 * 0.004), leftOnly));
    assert.equal(standing, 'doubtful');
  });
});

describe('descents', () => {
  it('reach minima over scales that no step size fits, and never leave walls', () => {
    const target = defineTarget({
      name: 'steep', dimension: 2, box: [-5, 5], interval: { 1: [0.5, 2] },
      energy: (x) => np.square(x.slice(0).sub(1)).mul(5000).add(np.square(x.slice(1)).mul(0.01)),
    });
    const { points, energies } = descend(compileEnergy(target), target.domain, Float64Array.of(-4, 1.9, 4, 0.6), 150);
    assert.ok(Math.abs(points[0] - 1) < 1e-2 && Math.abs(points[2] - 1) < 1e-2, `${points.join(', ')}`);
    assert.ok(points[1] === 0.5 && points[3] === 0.5, 'the wall');
    assert.ok(energies.every((energy) => energy < 1));
  });
  it('give up where the energy is not a number, and say so', () => {
    const target = defineTarget({ name: 'holed', dimension: 1, box: [-1, 1], energy: (x) => np.sqrt(x.slice(0)).add(np.square(x.slice(0))) });
    const { energies } = descend(compileEnergy(target), target.domain, Float64Array.of(-0.5, 0.5), 50);
    assert.ok(Number.isNaN(energies[0]) && energies[1] < 0.75);
  });
});
