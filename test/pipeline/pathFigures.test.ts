/** What is read between the rungs of tempering along the path: step sizes, and how much of the way lies below a λ. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cumulatedBarrier, interpolated, malaStepSizes } from '../../src/samplers/bridgeFigures.ts';
import type { ParallelTemperingSummary } from '../../src/records/record.ts';

const summary: ParallelTemperingSummary = {
  seconds: 1,
  kernel: 'hmc',
  ladders: 8,
  rounds: 1000,
  warmupRounds: 0,
  samples: 8000,
  inverseTemperatures: [0, 0.2, 0.5, 1],
  stepSizes: [0.4, 0.2, 0.2, 0.1],
  acceptanceRates: [1, 1, 1, 1],
  swapRates: [0.9, 0.7, null],
  roundTrips: 500,
  barrier: 0.5,
  autocorrelationTimes: [],
  splitRhat: [],
  effectiveSampleSize: 8000,
  nonFinite: 0,
  logZ: null,
};
const near = (found: readonly number[], exact: readonly number[], tolerance = 1e-12): void => {
  assert.equal(found.length, exact.length);
  found.forEach((value, k) =>
    assert.ok(Math.abs(value - exact[k]) < tolerance, `${found.join(', ')}, not ${exact.join(', ')}`),
  );
};

it('a leapfrog step of length ε is a Langevin step of time ε²/2, and a time is one already', () => {
  near(malaStepSizes(summary, 0), [0.08, 0.02, 0.02, 0.005]);
  near(malaStepSizes({ ...summary, kernel: 'mala' }, 0), summary.stepSizes);
    // Over decades with an acceptance of .8, a fifth of them lies above what suits a usual place.
    near(malaStepSizes({ ...summary, kernel: 'mala' }, 5), summary.stepSizes.map((h) => h / 10));
    near(malaStepSizes(summary, 5), [8e-4, 2e-4, 2e-4, 5e-5]);
});

it('the way is as long as swaps are refused, all of it where nothing is known', () => {
  near(cumulatedBarrier(summary), [0, 0.1 / 1.4, 0.4 / 1.4, 1], 1e-5);
});

it('lines join the rungs', () => {
  const at = interpolated(Float64Array.of(0, 0.2, 0.5, 1), [1, 3, 0, 2]);
  near([-1, 0, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2].map(at), [1, 1, 2, 3, 2, 0, 1, 2, 2]);
});
