/** Necks found in samples, and none where there are none. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { findNecks } from '../../src/estimators/findNecks.ts';
import type { Domain } from '../../src/targets/domain.ts';
import { inward, type Frame } from '../../src/targets/frame.ts';
import type { Neck } from '../../src/targets/necks.ts';

const N = 8000;
const lines = (d: number): Domain => Array.from({ length: d }, () => ({ kind: 'real' as const, low: -4, high: 4 }));
/** @param place what a row of independent normals becomes, in place */
function rows(d: number, seed: number, place: (row: Float64Array, i: number) => void, n = N): Float64Array {
  const x = new Float64Array(n * d);
  fillNormal(foldIn(keyFromSeed(seed), 'find necks'), 0, x);
  for (let i = 0; i < n; i++) place(x.subarray(i * d, (i + 1) * d), i);
  return x;
}
const found = (x: Float64Array, d: number): Neck[] => findNecks(x, lines(d), () => N);
/** In units that necks give. */
function throughNecks(necks: readonly Neck[], x: Float64Array, d: number): Float64Array {
  const frame: Frame = { location: new Float64Array(d), scale: new Float64Array(d).fill(1), turn: null, heavyTails: [], necks, valleys: [] };
  return inward(frame, x, x.length / d);
}
const rms = (y: Float64Array, d: number, j: number): number =>
  Math.sqrt(y.reduce((sum, value, i) => sum + (i % d === j ? value * value : 0), 0) / (y.length / d));

const funnel = (row: Float64Array): void => {
  row[2] *= 3;
  for (const j of [0, 1, 3, 4]) row[j] *= Math.exp(0.5 * row[2]);
};
/** μ, log τ and four effects about μ, which data hold where τ is large. */
const group = (logTau: (normal: number) => number) => (row: Float64Array): void => {
  row[0] *= 5;
  row[1] = logTau(row[1]);
  const scale = 1 / Math.sqrt(Math.exp(-2 * row[1]) + 0.01);
  const pull = scale * scale * 0.01;
  for (let j = 2; j < 6; j++) row[j] = row[0] * (1 - pull) + 7 * pull * (j - 3) + scale * row[j];
};

