import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { buildKdTree, hasNeighbourWithin, kthNeighbourDistance } from '../../src/numerics/kdTree.ts';

function sortedDistances(points: Float64Array, query: Float64Array, periods: Float64Array, exclude: number): number[] {
  const d = periods.length;
  const distances: number[] = [];
  for (let i = 0; i < points.length / d; i++) {
    if (i === exclude) continue;
    let sum = 0;
    for (let j = 0; j < d; j++) {
      const gap = points[i * d + j] - query[j];
      // All three images of a circle's point.
      sum += Math.min(...(periods[j] > 0 ? [gap, gap - periods[j], gap + periods[j]] : [gap]).map((g) => g * g));
    }
    distances.push(sum);
  }
  return distances.sort((a, b) => a - b);
}

describe('k-d tree', () => {
  for (const periods of [[0, 0], [1, 1], [1, 0, 0], [0, 1, 0, 0, 1], [0]]) {
    it(`agrees with brute force, periods ${periods.join(' ')}`, () => {
      const d = periods.length;
      const key = foldIn(keyFromSeed(11), d);
      const points = new Float64Array(400 * d);
      fillUniform(key, 0, points);
      const period = Float64Array.from(periods);
      const tree = buildKdTree(points, period);
      const query = new Float64Array(d);
      for (let q = 0; q < 60; q++) {
        const own = q < 30;
        if (own) query.set(points.subarray(q * d, q * d + d));
        else fillUniform(key, q + 1, query);
        const expected = sortedDistances(points, query, period, own ? q : -1);
        const found = kthNeighbourDistance(tree, query, 0, 3, own ? q : -1);
        assert.ok(Math.abs(found - expected[2]) < 1e-12);
        if (!own) {
          assert.equal(hasNeighbourWithin(tree, query, 0, expected[0] * 1.0001), true);
          assert.equal(hasNeighbourWithin(tree, query, 0, expected[0] * 0.9999), false);
        }
      }
    });
  }

  it('handles repeated points and trees with fewer than k', () => {
    const tree = buildKdTree(new Float64Array(100).fill(2), Float64Array.of(0, 0));
    assert.equal(kthNeighbourDistance(tree, Float64Array.of(2, 2), 0, 5, 7), 0);
    assert.equal(kthNeighbourDistance(buildKdTree(Float64Array.of(1), Float64Array.of(0)), Float64Array.of(1), 0, 2), Infinity);
    assert.equal(hasNeighbourWithin(buildKdTree(new Float64Array(0), Float64Array.of(0)), Float64Array.of(1), 0, 1), false);
  });
});
