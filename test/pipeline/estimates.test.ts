/** What tempering's own samples say of a target, with errors that know of their correlation in time. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, keyFromSeed } from '../../src/engine/random.ts';
import { temperedEstimates } from '../../src/verdict/estimates.ts';
import type { TemperedSamples } from '../../src/verdict/samples.ts';
import { defineTarget } from '../../src/targets/target.ts';

const [ROUNDS, LADDERS, PHI] = [5000, 8, 0.95];
const target = defineTarget({
  name: 'normal',
  dimension: 1,
  box: [-6, 6],
  energy: (x) => np.square(x.slice(0)).mul(0.5),
  observables: [{ name: 'x', value: (x) => x[0] }],
  modes: { names: ['left', 'right'], assign: (x) => (x[0] < 0 ? 0 : 1) },
});

/** Independent ladders of x' = PHI x + …, standard normal, one after the other in every round. */
function correlated(): Float64Array {
  const x = new Float64Array(ROUNDS * LADDERS);
  fillNormal(keyFromSeed(17), 0, x);
  for (let i = LADDERS; i < x.length; i++) x[i] = PHI * x[i - LADDERS] + Math.sqrt(1 - PHI * PHI) * x[i];
  return x;
}

it('errors of tempering are those of its chains, not of samples in the order in which they come', () => {
  const positions = correlated();
  const tempered: TemperedSamples = {
    positions,
    energies: positions.map((x) => 0.5 * x * x),
    warnings: [],
    summary: {
      seconds: 1,
      kernel: 'mala',
      ladders: LADDERS,
      rounds: ROUNDS,
      warmupRounds: 0,
      samples: positions.length,
      inverseTemperatures: [0.1, 1],
      stepSizes: [1, 1],
      acceptanceRates: [1, 1],
      swapRates: [0.5],
      roundTrips: 500,
      barrier: 0.5,
      autocorrelationTimes: [],
      splitRhat: [],
      effectiveSampleSize: 1000,
      nonFinite: 0,
      logZ: { value: 0.9, standardError: 0.01 },
    },
  };
  const {
    logZ,
    observables: [mean],
    masses,
  } = temperedEstimates(target, tempered);
  const time = (1 + PHI) / (1 - PHI);
  const exact = Math.sqrt(time / positions.length);
  // Sokal's error of a time found in a window of five of them, twice that of its root.
  const tolerance = 5 * 0.5 * Math.sqrt((2 * (2 * 5 * time + 1)) / positions.length);
  assert.ok(
    Math.abs(mean.standardError / exact - 1) < tolerance,
    `${mean.standardError}, ${exact} expected to ${tolerance}`,
  );
  assert.ok(Math.abs(mean.value) < 5 * exact, `${mean.value}`);
  // Signs of a normal with correlation ρ have the correlation 2/π asin ρ.
  let ofSigns = 1;
  for (let t = 1; t < 1000; t++) ofSigns += (4 / Math.PI) * Math.asin(PHI ** t);
  for (const mass of masses) {
    const error = Math.sqrt((0.25 * ofSigns) / positions.length);
    assert.ok(
      Math.abs(mass.standardError / error - 1) < tolerance && Math.abs(mass.value - 0.5) < 5 * error,
      `${mass.value} ± ${mass.standardError}, ${error} expected`,
    );
  }
  assert.deepEqual(logZ, { value: 0.9, standardError: 0.01 });
});
