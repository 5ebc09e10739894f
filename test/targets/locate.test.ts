/** Standard units from samples: deviations, and the axes of what is correlated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import type { Domain } from '../../src/targets/domain.ts';
import { inward, outward } from '../../src/targets/frame.ts';
import { frameOf } from '../../src/targets/locate.ts';

const N = 4000;
const lines = (d: number): Domain => Array.from({ length: d }, () => ({ kind: 'real' as const, low: -4, high: 4 }));

/** @param place what a row of independent normals becomes, in place */
function rows(d: number, seed: number, place: (row: Float64Array, i: number) => void): Float64Array {
  const x = new Float64Array(N * d);
  fillNormal(foldIn(keyFromSeed(seed), 'locate'), 0, x);
  for (let i = 0; i < N; i++) place(x.subarray(i * d, (i + 1) * d), i);
  return x;
}

function covariance(z: Float64Array, d: number, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < N; i++) sum += z[i * d + a] * z[i * d + b];
  return sum / N;
}

describe('standard units', () => {
  it('are means and deviations', () => {
    const x = rows(2, 1, (row) => { [row[0], row[1]] = [5 + 2 * row[0], -1e3 + 1e-3 * row[1]]; });
    const { location, scale, turn } = frameOf(x, lines(2));
    assert.equal(turn, null);
    // Five errors of a mean and of a deviation; one in a hundred either way counts as lying on the last quantile.
    assert.ok(Math.abs(location[0] - 5) < 0.16 && Math.abs(location[1] + 1e3) < 8e-5);
    assert.ok(Math.abs(scale[0] / 2 - 0.98) < 0.06 && Math.abs(scale[1] / 1e-3 - 0.98) < 0.06);
  });

  it('are axes of those that are correlated, and leave the others', () => {
    const x = rows(5, 2, (row) => {
      row[1] = 0.95 * row[0] + 0.3 * row[1];
      row[4] = -3 * row[3] + row[4];
    });
    const frame = frameOf(x, lines(5));
    const matrix = frame.turn?.matrix ?? new Float64Array(25);
    for (const j of [0, 1, 3, 4]) assert.equal(matrix[j * 5 + 2], 0);
    assert.equal(matrix[2 * 5 + 2], 1);
    assert.ok(matrix[0 * 5 + 3] === 0 && matrix[1 * 5 + 4] === 0, 'groups are turned apart');
    // Whitened by themselves: what is left is that one in a hundred either way counted as lying on the last quantile.
    const z = inward(frame, x, N);
    for (let a = 0; a < 5; a++) for (let b = 0; b < a; b++) assert.ok(Math.abs(covariance(z, 5, a, b)) < 0.09, `${a} ${b}`);
    for (let a = 0; a < 5; a++) assert.ok(Math.abs(covariance(z, 5, a, a) - 1) < 0.15, `${a}: ${covariance(z, 5, a, a)}`);
    const again = outward(frame, z, N);
    again.forEach((value, at) => { assert.ok(Math.abs(value - x[at]) < 1e-10 * (1 + Math.abs(value))); });
  });

  it('are not turned by a few samples far out', () => {
    const far = rows(3, 3, (row, i) => { if (i % 50 === 0) [row[0], row[1]] = [100 + row[0], 100 + row[1]]; });
    assert.equal(frameOf(far, lines(3)).turn, null);
  });
});
