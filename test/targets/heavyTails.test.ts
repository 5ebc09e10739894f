/** Heavy tails as a change of coordinates: there and back, volumes and gradients, by hand and as an array program. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { framedEvaluator, framedTarget, inward, outward, type Frame } from '../../src/targets/frame.ts';
import { defineTarget } from '../../src/targets/target.ts';

const D = 3;
const frame: Frame = {
  location: Float64Array.of(0.5, 0, -1), scale: Float64Array.of(1, 0.5, 2), turn: null, necks: [], valleys: [],
  heavyTails: [
    { coordinate: 0, side: 1, from: 0.2, scale: 0.4, shape: 0.5 }, { coordinate: 0, side: -1, from: -0.1, scale: 0.3, shape: 0.02 },
    { coordinate: 2, side: -1, from: -0.4, scale: 0.7, shape: 0.3 },
  ],
};
const n = 40;
const z = new Float64Array(n * D);
fillNormal(foldIn(keyFromSeed(1), 'heavy tails'), 0, z);
const close = (a: number, b: number, tolerance: number, what: string): void => {
  assert.ok(Math.abs(a - b) <= tolerance * (1 + Math.abs(b)), `${what}: ${a} in place of ${b}`);
};

describe('heavy tails', () => {
  it('are gone through and back, with the volume of the one and the other', () => {
    const [there, back] = [new Float64Array(n), new Float64Array(n)];
    const x = outward(frame, z, n, there);
    inward(frame, x, n, back).forEach((value, at) => { close(value, z[at], 1e-12, 'z'); });
    const h = 1e-6;
    for (let i = 0; i < n; i++) {
      close(back[i], there[i], 1e-12, 'log|det|');
      // Coordinate by coordinate: the product of their slopes.
      let sum = 0;
      for (let j = 0; j < D; j++) {
        const at = (step: number): number =>
          outward(frame, z.map((value, k) => (k === i * D + j ? value + step : value)), n)[i * D + j];
        sum += Math.log((at(h) - at(-h)) / (2 * h));
      }
      close(there[i], sum, 1e-6, 'log|det| by differences');
    }
    assert.ok(x.some((value) => Math.abs(value) > 50), 'some lie where s is straight');
  });

  it('give energies and gradients alike by hand and as a program, the derivatives of each other', () => {
    // A heavy law: energies stay small, and differences of them exact.
    const target = defineTarget({
      name: 'heavy', dimension: D, energy: (x) => np.log(np.square(x).sum().add(1)).mul(3).add(np.sin(x.slice(1))),
    });
    const program = compileEnergy(framedTarget(target, frame));
    const byHand = framedEvaluator(frame, compileEnergy(target));
    const [a, b, slopes, own] = [n, n, n * D, n * D].map((length) => new Float64Array(length));
    program.energiesAndGradients(z, n, a, slopes);
    byHand.energiesAndGradients(z, n, b, own);
    a.forEach((value, i) => { close(value, b[i], 1e-10, 'energy'); });
    const h = 1e-5;
    for (let k = 0; k < n * D; k++) {
      close(slopes[k], own[k], 1e-9, 'gradient');
      const [up, down] = [1, -1].map((sign) => {
        const values = new Float64Array(n);
        byHand.energies(z.map((value, at) => (at === k ? value + sign * h : value)), n, values);
        return values[Math.floor(k / D)];
      });
      close(slopes[k], (up - down) / (2 * h), 1e-6, 'gradient by differences');
    }
  });
});
