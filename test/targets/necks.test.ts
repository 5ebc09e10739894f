/** Necks as a change of coordinates: there and back, volumes and gradients, by hand and as an array program. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { inward, inwardSamples, outward, type Frame } from '../../src/targets/frame.ts';
import { defineTarget } from '../../src/targets/target.ts';
import { BENDS, OF_LOCATION, OF_SCALE, type Neck } from '../../src/targets/necks.ts';
import { assertFramed, close } from './assertFramed.ts';

const D = 6;
let drawn = 0;
const number = (scale: number): number => scale * Math.sin(1 + 2.7 * drawn++);
const table = (rows: number, columns: number, scale: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => number(scale)));
/** Two roots, one mean, three that are told. */
const inner: Neck = {
  roots: [4, 1], centre: [0.3, -0.2], width: [0.8, 1.7], told: [0, 3, 5], means: [2],
  location: table(1 + 2 * OF_LOCATION, 3, 0.7), slopes: [table(1 + 2 * OF_LOCATION, 3, 0.4)],
  logScale: table(1 + 2 * OF_SCALE, 3, 0.3),
};
/** What was a mean is told by a root here. */
const outer: Neck = {
  roots: [4], centre: [1], width: [2], told: [2], means: [], location: table(1 + OF_LOCATION, 1, 0.5), slopes: [],
  logScale: table(1 + OF_SCALE, 1, 0.3),
};
const frame: Frame = {
  location: Float64Array.of(1, 0, -1, 0.5, 0, 2), scale: Float64Array.of(1, 0.5, 2, 1, 1.5, 0.7), turn: null,
  heavyTails: [], necks: [outer, inner], valleys: [],
};
const points = (n: number, seed: number): Float64Array => {
  const z = new Float64Array(n * D);
  fillNormal(foldIn(keyFromSeed(seed), 'necks'), 0, z);
  return z;
};
const target = defineTarget({
  name: 'curved', dimension: D,
  energy: (x) => np.square(x).sum().mul(0.05).add(np.sin(x.slice(0)).mul(x.slice(3))).add(np.cos(x.slice(2)).mul(x.slice(5))),
});

/** log|det| of the derivatives of x by z, by central differences. */
function differencedLogDet(z: Float64Array): number {
  const h = 1e-5;
  const matrix = Array.from({ length: D }, (_, k) => {
    const at = (step: number): Float64Array => outward(frame, z.map((value, j) => (j === k ? value + step : value)), 1);
    const [up, down] = [at(h), at(-h)];
    return Array.from({ length: D }, (__, j) => (up[j] - down[j]) / (2 * h));
  });
  let sum = 0;
  for (let k = 0; k < D; k++) {
    const pivot = matrix.slice(k).reduce((best, row, i) =>
      (Math.abs(row[k]) > Math.abs(matrix[best][k]) ? k + i : best), k);
    [matrix[k], matrix[pivot]] = [matrix[pivot], matrix[k]];
    sum += Math.log(Math.abs(matrix[k][k]));
    for (let i = k + 1; i < D; i++) {
      const factor = matrix[i][k] / matrix[k][k];
      for (let j = k; j < D; j++) matrix[i][j] -= factor * matrix[k][j];
    }
  }
  return sum;
}

describe('necks', () => {
  it('are gone through and back, with the volume of the one and the other', () => {
    const z = points(20, 1);
    const [there, back] = [new Float64Array(20), new Float64Array(20)];
    const x = outward(frame, z, 20, there);
    inward(frame, x, 20, back).forEach((value, i) => { close(value, z[i], 1e-12, 'z'); });
    for (let i = 0; i < 20; i++) {
      close(back[i], there[i], 1e-12, 'log|det|');
      close(there[i], differencedLogDet(z.subarray(i * D, (i + 1) * D)), 1e-7, 'log|det| by differences');
    }
    assert.ok(new Set(there).size === 20, 'another at every place');
  });

  it('give energies and gradients alike by hand and as a program, the derivatives of each other', () => {
    assertFramed(target, frame, points(12, 2));
  });

  it('have no density where they put a point beyond all numbers, however it is turned', () => {
    const steep = { ...outer, logScale: outer.logScale.map((row, f) => row.map(() => (f === 1 ? 3 : 0))) };
    const quarter = Float64Array.from({ length: D * D }, (_, i) => (i % (D + 1) === 0 ? 0.8 : Math.floor(i / D) + (i % D) === D - 1 ? 0.6 : 0));
    const narrow: Frame = { ...frame, necks: [steep], turn: { matrix: quarter, inverse: quarter, logDet: 0 } };
    // The scale of the third is e^(3u) of the fifth's u: at −40, −400 widths the point is at e^120, e^1200 of it.
    const x = Float64Array.from({ length: 3 * D }, (_, i) => (i % D === 4 ? 1 - 2 * [1, 40, 400][Math.floor(i / D)] : 0.5));
    const logDet = new Float64Array(3);
    const z = inward(narrow, x, 3, logDet);
    assert.ok(z.every(Number.isFinite));
    assert.deepEqual(Array.from(logDet, (value) => value === Infinity), [false, true, true]);
    const plain = new Float64Array(1);
    inward({ ...narrow, turn: null }, x.slice(0, D), 1, plain);
    assert.ok(Number.isFinite(plain[0]) && Math.abs(plain[0] - logDet[0]) < 1e-12);
  });

  it('have no density where a coordinate is beyond all numbers, whatever the energy there', () => {
    for (const far of [-Infinity, Infinity, NaN]) {
      const x = Float64Array.from({ length: D }, (_, j) => (j === 0 ? far : 0.5));
      const { samples, energies } = inwardSamples(frame, { samples: x, energies: Float64Array.of(Infinity) });
      assert.ok(samples.every(Number.isFinite), `${far}`);
      assert.deepEqual([...energies], [-Infinity], 'log w of an energy of −∞ is ∞: 1/q');
    }
  });

  it('go on far out: straight log scales, constant locations', () => {
    const alone: Neck = {
      roots: [0], centre: [0], width: [1], told: [1], means: [2], location: table(1 + OF_LOCATION, 1, 1),
      slopes: [table(1 + OF_LOCATION, 1, 1)], logScale: table(1 + OF_SCALE, 1, 1),
    };
    const plain: Frame = {
      location: new Float64Array(3), scale: new Float64Array(3).fill(1), turn: null, heavyTails: [], necks: [alone], valleys: [],
    };
    const at = (root: number): { location: number; logScale: number } => {
      const logDet = new Float64Array(1);
      const x = outward(plain, Float64Array.of(root, 0, 1.5), 1, logDet);
      return { location: x[1], logScale: logDet[0] };
    };
    for (const side of [-1, 1]) {
      const [near, middle, far] = [20, 30, 40].map((u) => at(side * u));
      close(near.location, far.location, 1e-12, 'location');
      const slope = alone.logScale[1][0] + (side > 0 ? alone.logScale.slice(2).reduce((sum, [own]) => sum + own, 0) : 0);
      close((far.logScale - middle.logScale) / (side * 10), slope, 1e-3, 'slope of the log scale');
      close((middle.logScale - near.logScale) / (side * 10), slope, 1e-3, 'slope of the log scale');
    }
    assert.equal(BENDS.length, OF_LOCATION);
  });
});
