/** Body coordinates: there and back, volumes against differentiated maps, energies, and orientations that are uniform. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { bodyChart } from '../../../src/targets/charts/bodyChart.ts';
import { compileEnergy } from '../../../src/targets/compile.ts';
import { evaluatedTarget } from '../../../src/targets/evaluated.ts';
import { turnIntoBody } from '../../../src/targets/symmetry/body.ts';
import { randomRotation } from '../../../src/targets/symmetry/orientation.ts';
import { defineTarget } from '../../../src/targets/target.ts';
import { cluster, normals } from './clusters.ts';

const key = keyFromSeed(8);

/** log|det a|, by elimination with pivots. @param a shape [d, d], used up */
function logDeterminant(a: number[][]): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) {
    const pivot = a.slice(k).reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(a[k + best][k]) ? i : best), 0);
    [a[k], a[k + pivot]] = [a[k + pivot], a[k]];
    sum += Math.log(Math.abs(a[k][k]));
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return sum;
}

const turn = (rows: number[][], x: readonly number[]): number[] => {
  const p = rows.length;
  return x.map((_, t) => rows[t % p].reduce((sum, value, a) => sum + value * x[t - (t % p) + a], 0));
};
/** About z, then x, then z. */
function euler([first, nod, last]: readonly number[], x: readonly number[]): number[] {
  const z = (a: number): number[][] => [[Math.cos(a), -Math.sin(a), 0], [Math.sin(a), Math.cos(a), 0], [0, 0, 1]];
  const tilt = [[1, 0, 0], [0, Math.cos(nod), -Math.sin(nod)], [0, Math.sin(nod), Math.cos(nod)]];
  return turn(z(last), turn(tilt, turn(z(first), x)));
}
const inPlane = ([a]: readonly number[], x: readonly number[]): number[] =>
  turn([[Math.cos(a), -Math.sin(a)], [Math.sin(a), Math.cos(a)]], x);

for (const [count, p] of [[2, 2], [4, 2], [5, 2], [2, 3], [3, 3], [5, 3]] as const) {
  describe(`${count} particles of ${p} coordinates`, () => {
    const d = count * p;
    const angles = p === 2 ? 1 : 3;
    const k = d - angles;
    const target = cluster(count, p);
    const n = 40;
    const x = normals(n, d);
    const chart = bodyChart(target, { count, dimension: p }, x);
    const [z, logVolume] = [new Float64Array(n * k), new Float64Array(n)];
    chart.inner(x, n, z, logVolume);

    it('has a coordinate less for every angle', () => { assert.equal(chart.target.dimension, k); });

    it('comes back to the same body, turned', () => {
      const turned = new Float64Array(n * d);
      chart.outer(z, n, key, 5, turned);
      const [again, volumes] = [new Float64Array(n * k), new Float64Array(n)];
      chart.inner(turned, n, again, volumes);
      again.forEach((value, i) => { assert.ok(Math.abs(value - z[i]) < 1e-10, `${value} for ${z[i]}`); });
      volumes.forEach((value, i) => { assert.ok(Math.abs(value - logVolume[i]) < 1e-10); });
      // Distances between particles, and from the origin, are those of before.
      const distance = (of: Float64Array, i: number, a: number, b: number): number => Math.hypot(...Array.from(
        { length: p }, (_, c) => of[i * d + a * p + c] - (b < 0 ? 0 : of[i * d + b * p + c]),
      ));
      for (let i = 0; i < n; i++) for (let a = 0; a < count; a++) for (let b = -1; b < a; b++)
        assert.ok(Math.abs(distance(turned, i, a, b) - distance(x, i, a, b)) < 1e-10);
      const part = new Float64Array(3 * d);
      chart.outer(z.slice(7 * k, 10 * k), 3, key, 12, part);
      assert.deepEqual(part, turned.slice(7 * d, 10 * d), 'point i depends on its index');
    });

    it('knows the volume behind its coordinates', () => {
      // All orientations have the measure dα of the plane, sin θ dα dθ dγ of space: 2π and 8π² in all.
      const [nod, whole] = [0.9, p === 2 ? Math.log(2 * Math.PI) : Math.log(8 * Math.PI ** 2)];
      const orient = p === 2 ? inPlane : euler;
      const at = p === 2 ? [0.4] : [0.4, nod, -1.1];
      const from = (given: readonly number[]): number[] => {
        const one = new Float64Array(d);
        chart.outer(Float64Array.from(given.slice(angles)), 1, key, 0, one);
        return orient(given.slice(0, angles), Array.from(one));
      };
      for (let i = 0; i < 5; i++) {
        const centre = [...at, ...z.slice(i * k, (i + 1) * k)];
        const h = 1e-5;
        const slopes = centre.map((_, j) => {
          const [up, down] = [h, -h].map((step) => from(centre.map((value, m) => (m === j ? value + step : value))));
          return up.map((value, t) => (value - down[t]) / (2 * h));
        });
        const found = logDeterminant(slopes) - (p === 2 ? 0 : Math.log(Math.sin(nod))) + whole;
        assert.ok(Math.abs(found - logVolume[i]) < 1e-6, `${logVolume[i]}, differentiated ${found}`);
      }
    });

    it('has the energy of the point less log volume, as a program and from values, with its slope', () => {
      const outer = compileEnergy(target);
      const u = new Float64Array(n);
      outer.energies(x, n, u);
      const { energy, batchedEnergy, hasEnergy, noise, sum, ...rest } = target;
      assert.ok(hasEnergy && batchedEnergy === undefined && noise === undefined && sum === undefined);
      const values = evaluatedTarget({ name: rest.name, dimension: d, box: [-6, 6] }, outer);
      const other = bodyChart(values, { count, dimension: p }, x);
      assert.ok(compileEnergy(chart.target).compiled !== undefined, 'compiled code');
      assert.ok(typeof energy === 'function');
      const gradients = [chart, other].map(({ target: inner }) => {
        const [found, slopes] = [new Float64Array(n), new Float64Array(n * k)];
        compileEnergy(inner).energiesAndGradients(z, n, found, slopes);
        found.forEach((value, i) => {
          const expected = u[i] - logVolume[i];
          assert.ok(Math.abs(value - expected) < 1e-9 * (1 + Math.abs(expected)), `${value} for ${expected}`);
        });
        return slopes;
      });
      gradients[0].forEach((slope, i) => {
        assert.ok(Math.abs(slope - gradients[1][i]) < 1e-8 * (1 + Math.abs(slope)), `${slope}, ${gradients[1][i]}`);
      });
    });
  });
}