describe('necks in samples', () => {
  it('are those of a funnel, straight to the end', () => {
    const necks = found(rows(5, 1, funnel), 5);
    assert.equal(necks.length, 1);
    assert.deepEqual([necks[0].roots, necks[0].means, necks[0].told], [[2], [], [0, 1, 3, 4]]);
    // Four deviations down, where there is no sample, or one.
    const far = rows(5, 2, (row) => {
      row[2] = -12;
      for (const j of [0, 1, 3, 4]) row[j] *= Math.exp(-6);
    });
    // The scale there is .0025, and the location is known to .0012 by the deepest of 8000: a tenth more; the slope, to
    // 1 / √(2 N 9), makes .03.
    const units = throughNecks(necks, far, 5);
    for (const j of [0, 1, 3, 4]) assert.ok(Math.abs(Math.log(rms(units, 5, j))) < 0.3, `${j}: ${rms(units, 5, j)}`);
  });

  it('are those of a group about a mean, deeper than samples reach', () => {
    // No sample has a log τ below −3.
    const necks = found(rows(6, 3, group((normal) => Math.max(-3 + 0.001 * Math.abs(normal), 0.5 + 1.6 * normal))), 6);
    assert.equal(necks.length, 1);
    assert.deepEqual([necks[0].roots, necks[0].means, necks[0].told], [[1], [0], [2, 3, 4, 5]]);
    // A hundred samples at −3 locate the neck to .005, where it is .018 wide: three errors make it a quarter wider.
    const deep = throughNecks(necks, rows(6, 4, group(() => -4)), 6);
    for (let j = 2; j < 6; j++) assert.ok(Math.abs(Math.log(rms(deep, 6, j))) < 0.35, `${j}: ${rms(deep, 6, j)}`);
  });

  it('lie within one another', () => {
    // Means of two groups about a third, of another scale than theirs.
    const x = rows(9, 5, (row) => {
      row[0] *= 2;
      row[1] = -1 + 1.5 * row[1];
      row[2] = -1 + 1.5 * row[2];
      row[3] = row[0] + Math.exp(row[1]) * row[3];
      row[4] = row[0] + Math.exp(row[1]) * row[4];
      for (let j = 5; j < 9; j++) row[j] = row[3 + (j % 2)] + Math.exp(row[2]) * row[j];
    });
    const y = throughNecks(found(x, 9), x, 9);
    const told = found(x, 9).flatMap((neck) => neck.told).sort();
    for (let j = 5; j < 9; j++) assert.ok(told.includes(j), `${j} is not told`);
    for (const j of told) {
      // Where the necks are at their narrowest and at their widest, units are alike.
      const own = (low: boolean): number => {
        const spread = Array.from({ length: N }, (_, i) => i)
          .filter((i) => (low ? x[i * 9 + 2] < -2.5 && x[i * 9 + 1] < -2 : x[i * 9 + 2] > 0.5 && x[i * 9 + 1] > 0))
          .map((i) => y[i * 9 + j]);
        const mean = spread.reduce((a, b) => a + b, 0) / spread.length;
        return Math.sqrt(spread.reduce((a, b) => a + (b - mean) ** 2, 0) / spread.length);
      };
      assert.ok(Math.abs(Math.log(own(true) / own(false))) < 0.5, `${j}: ${own(true)} and ${own(false)}`);
    }
  });

  it('are none where scales stay, rise and fall, or where few samples are', () => {
    const key = keyFromSeed(6);
    const none: Readonly<Record<string, Float64Array>> = {
      'normal, correlated': rows(4, 7, (row) => { row[1] = 0.9 * row[0] + 0.3 * row[1]; row[3] -= row[2]; }),
      'double wells': rows(6, 8, (row, i) => {
        for (const j of [0, 2, 4]) row[j] = (uniform(foldIn(key, j), i) < 0.7 ? 1.5 : -1.5) + 0.3 * row[j];
      }),
      'heavy tails in all directions': rows(4, 9, (row, i) => {
        const scale = Math.sqrt(2 / (-2 * Math.log(1 - uniform(key, i))));
        for (let j = 0; j < 4; j++) row[j] *= scale;
      }),
      'a ring': rows(2, 10, (row, i) => {
        const [r, angle] = [5 + 0.1 * row[0], 2 * Math.PI * uniform(key, i)];
        [row[0], row[1]] = [r * Math.cos(angle), r * Math.sin(angle)];
      }),
      'forty wells': rows(2, 11, (row, i) => {
        const k = Math.floor(40 * uniform(key, i));
        for (let j = 0; j < 2; j++) row[j] += 80 * uniform(foldIn(key, 'centre'), 2 * k + j);
      }),
    };
    for (const [name, x] of Object.entries(none)) assert.deepEqual(found(x, x.length / N), [], name);
    assert.deepEqual(findNecks(rows(5, 1, funnel), lines(5), () => 20), [], 'twenty effective samples');
    const of = (tells: number, told: number) => findNecks(rows(5, 1, funnel), lines(5), (j) => (j === 2 ? tells : told));
    assert.deepEqual(of(20, 1000)[0].told, [0, 1, 3, 4], 'twenty effective samples of what tells, many of what is told');
    assert.deepEqual(of(1000, 20), [], 'the other way round');
    assert.deepEqual(of(5, 1000), [], 'less than one of each group');
    const between: Domain = lines(5).map(() => ({ kind: 'interval' as const, low: -4, high: 4 }));
    assert.deepEqual(findNecks(rows(5, 1, funnel), between, () => N), [], 'walls stay where they are');
  });

  it('survive what is no sample of anything', () => {
    for (const value of [0, 1e300, 5]) assert.deepEqual(found(new Float64Array(N * 3).fill(value), 3), []);
    assert.deepEqual(found(rows(3, 12, (row) => { row[1] = row[0]; row[2] = 1; }), 3), []);
  });
});
