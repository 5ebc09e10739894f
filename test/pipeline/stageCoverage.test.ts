/** Whether particles are where tempering's samples are, by the masses of modes or by neighbours. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { stageCoverage } from '../../src/verdict/stageCoverage.ts';
import { defineTarget } from '../../src/targets/target.ts';

const key = keyFromSeed(23);
const definition = {
  name: 'line',
  dimension: 1,
  box: [-10, 10],
  energy: (x: Parameters<typeof np.square>[0]) => np.square(x).sum(),
} as const;
const withModes = defineTarget({
  ...definition,
  modes: { names: ['left', 'middle', 'right'], assign: (x) => (x[0] < -1 ? 0 : x[0] < 1 ? 1 : 2) },
});

/** So many points at −4, 0 and 4. */
const places = (...counts: readonly number[]): Float64Array =>
  Float64Array.from(counts.flatMap((count, k) => new Array<number>(count).fill(4 * (k - 1))));

it('modes: the least share of tempering’s mass that the weighted particles have, but for modes of next to none', () => {
  const reference = places(500, 499, 1);
  const particles = {
    points: places(10, 30, 20),
    logWeights: Float64Array.from({ length: 60 }, (_, i) => (i < 10 ? Math.log(2) : i < 40 ? 0 : Math.log(0.5))),
  };
  // Weights 20, 30 and 10; of tempering's 500, 499 and 1 in 1000 the last is a mode just large enough to count.
  const { kind, value } = stageCoverage(withModes, reference, particles, key);
  assert.equal(kind, 'modes');
  assert.ok(value !== null && Math.abs(value - 20 / 60 / 0.5) < 1e-12, `${value}`);
  const without = { ...particles, logWeights: particles.logWeights.map((weight, i) => (i < 40 ? weight : -Infinity)) };
  assert.equal(stageCoverage(withModes, reference, without, key).value, 0, 'the last one is lost');
  assert.ok(
    (stageCoverage(withModes, places(1000, 999, 1), without, key).value ?? 0) > 0.7,
    'which does not matter where tempering has less of it',
  );
});

it('neighbours: the share of tempering’s samples with a particle near them, by the particles’ weights', () => {
  const n = 4000;
  const x = new Float64Array(2 * n);
  fillNormal(foldIn(key, 'points'), 0, x);
  const reference = x.subarray(0, n).map((value, i) => value + (i % 2 === 0 ? 0 : 100));
  const points = x.subarray(n).map((value, i) => value + (i % 2 === 0 ? 0 : 100));
  const target = defineTarget({ ...definition, box: [-10, 110] });
  const coverage = (logWeight: number): number =>
    stageCoverage(target, reference, { points, logWeights: points.map((value) => (value < 50 ? 0 : logWeight)) }, key)
      .value ?? 0;
  assert.ok(coverage(0) > 0.9, `${coverage(0)}`);
  assert.ok(Math.abs(coverage(-Infinity) - 0.5) < 0.05, 'those without weight are not there');
});
