/** Mixtures of as few laws as samples need, and of Student t's: against the laws that samples are of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, foldIn, keyFromSeed, uniform } from '../../src/engine/random.ts';
import { connected } from '../../src/estimators/connected.ts';
import { manyComponents, wellsAmong } from '../../src/estimators/gaussianMixture.ts';
import { criterion, reduceMixture } from '../../src/estimators/reduceMixture.ts';
import { studentsOf, type Students } from '../../src/estimators/studentMixture.ts';

const N = 8000;
const R = 2;

interface Law { readonly share: number; readonly centre: readonly number[]; readonly width: number; readonly freedom: number }

/** Independent points of round laws. [N, 2] */
function points(laws: readonly Law[], seed: number): Float64Array {
  const key = keyFromSeed(seed);
  const most = 12;
  const numbers = new Float64Array(N * most);
  fillNormal(foldIn(key, 'mixtures'), 0, numbers);
  const x = new Float64Array(N * R);
  for (let i = 0; i < N; i++) {
    let rest = uniform(foldIn(key, 'laws'), i);
    const law = laws.find(({ share }) => (rest -= share) < 0) ?? laws[laws.length - 1];
    const own = numbers.subarray(i * most, (i + 1) * most);
    const tau = law.freedom === Infinity ? 1
      : own.subarray(R, R + law.freedom).reduce((sum, z) => sum + z * z, 0) / law.freedom;
    for (let j = 0; j < R; j++) x[i * R + j] = law.centre[j] + (law.width * own[j]) / Math.sqrt(tau);
  }
  return x;
}
const normal = (share: number, centre: readonly number[], width: number): Law => ({ share, centre, width, freedom: Infinity });
const many = (x: Float64Array, most = 32): Float64Array => manyComponents(x, R, most, keyFromSeed(1));

describe('a mixture with as few components as samples need', () => {
  it('has those that the samples are of, where they overlap as well', () => {
    // Two of the four are nearer than their deviations allow to see as wells.
    const laws = [
      normal(0.4, [0, 0], 0.3), normal(0.2, [0.9, 0], 0.3), normal(0.25, [-3, 2], 0.8), normal(0.15, [2, -3], 0.2),
    ];
    const x = points(laws, 3);
    const { components: { shares, means, covariances } } = reduceMixture(x, R, many(x), N);
    assert.equal(shares.length, 4);
    assert.ok(wellsAmong(x, R, many(x)).shares.length < 4, 'fewer wells than laws');
    for (const { share, centre, width } of laws) {
      const k = [0, 1, 2, 3].find((own) => Math.hypot(means[R * own] - centre[0], means[R * own + 1] - centre[1]) < 0.2);
      assert.ok(k !== undefined, `none at ${String(centre)}`);
      // The overlapping ones' errors are twice those of independent counts: .012 of 8000.
      assert.ok(Math.abs(shares[k] - share) < 0.03, `share ${shares[k]} of ${share}`);
      assert.ok(Math.abs(Math.sqrt(covariances[4 * k]) / width - 1) < 0.1, `deviation ${Math.sqrt(covariances[4 * k])} of ${width}`);
    }
  });

  it('has one of a normal law, and fewer of fewer effective samples', () => {
    const one = points([normal(1, [1, 2], 0.7)], 4);
    assert.equal(reduceMixture(one, R, many(one, 8), N).components.shares.length, 1);
    const x = points([normal(0.5, [0, 0], 0.5), normal(0.5, [1.2, 0], 0.5)], 5);
    assert.equal(reduceMixture(x, R, many(x, 8), N).components.shares.length, 2);
    assert.equal(reduceMixture(x, R, many(x, 8), 20).components.shares.length, 1);
  });
});

describe('a mixture of Student t laws', () => {
  const laws: readonly Law[] = [
    { share: 0.6, centre: [-6, 0], width: 0.5, freedom: 3 }, { share: 0.4, centre: [5, 4], width: 1.2, freedom: Infinity },
  ];
  const x = points(laws, 6);
  const fit = studentsOf(x, R, wellsAmong(x, R, many(x)));
  const lawAt = ({ means, shares }: Students, [a, b]: readonly number[]): number => {
    const k = Array.from(shares.keys()).find((own) => Math.hypot(means[R * own] - a, means[R * own + 1] - b) < 0.2);
    assert.ok(k !== undefined, `none at ${a}, ${b}`);
    return k;
  };

  it('has the degrees of freedom, shares and widths of the laws, normal ones among them', () => {
    const { students } = fit;
    assert.equal(students.shares.length, 2);
    for (const { share, centre, width, freedom } of laws) {
      const k = lawAt(students, centre);
      assert.ok(freedom === 3 ? Math.abs(students.freedom[k] - 3) <= 1 : students.freedom[k] >= 15, `freedom ${students.freedom[k]}`);
      // Counts of 8000: .0055 each; widths: .01 of a normal law, twice that of three degrees of freedom.
      assert.ok(Math.abs(students.shares[k] - share) < 0.025, `share ${students.shares[k]}`);
      assert.ok(Math.abs(Math.sqrt(students.covariances[4 * k]) / width - 1) < 0.1, `width ${Math.sqrt(students.covariances[4 * k])}`);
    }
  });

  it('describes heavy tails better for its size than normal laws, and normal laws no better', () => {
    const better = (points_: Float64Array): boolean => {
      const all = many(points_);
      const wells = wellsAmong(points_, R, all);
      const { logLikelihood } = studentsOf(points_, R, wells);
      return criterion(logLikelihood, wells.shares.length, R, 1, N, N) > reduceMixture(points_, R, all, N).value;
    };
    assert.ok(better(x));
    assert.ok(!better(points(laws.map((law) => ({ ...law, freedom: Infinity })), 7)));
  });
});

describe('parts of samples', () => {
  const partsOf = (x: Float64Array, count: number, of: (x: number, y: number) => number): Int32Array =>
    connected(x, R, Int32Array.from({ length: N }, (_, i) => of(x[i * R], x[i * R + 1])), count);

  it('are one where they meet as densely as they are within: the arcs of a ring, and halves of a normal law', () => {
    const ring = points([normal(1, [0, 0], 1)], 8);
    for (let i = 0; i < N; i++) {
      const [a, b] = [ring[i * R], ring[i * R + 1]];
      const factor = 5 / Math.hypot(a, b) + 0.1 * uniform(keyFromSeed(9), i);
      [ring[i * R], ring[i * R + 1]] = [a * factor, b * factor];
    }
    const arc = (x: number, y: number): number => Math.floor(((Math.atan2(y, x) / Math.PI + 1) * 7) / 2) % 7;
    assert.deepEqual([...partsOf(ring, 7, arc)], [0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...partsOf(points([normal(1, [0, 0], 1)], 10), 2, (x) => (x < 0.3 ? 0 : 1))], [0, 0]);
  });

  it('are several across a saddle, whatever their shares and widths', () => {
    const wells = [normal(0.9, [-2.5, 0], 0.5), normal(0.06, [0, 0], 0.4), normal(0.04, [4, 0], 1)];
    const near = (x: number): number => (x < -1 ? 0 : x < 1.5 ? 1 : 2);
    assert.deepEqual([...partsOf(points(wells, 11), 3, near)], [0, 1, 2]);
    // The first of three is cut in two.
    assert.deepEqual([...partsOf(points(wells, 11), 4, (x, y) => (near(x) === 0 && y > 0 ? 3 : near(x)))], [0, 1, 2, 0]);
  });
});
