import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillNormal, fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { InputError } from '../../src/errors.ts';
import { modeCoverage, neighbourCoverage } from '../../src/estimators/coverage.ts';
import type { Domain } from '../../src/targets/domain.ts';

const real: Domain[number] = { kind: 'real', low: -5, high: 5 };
const circle: Domain[number] = { kind: 'torus', low: 0, high: 1 };

function normals(name: string, count: number): Float64Array {
  const out = new Float64Array(count);
  fillNormal(foldIn(keyFromSeed(6), name), 0, out);
  return out;
}

describe('neighbourCoverage', () => {
  for (const d of [1, 2, 6]) {
    it(`equal distributions reach the expected value, d = ${d}`, () => {
      const domain = Array.from({ length: d }, () => real);
      const { value, expected } = neighbourCoverage(normals('a', 2000 * d), normals('b', 2000 * d), domain, { k: 3 });
      assert.ok(Math.abs(expected - (1 - 1 / 8)) < 2e-3);
      // References that share neighbours are not independent: allow for as many as k in a cluster.
      assert.ok(Math.abs(value - expected) < 5 * Math.sqrt((3 * expected * (1 - expected)) / 2000));
    });
  }

  it('a missed mode costs its mass, whatever the units', () => {
    const references = normals('a', 4000).map((v, i) => (i % 4 < 2 ? v - 8 : v + 8));
    const generated = normals('b', 4000).map((v) => v + 8);
    const { value, expected } = neighbourCoverage(references, generated, [real, real]);
    assert.ok(Math.abs(value - 0.5) < 0.5 * (1 - expected) + 5 * Math.sqrt(0.25 / 2000));
    const scaled = (x: Float64Array): Float64Array => x.map((v, i) => (i % 2 === 0 ? 1024 * v : v));
    assert.equal(neighbourCoverage(scaled(references), scaled(generated), [real, real]).value, value);
  });

  it('circles: points on either side of the seam are neighbours, and representatives do not matter', () => {
    const u = new Float64Array(2000);
    fillUniform(keyFromSeed(4), 0, u);
    const before = u.subarray(0, 1000).map((v) => 1 - 1e-9 * v);
    const after = u.subarray(1000).map((v) => 1e-9 * v);
    // Wholly on the other side, so a line's metric sees nothing within reach.
    assert.ok(neighbourCoverage(before, after, [circle]).value > 0);
    assert.equal(neighbourCoverage(before, after, [{ ...real }]).value, 0);
    const around = u.subarray(0, 1000).slice();
    const shifted = u.subarray(1000).map((v, i) => v + (i % 3) - 1);
    const { value, expected } = neighbourCoverage(around, shifted, [circle]);
    assert.ok(Math.abs(value - expected) < 5 * Math.sqrt((5 * expected * (1 - expected)) / 1000));
  });

  it('subsamples within its limits and reports them', () => {
    const result = neighbourCoverage(normals('a', 3000), normals('b', 5000), [real], { maxReferences: 100, maxGenerated: 200 });
    assert.equal(result.references, 100);
    assert.equal(result.generated, 200);
    const spoiled = normals('b', 1000);
    spoiled[0] = NaN;
    assert.equal(neighbourCoverage(normals('a', 1000), spoiled, [real]).nonFinite, 1);
  });

  it('refuses what cannot be compared', () => {
    const some = normals('a', 20);
    assert.throws(() => neighbourCoverage(new Float64Array(0), some, [real]), InputError);
    assert.throws(() => neighbourCoverage(some, new Float64Array(3), [real, real]), InputError);
    assert.throws(() => neighbourCoverage(some.subarray(0, 5), some, [real]), InputError);
    assert.throws(() => neighbourCoverage(some, some, [real], { k: 0 }), InputError);
  });
});

describe('neighbourCoverage of samples of many ladders', () => {
  it('takes its references from all of them, whatever their number', () => {
    // Each ladder sits in a cell of its own; only that of one ladder has generated points.
    for (const [rounds, ladders] of [[10_000, 64], [4000, 50], [2500, 32]] as const) {
      const jitter = normals('ladders', rounds * ladders);
      const references = jitter.map((value, i) => 100 * (i % ladders) + value);
      const generated = normals('generated', 5000);
      const { value, references: taken } = neighbourCoverage(references, generated, [{ kind: 'real', low: -10, high: 7000 }]);
      const share = 1 / ladders;
      assert.equal(taken, 5000);
      assert.ok(Math.abs(value - share) < 5 * Math.sqrt((share * (1 - share)) / taken), `${value}, one ladder of ${ladders}`);
    }
  });
});

it('neighbourCoverage takes its points from all of the input, not from its beginning', () => {
  // A chain that crosses over halfway; generated points are where it began.
  const n = 40_000;
  const jitter = normals('crossing', n);
  const references = jitter.map((value, i) => (i < n / 2 ? 0 : 100) + value);
  const { value } = neighbourCoverage(references, normals('there', 5000), [{ kind: 'real', low: -10, high: 110 }]);
  assert.ok(Math.abs(value - 0.5) < 0.03, `${value}`);
  const { value: generated } = neighbourCoverage(normals('here', 5000), references, [{ kind: 'real', low: -10, high: 110 }]);
  assert.ok(generated > 0.8 && neighbourCoverage(normals('here', 5000).map((x) => x + 100), references, [{ kind: 'real', low: -10, high: 110 }]).value > 0.8, 'both halves of the generated ones');
});

describe('modeCoverage', () => {
  it('is the smallest ratio', () => {
    assert.equal(modeCoverage([0.5, 0.1, 0.4], [0.4, 0.4, 0.2]), 0.25);
    assert.equal(modeCoverage([1, 0], [0.5, 0.5]), 0);
    assert.equal(modeCoverage([0.9, 0.1], [1, 0]), 0.9);
    assert.throws(() => modeCoverage([1], [0]), InputError);
    assert.throws(() => modeCoverage([1], [1, 0]), InputError);
  });
});
