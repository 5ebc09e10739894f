/** Curved valleys as a change of coordinates: there and back, gradients, by hand and as an array program. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { inward, outward, type Frame } from '../../src/targets/frame.ts';
import { OF_LOCATION, OF_SCALE } from '../../src/targets/necks.ts';
import { defineTarget } from '../../src/targets/target.ts';
import type { Valley } from '../../src/targets/valleys.ts';
import { assertFramed, close } from './assertFramed.ts';

const D = 5;
/** The second tells two, one of which tells another; the last is told by that, and has a neck of its own. */
const valleys: readonly Valley[] = [
  { told: 3, by: 1, centre: 0.5, width: 2, curve: [0.3, -1, 0.2] },
  { told: 0, by: 1, centre: -0.5, width: 0.7, curve: [1, 0.2, 0.6] },
  { told: 4, by: 3, centre: 0, width: 1.4, curve: [-2, 0.4, 0.9] },
];
const neck = {
  roots: [1], centre: [0], width: [1], told: [4], means: [], slopes: [],
  location: Array.from({ length: 1 + OF_LOCATION }, () => [0.2]), logScale: Array.from({ length: 1 + OF_SCALE }, () => [0.3]),
};
const frame: Frame = {
  location: Float64Array.of(1, 0, -1, 0.5, 0), scale: Float64Array.of(1, 0.5, 2, 1, 1.5), turn: null, heavyTails: [], necks: [neck], valleys,
};
const target = defineTarget({
  name: 'curved', dimension: D,
  energy: (x) => np.square(x).sum().mul(0.05).add(np.sin(x.slice(0)).mul(x.slice(3))).add(np.cos(x.slice(4)).mul(x.slice(2))),
});
const n = 12;
const z = new Float64Array(n * D);
fillNormal(foldIn(keyFromSeed(1), 'valleys'), 0, z);

describe('curved valleys', () => {
  it('are gone through and back, and have no volume', () => {
    const straight = { ...frame, valleys: [] };
    const [there, back, without] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    const x = outward(frame, z, n, there);
    const y = outward(straight, z, n, without);
    assert.deepEqual(there, without);
    inward(frame, x, n, back).forEach((value, i) => { close(value, z[i], 1e-12, 'z'); });
    back.forEach((value, i) => { close(value, there[i], 1e-12, 'log|det|'); });
    // The formula of the head of valleys.ts, of the parabola over the second coordinate.
    for (let i = 0; i < n; i++) {
      const u = (x[i * D + 1] + 0.5) / 0.7;
      close(x[i * D] - y[i * D], 1 + 0.2 * u + 0.6 * u * u, 1e-12, 'parabola');
      assert.deepEqual([x[i * D + 1], x[i * D + 2]], [y[i * D + 1], y[i * D + 2]]);
    }
  });

  it('give energies and gradients alike by hand and as a program, the derivatives of each other', () => {
    assertFramed(target, frame, z);
  });
});
