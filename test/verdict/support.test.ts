/** What the sampling runs behind a figure, and all that was found wrong, leave of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailedEstimate } from '../../src/estimators/estimate.ts';
import type { ParallelTemperingSummary, ProjectionSummary } from '../../src/records/record.ts';
import { doubt } from '../../src/verdict/standing.ts';
import { canCompare, standingBank, Support, tailDoubts, type Bank } from '../../src/verdict/support.ts';

const summary: ParallelTemperingSummary = {
  seconds: 1,
  kernel: 'mala',
  ladders: 8,
  rounds: 1000,
  warmupRounds: 0,
  samples: 8000,
  inverseTemperatures: [0.1, 1],
  stepSizes: [1, 1],
  acceptanceRates: [1, 1],
  swapRates: [0.5],
  roundTrips: 500,
  barrier: 0.5,
  autocorrelationTimes: [],
  splitRhat: [{ name: 'x1', value: 1.001 }],
  effectiveSampleSize: 8000,
  nonFinite: 0,
  logZ: { value: 0.9, standardError: 0.01 },
};
const bank = (change: Partial<ParallelTemperingSummary> = {}): Bank => ({
  name: 'tempering',
  summary: { ...summary, ...change },
  warnings: [],
});
const unmixed = bank({ splitRhat: [{ name: 'x1', value: 1.07 }] });
const biased = bank({ kernel: 'tamedEuler' });
const doubtful = doubt('doubtful', 'a', 'something is odd');
const unknown = doubt('unknown', 'b', 'a well is missing');
const light = { k: 0.1, kError: 0.03, tailSize: 950, unseen: 0 };
const estimate: TailedEstimate = { value: 2, standardError: 0.01, tail: light };
const route = { value: 2.2, standardError: 0.05 };

describe('a sampling run', () => {
  it('is held against others where it has mixed without a bias', () => {
    assert.deepEqual(
      [bank(), unmixed, biased, bank({ roundTrips: 0 })].map((one) => canCompare([one, unmixed])),
      [true, false, false, false],
    );
  });
  it('shows the error of log Z in that case alone, and why not in the others', () => {
    assert.deepEqual(standingBank(bank()).logZ, { value: 0.9, standardError: 0.01, standing: 'sound' });
    for (const [one, why] of [
      [unmixed, /has not mixed/],
      [biased, /kernel is biased/],
      [bank({ logZ: { value: 0.9, standardError: null } }), /tell no error/],
    ] as const) {
      const { logZ } = standingBank(one);
      assert.deepEqual([logZ?.value, logZ?.standardError, logZ?.standing], [0.9, null, 'unknown']);
      assert.match(logZ?.reason ?? '', why);
    }
    assert.equal(standingBank(bank({ logZ: null })).logZ, null);
  });
});

describe('an estimate', () => {
  it('is sound where all is, doubtful with any doubt, and unknown with the gravest', () => {
    const standing = (...checks: ConstructorParameters<typeof Support>[1]): unknown[] => {
      const { standing: found, standardError, reason } = new Support([bank()], checks).stand(estimate, 1e5, null, null);
      return [found, standardError, reason];
    };
    assert.deepEqual(standing(), ['sound', 0.01, undefined]);
    assert.deepEqual(standing(doubtful), ['doubtful', 0.01, 'something is odd']);
    assert.deepEqual(standing(doubtful, unknown), ['unknown', null, 'a well is missing']);
  });
  it('covers half the gap to tempering, and the error of that where it has not mixed; a biased run is no route', () => {
    const error = (one: Bank): number =>
      new Support([one], [doubtful]).stand(estimate, 1e5, route, null).standardError ?? Number.NaN;
    assert.ok(Math.abs(error(bank()) - Math.hypot(0.01, 0.1)) < 1e-12);
    assert.ok(Math.abs(error(unmixed) - Math.hypot(0.01, 0.1, 0.05)) < 1e-12);
    assert.equal(error(biased), 0.01);
  });
  it('has what is wrong with it alone beside all else', () => {
    const support = new Support([bank()], []);
    assert.equal(support.stand(estimate, 1e5, null, null, [unknown]).standing, 'unknown');
    assert.equal(support.stand(estimate, 1e5, null, null).standing, 'sound', 'the next one has not');
  });
});

it('free energies widen with half the gap between the routes to log Z, and have no errors where nothing is known', () => {
  const one: ProjectionSummary = {
    name: 'x',
    reference: 'exact',
    bins: 50,
    judged: 40,
    empty: 0,
    deviation: 0.1,
    at: 0,
    standardError: 0.03,
    errors: 3,
  };
  const of = (...checks: ConstructorParameters<typeof Support>[1]): ProjectionSummary =>
    new Support([bank()], checks).projections([one], estimate, { value: 2.08, standardError: 0.01 })[0];
  assert.deepEqual(of(), one);
  assert.ok(
    Math.abs((of(doubtful).standardError ?? Number.NaN) - 0.05) < 1e-12 &&
      Math.abs((of(doubtful).errors ?? Number.NaN) - 1.8) < 1e-12,
  );
  assert.deepEqual([of(unknown).standardError, of(unknown).errors], [null, null]);
});

it('means of heavier values than the weights are named, four at most', () => {
  const named = (name: string, change: Partial<TailedEstimate> = {}): { name: string; estimate: TailedEstimate } => ({
    name,
    estimate: { ...estimate, ...change },
  });
  assert.deepEqual(tailDoubts([named('a'), named('b')], 1e5), []);
  const heavy = { tail: { ...light, k: 0.9, unseen: 0.03 } };
  assert.match(
    tailDoubts(
      [named('a'), named('b', heavy), named('c', { value: Number.NaN }), named('d', { standardError: 0 })],
      1e5,
    )[0].message,
    /means of b, c, d rest/,
  );
  assert.match(
    tailDoubts(
      'abcdef'.split('').map((name) => named(name, heavy)),
      1e5,
    )[0].message,
    /means of a, b, c, d and 2 more rest/,
  );
});
