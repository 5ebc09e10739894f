/** Coordinates of base samples are independent of each other, of whatever kind they are. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { chiSquareSurvival } from '../../src/numerics/special.ts';
import { sampleBase, type Base } from '../../src/targets/base.ts';
import type { Coordinate } from '../../src/targets/domain.ts';

const [N, PARTS] = [40_000, 8];
const line: Coordinate = { kind: 'real', low: -5, high: 5 };
const circle: Coordinate = { kind: 'torus', low: 0, high: 1 };
const interval: Coordinate = { kind: 'interval', low: 0, high: 1 };

/** The eighth of the sorted values that each lies in. */
function eighths(values: Float64Array): Int32Array {
  const sorted = values.slice().sort();
  const edges = Array.from({ length: PARTS - 1 }, (_, k) => sorted[((k + 1) * N) / PARTS]);
  return Int32Array.from(values, (value) => edges.filter((edge) => value >= edge).length);
}

it('coordinates of base samples are independent', () => {
  for (const domain of [
    [line, circle],
    [circle, line, interval, line],
    [line, line, line],
    [interval, circle],
  ]) {
    const d = domain.length;
    const base: Base = { domain, mean: new Float64Array(d), standardDeviation: new Float64Array(d).fill(1) };
    const x = new Float64Array(N * d);
    sampleBase(base, keyFromSeed(6), 0, N, x);
    const parts = domain.map((_, j) => eighths(Float64Array.from({ length: N }, (__, i) => x[i * d + j])));
    parts.forEach((ofJ, j) =>
      parts.slice(0, j).forEach((ofK, k) => {
        const counts = new Float64Array(PARTS * PARTS);
        ofJ.forEach((part, i) => {
          counts[part * PARTS + ofK[i]] += 1;
        });
        const expected = N / PARTS / PARTS;
        const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
        const p = chiSquareSurvival(statistic, (PARTS - 1) * (PARTS - 1));
        assert.ok(p > 1e-6, `${domain[j].kind} ${j} and ${domain[k].kind} ${k}: p = ${p}`);
      }),
    );
  }
});