describe('orientations', () => {
  for (const p of [2, 3] as const) {
    it(`are rotations, uniform, of ${p} coordinates`, () => {
      const n = 20_000;
      const [sums, squares] = [new Float64Array(p * p), new Float64Array(p * p)];
      for (let i = 0; i < n; i++) {
        const rows = randomRotation(p, key, i);
        for (let a = 0; a < p; a++) for (let b = 0; b < p; b++) {
          let product = 0;
          for (let c = 0; c < p; c++) product += rows[a * p + c] * rows[b * p + c];
          assert.ok(Math.abs(product - Number(a === b)) < 1e-12);
        }
        const det = logDeterminant(Array.from({ length: p }, (_, a) => Array.from(rows.subarray(a * p, a * p + p))));
        assert.ok(Math.abs(det) < 1e-12);
        rows.forEach((value, t) => {
          sums[t] += value / n;
          squares[t] += (value * value) / n;
        });
      }
      // Every entry has mean 0 and mean square 1/p, and is at most 1.
      sums.forEach((mean) => { assert.ok(Math.abs(mean) < 5 * Math.sqrt(1 / (p * n)), `mean ${mean}`); });
      squares.forEach((mean) => { assert.ok(Math.abs(mean - 1 / p) < 5 * Math.sqrt(1 / (p * n)), `square ${mean}`); });
    });
  }

  it('are numbers, or minus infinity, where particles lie upon each other or in a row', () => {
    // v₁ is 0; in space v₂ may lie along v₁ too, whatever way that points.
    const places: readonly (readonly [2 | 3, Float64Array])[] = [
      [2, Float64Array.of(0, 0, 1, 2)], [3, Float64Array.of(0, 0, 0, 1, 2, 3, 4, 5, 7)],
      [3, Float64Array.of(0, 0, 2, 0, 0, -3, 1, 1, 1)], [3, Float64Array.of(1, 2, -1, 2, 4, -2, 1, 1, 1)],
    ];
    for (const [p, v] of places) {
      const lengths = (x: Float64Array): number[] => Array.from({ length: x.length / p }, (_, m) => Math.hypot(...x.subarray(m * p, (m + 1) * p)));
      const before = lengths(v);
      turnIntoBody({ count: v.length / p, dimension: p }, v);
      lengths(v).forEach((length, m) => { assert.ok(Math.abs(length - before[m]) < 1e-12, `${length}, not ${before[m]}`); });
    }
  });

  it('are refused of what cannot be turned', () => {
    const ring = defineTarget({
      name: 'a-ring', dimension: 4, torus: { 1: [0, 1] }, box: [-1, 1], energy: (x) => x.sum().mul(0),
    });
    assert.throws(() => bodyChart(ring, { count: 2, dimension: 2 }, normals(9, 4)), /circles and intervals/);
    assert.throws(() => bodyChart(cluster(3, 2), { count: 2, dimension: 2 }, normals(9, 6)), /4, not 6/);
  });
});
