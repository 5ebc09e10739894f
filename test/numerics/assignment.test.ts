/** The least cost of all permutations, which are few enough to try. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { assignment } from '../../src/numerics/assignment.ts';

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]));
}

const costOf = (cost: Float64Array, n: number, columns: ArrayLike<number>): number =>
  Array.from({ length: n }, (_, i) => cost[i * n + columns[i]]).reduce((sum, value) => sum + value, 0);

describe('the assignment problem', () => {
  it('has no cheaper solution', () => {
    for (const n of [1, 2, 3, 4, 6]) {
      for (let trial = 0; trial < 40; trial++) {
        const key = foldIn(keyFromSeed(n), trial);
        // Ties among them, and costs below zero.
        const cost = Float64Array.from({ length: n * n }, (_, i) => Math.floor(20 * uniform(key, i)) - 5);
        const columns = assignment(cost, n);
        assert.deepEqual([...columns].sort(), Array.from({ length: n }, (_, j) => j), 'every column once');
        const least = Math.min(...permutations(n).map((order) => costOf(cost, n, order)));
        assert.equal(costOf(cost, n, columns), least);
      }
    }
  });
});
