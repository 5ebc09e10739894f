import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { np, type Array as NpArray } from '../../../src/engine/numpy.ts';
import { compileNoisyEnergy } from '../../../src/targets/noisyEnergy.ts';
import { defineTarget } from '../../../src/targets/target.ts';

const SIZE = 70;
const ROWS = 9;
const wave = (size: number, seed: number): Float64Array => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + 3 * i));
const [mixing, data] = [wave(SIZE * SIZE, 1), wave(ROWS * 2, 2)];
const matrix = np.array(mixing).reshape([SIZE, SIZE]);
const places = np.array(wave(SIZE, 4));

/** A term with a product of 70 × 70 numbers: too large to be written out for a row. */
const term = (x: NpArray, row: NpArray): NpArray => {
  const seen = np.sin(places.mul(x.slice(0)).add(x.slice(1).mul(row.slice(0))));
  return np.square(np.matmul(matrix, seen)).sum().mul(0.01).add(np.square(x.slice(1).sub(row.slice(1))));
};

function plainTerm([a, b]: readonly number[], row: number): number {
  const seen = Array.from(wave(SIZE, 4), (place) => Math.sin(place * a + b * data[2 * row]));
  let sum = 0;
  for (let i = 0; i < SIZE; i++) sum += seen.reduce((total, value, j) => total + mixing[i * SIZE + j] * value, 0) ** 2;
  return 0.01 * sum + (b - data[2 * row + 1]) ** 2;
}

describe('sums over rows whose terms are in loops', () => {
  const target = defineTarget({
    name: 'rows', dimension: 2, box: [-4, 4],
    sum: { data: { rows: ROWS, columns: ['place', 'value'], data }, batch: 3, term },
  });
  const noisy = compileNoisyEnergy(target);
  const points = [[0.3, -1.2], [1.7, 0.4], [-0.9, 0.1]];
  const x = Float64Array.from(points.flat());

  it('are those of plain numbers, over all rows and over a batch', () => {
    const energies = new Float64Array(3);
    noisy.full?.energies(x, 3, energies);
    const rows = Array.from({ length: ROWS }, (_, r) => r);
    const sumOf = (point: readonly number[], some: readonly number[]): number =>
      some.reduce((total, row) => total + plainTerm(point, row), 0);
    points.forEach((point, i) => {
      const expected = sumOf(point, rows);
      assert.ok(Math.abs(energies[i] - expected) < 1e-12 * expected, `${energies[i]} and ${expected}`);
    });
    const batches = [[0, 5, 7], [8, 1, 2], [3, 4, 6]];
    noisy.energies(x, Float64Array.from(batches.flat()), 3, energies);
    points.forEach((point, i) => {
      const expected = (ROWS / 3) * sumOf(point, batches[i]);
      assert.ok(Math.abs(energies[i] - expected) < 1e-12 * expected, `batch: ${energies[i]} and ${expected}`);
    });
  });

  it('have the gradient that differences give', () => {
    const [energies, gradients] = [new Float64Array(3), new Float64Array(6)];
    noisy.full?.energiesAndGradients(x, 3, energies, gradients);
    const step = 1e-5;
    for (let k = 0; k < 6; k++) {
      const [above, below] = [x.slice(), x.slice()];
      above[k] += step;
      below[k] -= step;
      const [up, down] = [new Float64Array(3), new Float64Array(3)];
      noisy.full?.energies(above, 3, up);
      noisy.full?.energies(below, 3, down);
      const slope = (up[k >> 1] - down[k >> 1]) / (2 * step);
      assert.ok(Math.abs(slope - gradients[k]) < 1e-6 * (1 + Math.abs(slope)), `${k}: ${gradients[k]} and ${slope}`);
    }
  });
});
