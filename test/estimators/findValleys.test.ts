/** Curved valleys found in samples, and none where there are none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { findValleys } from '../../src/estimators/findValleys.ts';
import type { Coordinate } from '../../src/targets/domain.ts';
import { beforeValleys } from '../../src/targets/valleys.ts';
import { diceOf, exactDraws } from '../benchmarks/untuned/exactDraws.ts';

const N = 8000;
const lines = (d: number): Coordinate[] => Array.from({ length: d }, () => ({ kind: 'real', low: -4, high: 4 }));
/** @param place what a row of independent normals becomes, in place */
function rows(d: number, place: (row: Float64Array, i: number) => void, seed = 1): Float64Array {
  const x = new Float64Array(N * d);
  fillNormal(foldIn(keyFromSeed(seed), 'find valleys'), 0, x);
  for (let i = 0; i < N; i++) place(x.subarray(i * d, (i + 1) * d), i);
  return x;
}
const drawn = (name: string): { x: Float64Array; d: number } => {
  const { draw } = exactDraws[name]();
  const dice = diceOf(3);
  const points = Array.from({ length: N }, () => draw(dice));
  return { x: Float64Array.from(points.flat()), d: points[0].length };
};
const toldBy = (x: Float64Array, d: number, effective = N): [number, number][] =>
  findValleys(x, lines(d), effective).map(({ by, told }) => [by, told]);
const deviation = (x: Float64Array, d: number, j: number): number => {
  const values = Array.from({ length: x.length / d }, (_, i) => x[i * d + j]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
};

describe('curved valleys in samples', () => {
  it('are parabolas over parabolas, each told by its own, and go on where no sample is', () => {
    const { x, d } = drawn('rosenbrock9');
    const found = findValleys(x, lines(d), N);
    assert.deepEqual(
      found.map(({ by, told }) => `${by}-${told}`).sort(), ['0-1', '0-2', '0-3', '0-4', '1-5', '2-6', '3-7', '4-8']
    );
    found.forEach(({ by }, k) =>
      assert.ok(found.slice(k).every(({ told }) => told !== by), 'what tells is told before'));
    // Six deviations of the first coordinate out, where x₂ is 400 and x₃ 160,000: the factors of 4000 samples are known
    // to some thousandths of the deviation .316, those of x₃ relative to x₂² that is 30 times what is usual.
    const far = Float64Array.of(20, 400, 400, 400, 400, 160_000, 160_000, 160_000, 160_000);
    beforeValleys(found, far, d);
    for (let j = 1; j < 9; j++) assert.ok(Math.abs(far[j]) < (j < 5 ? 1 : 60), `${j}: ${far[j]}`);
    const straight = x.slice();
    beforeValleys(found, straight, d);
    for (let j = 1; j < 9; j++) assert.ok(Math.abs(deviation(straight, d, j) / Math.sqrt(0.1) - 1) < 0.05, `${j}`);
  });

  it('are told by what they are narrowest about', () => {
    // The second is the first but for a little, and the third the square of the second: of the first nearly.
    const near = (order: readonly number[]) => (row: Float64Array): void => {
      const [a, b, c] = row;
      const second = a + 0.02 * b;
      [a, second, second ** 2 + 0.01 * c].forEach((value, k) => { row[order[k]] = value; });
    };
    assert.deepEqual(toldBy(rows(3, near([0, 1, 2])), 3), [[1, 2]]);
    assert.deepEqual(toldBy(rows(3, near([1, 0, 2])), 3), [[0, 2]]);
    // The other way round it is nearly a parabola, too.
    assert.deepEqual(toldBy(rows(2, (row) => { row[1] = row[0] + 0.05 * row[0] ** 2 + 0.002 * row[1]; }), 2), [[0, 1]]);
  });

  it('are not in the samples of other targets', () => {
    for (const name of ['funnel10', 'gmm40', 'manywell32', 'regression20', 'student4', 'ring10', 'shell10', 'circlefunnel7', 'farwells2', 'trap12']) {
      const { x, d } = drawn(name);
      assert.deepEqual(toldBy(x, d), [], name);
    }
  });

  it('are not curves through wells that lie apart, nor in a row', () => {
    const wells = [[-9, 4], [0, -3], [8, 6]];
    for (const wide of [0.3, 1.5]) {
      const x = rows(3, (row, i) => { wells[i % 3].forEach((at, j) => { row[j] = at + (j === 0 ? wide : 0.3) * row[j]; }); });
      assert.deepEqual(toldBy(x, 3), [], `${wide}`);
    }
    // As those of Himmelblau's function: each at a place of its own in the second coordinate, without a gap.
    const row = [[3, 2, 0.2, 0.3], [-2.8, 3.1, 0.2, 0.2], [-3.8, -3.3, 0.15, 0.15], [3.6, -1.8, 0.2, 0.4]];
    const himmelblau = rows(2, (point, i) => {
      const [a, b, wideA, wideB] = row[i % 4];
      [point[0], point[1]] = [a + wideA * point[0], b + 2 * wideB * point[1]];
    });
    assert.deepEqual(toldBy(himmelblau, 2), []);
  });

  it('are not lines, however narrow, nor curves that are as wide as they are high', () => {
    assert.deepEqual(toldBy(rows(2, (row) => { row[1] = 5 * row[0] + 0.01 * row[1]; }), 2), []);
    // About the parabola one half, about the best line √(1/4 + 2).
    assert.deepEqual(toldBy(rows(2, (row) => { row[1] = row[0] ** 2 + 0.6 * row[1]; }), 2), []);
    assert.deepEqual(toldBy(rows(2, (row) => { row[1] = row[0] ** 2 + 0.4 * row[1]; }), 2), [[0, 1]]);
  });

  it('are not told by next to no effective samples', () => {
    const x = rows(2, (row) => { row[1] = row[0] ** 2 + 0.1 * row[1]; });
    assert.deepEqual([toldBy(x, 2, 14), toldBy(x, 2, 16)], [[], [[0, 1]]]);
  });

  it('are on lines alone: nothing is told by a circle', () => {
    const x = rows(2, (row) => { row[1] = row[0] ** 2 + 0.1 * row[1]; });
    assert.deepEqual(findValleys(x, [{ kind: 'torus', low: -9, high: 9 }, ...lines(1)], N), []);
  });
});
