/** Dependence found in samples whose structure is known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, keyFromSeed, foldIn } from '../../src/engine/random.ts';
import { dependenceOf } from '../../src/estimators/dependence.ts';
import type { Domain } from '../../src/targets/domain.ts';

const N = 6000;
const line = (d: number): Domain => Array.from({ length: d }, () => ({ kind: 'real' as const, low: -4, high: 4 }));
const draws = (d: number, seed: number): Float64Array => {
  const x = new Float64Array(N * d);
  fillNormal(foldIn(keyFromSeed(seed), 'dependence'), 0, x);
  return x;
};
/** @param place what a row of independent normals becomes, in place */
function rows(d: number, seed: number, place: (row: Float64Array) => void): Float64Array {
  const x = draws(d, seed);
  for (let i = 0; i < N; i++) place(x.subarray(i * d, (i + 1) * d));
  return x;
}
/** Chance tells χ² of 15 degrees over N: three times its mean in 8 of 100,000 pairs and features. */
const CHANCE = 45 / N;

describe('dependence', () => {
  it('is none between independent coordinates', () => {
    const { all, hubs } = dependenceOf(draws(8, 1), line(8));
    assert.ok(all.every((value) => value < CHANCE), `${Math.max(...all)}`);
    assert.deepEqual(hubs, []);
  });

  it('of location is the share of the variance that another tells', () => {
    const { all } = dependenceOf(rows(2, 2, (row) => { row[1] = 0.6 * row[0] + 0.8 * row[1]; }), line(2));
    // Groups know the coordinate but for what varies within them: .36 less a little.
    assert.ok(all[1] > 0.32 && all[1] < 0.38, `${all[1]}`);
    assert.ok(all[2] > 0.32 && all[2] < 0.38, `${all[2]}`);
  });

  it('of scale is found where locations know nothing', () => {
    const { all } = dependenceOf(rows(2, 3, (row) => { row[1] *= Math.exp(row[0]); }), line(2));
    // Var(x0) over that and the variance of log|normal|, π²/8: .448.
    assert.ok(Math.abs(all[1] - 0.44) < 0.03, `${all[1]}`);
  });

  it('has a hub where the others hang on one, and nothing is left of it', () => {
    const x = rows(7, 4, (row) => { for (const j of [0, 1, 2, 4, 5, 6]) row[j] *= Math.exp(1.5 * row[3]); });
    const { hubs, rest } = dependenceOf(x, line(7));
    assert.deepEqual(hubs, [3]);
    assert.ok(rest.every((value) => value < 0.02), `${Math.max(...rest)}`);
  });

  it('has two where two groups hang on one each', () => {
    const x = rows(10, 5, (row) => { for (let j = 2; j < 10; j++) row[j] *= Math.exp(1.5 * row[j % 2]); });
    const { hubs, rest } = dependenceOf(x, line(10));
    assert.deepEqual([...hubs].sort(), [0, 1]);
    // What varies within the outermost groups is left.
    assert.ok(rest.every((value) => value < 0.05), `${Math.max(...rest)}`);
  });

  it('has no hub in a chain of neighbours', () => {
    const x = rows(8, 6, (row) => { for (let j = 1; j < 8; j++) row[j] = 0.7 * row[j - 1] + 0.714 * row[j]; });
    const { hubs, rest } = dependenceOf(x, line(8));
    assert.deepEqual(hubs, []);
    assert.ok(rest[1] > 0.4 && rest[7] < 0.03, 'neighbours, and the ends');
  });

  it('leaves out what wells tell that are known apart', () => {
    const labels = Int32Array.from({ length: N }, (_, i) => i % 2);
    const x = draws(3, 7).map((value, at) => value + (Math.floor(at / 3) % 2 === 0 ? 5 : -5));
    assert.ok(dependenceOf(x, line(3)).all[1] > 0.8);
    assert.ok(dependenceOf(x, line(3), labels).all.every((value) => value < CHANCE));
  });

  it('of circles is that of directions', () => {
    const domain: Domain = [{ kind: 'torus', low: -Math.PI, high: Math.PI }, { kind: 'torus', low: -Math.PI, high: Math.PI }];
    const x = rows(2, 8, (row) => {
      row[0] = (row[0] * 7) % Math.PI;
      row[1] = ((row[0] + 0.3 * row[1] + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    });
    const { all } = dependenceOf(x, domain);
    assert.ok(all[1] > 0.7 && all[2] > 0.7, `${all[1]} ${all[2]}`);
    const free = rows(2, 9, (row) => { row[0] = (row[0] * 7) % Math.PI; row[1] = (row[1] * 7) % Math.PI; });
    assert.ok(dependenceOf(free, domain).all.every((value) => value < CHANCE));
  });
});
