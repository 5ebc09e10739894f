/** Groups with empty space between them, of laws whose wells are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { linkedGroups } from '../../src/estimators/linkage.ts';

const N = 6000;
function rows(d: number, seed: number, place: (row: Float64Array, u: number, i: number) => void): Float64Array {
  const x = new Float64Array(N * d);
  const key = keyFromSeed(seed);
  fillNormal(foldIn(key, 'linkage'), 0, x);
  for (let i = 0; i < N; i++) place(x.subarray(i * d, (i + 1) * d), uniform(key, i), i);
  return x;
}

describe('groups with empty space between them', () => {
  it('are forty wells in ten coordinates, and every point is of its own', () => {
    const d = 10;
    const key = keyFromSeed(9);
    const well = (u: number): number => Math.floor(40 * u);
    const x = rows(d, 1, (row, u) => {
      for (let j = 0; j < d; j++) row[j] = 0.1 * row[j] + 3.4 * uniform(key, well(u) * d + j) - 1.7;
    });
    const linked = linkedGroups(x, d);
    assert.equal(linked?.count, 40);
    const names = new Map<number, number>();
    for (let i = 0; i < N; i++) {
      const own = well(uniform(keyFromSeed(1), i));
      assert.equal(names.get(own) ?? linked?.labels[i], linked?.labels[i]);
      names.set(own, linked?.labels[i] ?? -1);
    }
    assert.equal(new Set(names.values()).size, 40);
  });

  it('are none of one law, a ring, a funnel, heavy tails or wells that meet', () => {
    for (const [name, x, d] of [
      ['a normal law', rows(8, 1, () => undefined), 8],
      ['a ring', rows(9, 2, (row, u) => {
        const r = 1.4 + 0.05 * row[0];
        [row[0], row[1]] = [r * Math.cos(2 * Math.PI * u), r * Math.sin(2 * Math.PI * u)];
      }), 9],
      ['a funnel', rows(8, 3, (row) => { for (let j = 1; j < 8; j++) row[j] *= Math.exp(row[0]); }), 8],
      ['heavy tails', rows(8, 4, (row, u) => { for (let j = 0; j < 8; j++) row[j] /= Math.sqrt(-Math.log(u)); }), 8],
      ['wells that meet', rows(8, 5, (row, u) => { row[2] += u < 0.5 ? 2 : -2; }), 8],
      ['double wells by themselves', rows(32, 6, (row) => {
        for (let j = 0; j < 32; j += 2) row[j] = 0.15 * row[j] + Math.sign(row[j]);
      }), 32],
    ] as const) assert.equal(linkedGroups(x, d), null, name);
  });

  it('have strays with the nearest of them', () => {
    const x = rows(7, 7, (row, u, i) => {
      for (let j = 0; j < 7; j++) row[j] = 0.2 * row[j] + (u < 0.8 ? 0 : 3);
      if (i % 1000 === 500) row.fill(2.4);
    });
    const linked = linkedGroups(x, 7);
    assert.equal(linked?.count, 2);
    assert.equal(linked?.labels[500], linked?.labels[Array.from({ length: N }, (_, i) => i).find((i) => uniform(keyFromSeed(7), i) > 0.8) ?? -1]);
    assert.equal(linkedGroups(x.subarray(0, 7 * 10), 7), null, 'too few');
  });
});
