/** The group of exchanges and mirroring: images, representatives, random elements, and blocks that share it out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../../src/engine/random.ts';
import { bodyChart } from '../../../src/targets/charts/bodyChart.ts';
import { symmetryGroup } from '../../../src/targets/symmetry/group.ts';
import { logOrder, type ParticleSymmetry } from '../../../src/targets/symmetry/particles.ts';
import { cluster, normals } from './clusters.ts';

const turning = { rotations: true, reflections: true } as const;
const still = { rotations: false, reflections: false } as const;
const cases: readonly (readonly [string, ParticleSymmetry, number])[] = [
  ['of the plane', { count: 4, dimension: 2, alike: [[0, 1, 2, 3]], ...turning }, 48],
  ['of space', { count: 4, dimension: 3, alike: [[0, 1, 2, 3]], ...turning }, 48],
  ['of two sorts', { count: 5, dimension: 3, alike: [[0, 2, 4], [1, 3]], ...turning }, 24],
  ['that stand still', { count: 4, dimension: 2, alike: [[0, 1, 3]], ...still }, 6],
  ['that are two in space', { count: 2, dimension: 3, alike: [[0, 1]], ...turning }, 2],
  ['with a hand', { count: 3, dimension: 3, alike: [[0, 1, 2]], rotations: true, reflections: false }, 6],
];
const key = keyFromSeed(4);
const rowsOf = (x: Float64Array, d: number): string[] =>
  Array.from({ length: x.length / d }, (_, i) => x.subarray(i * d, (i + 1) * d).join());

for (const [name, symmetry, order] of cases) {
  describe(`particles ${name}`, () => {
    const { count, dimension: p, rotations } = symmetry;
    const d = count * p;
    const n = 30;
    const x = normals(n, d);
    const template = normals(1, d, 5);
    const group = symmetryGroup(symmetry, template);
    const images = new Float64Array(n * order * d);
    group.images(x, n, images);
    const chart = rotations ? bodyChart(cluster(count, p), symmetry, x) : null;
    /** Points that can be turned, by their body. */
    const bodies = (points: Float64Array): Float64Array => {
      if (chart === null) return points;
      const m = points.length / d;
      const z = new Float64Array(m * chart.target.dimension);
      chart.inner(points, m, z, new Float64Array(m));
      return z;
    };

    it('have as many images, no two alike, and the point itself first', () => {
      assert.equal(group.order, order);
      assert.ok(Math.abs(group.logOrder - Math.log(order)) < 1e-12);
      const all = count < p ? order * 2 : order;
      assert.ok(Math.abs(logOrder(symmetry) - Math.log(all)) < 1e-12);
      for (let i = 0; i < n; i++) {
        const own = images.subarray(i * order * d, (i + 1) * order * d);
        assert.equal(new Set(rowsOf(own, d)).size, order);
        assert.deepEqual(own.slice(0, d), x.slice(i * d, (i + 1) * d));
      }
    });

    it('keep the energy', () => {
      if (symmetry.alike.flat().length < count) return;
      const distances = (of: Float64Array, i: number): string => Array.from({ length: count }, (_, a) =>
        Math.hypot(...of.subarray(i * d + a * p, i * d + a * p + p)).toFixed(9)).sort().join();
      for (let i = 0; i < n; i++) for (let g = 0; g < order; g++)
        assert.equal(distances(images, i * order + g), distances(x, i), 'the same distances from the origin');
    });

    it('have one representative', () => {
      const canonical = bodies(group.canonical(x, n));
      const ofImages = bodies(group.canonical(images, n * order));
      const k = canonical.length / n;
      ofImages.forEach((value, at) => {
        const i = Math.floor(at / (k * order));
        assert.ok(Math.abs(value - canonical[i * k + (at % k)]) < 1e-9, `image of point ${i}`);
      });
      for (let i = 0; i < n; i++) {
        assert.ok(group.contains(x, i), 'all are images');
        let found = 0;
        for (let g = 0; g < order; g++) found += Number(group.represents(images, i * order + g));
        assert.equal(found, 1, 'of all images one represents them');
      }
    });

    it('go under every element equally often, by their index', () => {
      const m = 400 * order;
      const many = new Float64Array(m * d);
      for (let i = 0; i < m; i++) many.set(x.subarray(0, d), i * d);
      group.scatter(key, 7, m, many);
      const counts = new Map<string, number>();
      for (const row of rowsOf(many, d)) counts.set(row, (counts.get(row) ?? 0) + 1);
      assert.deepEqual(new Set(counts.keys()), new Set(rowsOf(images.slice(0, order * d), d)));
      const chi = [...counts.values()].reduce((sum, found) => sum + (found - 400) ** 2 / 400, 0);
      assert.ok(chi < order - 1 + 5 * Math.sqrt(2 * (order - 1)), `χ² ${chi}`);
      const part = new Float64Array(3 * d);
      for (let i = 0; i < 3; i++) part.set(x.subarray(0, d), i * d);
      group.scatter(key, 27, 3, part);
      assert.deepEqual(part, many.slice(20 * d, 23 * d));
    });

    it('share the rest out where blocks are summed over', () => {
      const few = symmetryGroup(symmetry, template, order / 2);
      assert.ok(few.order <= order / 2 && few.order >= 1, `${few.order}`);
      assert.ok(Math.abs(few.logOrder - Math.log(order)) < 1e-12);
      for (let i = 0; i < n; i++) {
        let inside = 0;
        for (let g = 0; g < order; g++) inside += Number(few.contains(images, i * order + g));
        assert.equal(inside, few.order, 'of all images those under the subgroup');
        assert.ok(few.contains(few.canonical(x.slice(i * d, (i + 1) * d), 1), 0), 'the representative among them');
      }
    });
  });
}

describe('representatives of particles that stand still', () => {
  it('are the images nearest to the template', () => {
    const symmetry = { count: 4, dimension: 2, alike: [[0, 1, 2, 3]], ...still } as const;
    const [x, template] = [normals(20, 8), normals(1, 8, 5)];
    const group = symmetryGroup(symmetry, template);
    const images = new Float64Array(24 * 8);
    for (let i = 0; i < 20; i++) {
      group.images(x.subarray(i * 8, (i + 1) * 8), 1, images);
      const distance = (of: Float64Array, g: number): number =>
        template.reduce((sum, value, j) => sum + (of[g * 8 + j] - value) ** 2, 0);
      const least = Math.min(...Array.from({ length: 24 }, (_, g) => distance(images, g)));
      assert.ok(Math.abs(distance(group.canonical(x.slice(i * 8, (i + 1) * 8), 1), 0) - least) < 1e-12);
    }
  });
});
