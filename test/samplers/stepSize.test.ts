/** Step sizes found in warm-up: right on average, and with less noise than any single update has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fillUniform, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { createParallelTempering } from '../../src/samplers/parallelTempering.ts';
import {
  averagedStepSizes,
  createStepSizeAdaptation,
  moveToLadder,
  updateStepSizes,
} from '../../src/samplers/stepSize.ts';
import { skewed } from './targets.ts';

const TARGET = 0.6;
/** A kernel that accepts the share e^(−h / OWN) of its proposals. */
const OWN = 0.3;
const RIGHT = -OWN * Math.log(TARGET);
const acceptance = (h: number): number => Math.exp(-h / OWN);

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('step sizes', () => {
  it('tend to the one of the wanted acceptance, from far above and far below', () => {
    const adaptation = createStepSizeAdaptation(Float64Array.of(30, 1e-4));
    for (let round = 0; round < 500; round++)
      updateStepSizes(
        adaptation,
        adaptation.logSteps.map((log) => acceptance(Math.exp(log))),
        TARGET,
        1e3,
      );
    for (const h of averagedStepSizes(adaptation))
      assert.ok(Math.abs(Math.log(h / RIGHT)) < 0.05, `${h}, not ${RIGHT}`);
  });

  it('are averaged over the updates, of which each counts by its number', () => {
    const adaptation = createStepSizeAdaptation(Float64Array.of(1, 1));
    assert.deepEqual(Array.from(averagedStepSizes(adaptation)), [1, 1], 'before the first');
    const [sums, logs] = [
      [0, 0],
      [
        [0.9, 0.1],
        [0.3, 0.7],
        [0.8, 0.2],
      ].map((rates) => {
        updateStepSizes(adaptation, Float64Array.from(rates), TARGET, 1e3);
        return Array.from(adaptation.logSteps);
      }),
    ];
    logs.forEach((log, t) =>
      log.forEach((value, k) => {
        sums[k] += (t + 1) * value;
      }),
    );
    averagedStepSizes(adaptation).forEach((h, k) => assert.ok(Math.abs(h - Math.exp(sums[k] / 6)) < 1e-14, `${h}`));
  });

  it('that are averaged have the error of all proposals together, which the last ones have not', () => {
    const [rungs, rounds, proposals] = [200, 1000, 8];
    const adaptation = createStepSizeAdaptation(new Float64Array(rungs).fill(RIGHT));
    const draws = new Float64Array(rungs * proposals);
    for (let round = 0; round < rounds; round++) {
      fillUniform(foldIn(keyFromSeed(3), round), 0, draws);
      const seen = adaptation.logSteps.map(
        (log, k) =>
          draws.subarray(k * proposals, (k + 1) * proposals).filter((u) => u < acceptance(Math.exp(log))).length /
          proposals,
      );
      updateStepSizes(adaptation, seen, TARGET, 1e3);
    }
    const errors = (steps: Float64Array): number => rootMeanSquare(Array.from(steps, (h) => Math.log(h / RIGHT)));
    const [averaged, last] = [errors(averagedStepSizes(adaptation)), errors(adaptation.logSteps.map(Math.exp))];
    // The error of an acceptance over its slope by log h, −h/OWN · e^(−h/OWN); updates that count by their number
    // are 3/4 as many.
    const exact = Math.sqrt((TARGET * (1 - TARGET)) / (0.75 * rounds * proposals)) / (-Math.log(TARGET) * TARGET);
    assert.ok(Math.abs(averaged / exact - 1) < 5 / Math.sqrt(2 * rungs), `${averaged}, ${exact} expected`);
    assert.ok(last / exact - 1 > 2 * (5 / Math.sqrt(2 * rungs)), `mutant: the last ones, ${last}`);
  });

  it('never exceed the largest that is of use', () => {
    const adaptation = createStepSizeAdaptation(Float64Array.of(1));
    for (let round = 0; round < 50; round++) updateStepSizes(adaptation, Float64Array.of(1), TARGET, 5);
    assert.ok(Math.abs(Math.exp(adaptation.logSteps[0]) - 5) < 1e-12);
  });

  it('go over to a changed ladder as averages, along it, and are averaged anew', () => {
    const adaptation = createStepSizeAdaptation(Float64Array.of(4, 2, 1));
    updateStepSizes(adaptation, Float64Array.of(0.9, 0.2, 0.7), TARGET, 1e3);
    updateStepSizes(adaptation, Float64Array.of(0.1, 0.8, 0.2), TARGET, 1e3);
    const averages = averagedStepSizes(adaptation);
    moveToLadder(adaptation, Float64Array.of(0.01, 0.1, 1), Float64Array.of(0.01, 0.03, 1));
    const [first, middle, last] = averagedStepSizes(adaptation);
    assert.ok(
      Math.abs(first / averages[0] - 1) < 1e-12 && Math.abs(last / averages[2] - 1) < 1e-12,
      'where the rungs are the same',
    );
    assert.ok(
      middle > Math.min(averages[0], averages[1]) && middle < Math.max(averages[0], averages[1]),
      `${middle} between ${averages[0]} and ${averages[1]}`,
    );
    updateStepSizes(adaptation, Float64Array.of(0.5, 0.5, 0.5), TARGET, 1e3);
    averagedStepSizes(adaptation).forEach((h, k) =>
      assert.ok(Math.abs(Math.log(h) - adaptation.logSteps[k]) < 1e-12, 'of one update'),
    );
  });

  it('are the last ones while a run warms up, and the averages from then on', () => {
    const [warmupRounds, rounds, ladders] = [40, 5, 3];
    const run = createParallelTempering({
      energy: skewed.energy,
      base: { domain: skewed.domain, mean: new Float64Array(2), standardDeviation: new Float64Array(2).fill(1) },
      inverseTemperatures: [0.2, 0.5, 1],
      ladders,
      stepsPerRound: 1,
      warmupRounds,
      rounds,
      adaptLadder: false,
      key: keyFromSeed(4),
    });
    // Of update t the logarithm counts t times.
    const sums = [0, 0, 0];
    const near = (found: Float64Array | Int32Array, logs: readonly number[]): void =>
      found.forEach((h, i) => assert.ok(Math.abs(Math.log(h) - logs[i % 3]) < 1e-12, `${h}, not ${Math.exp(logs[i % 3])}`));
    for (let t = 1; t <= warmupRounds; t++) {
      run.advance(1);
      const { arrays } = run.snapshot();
      const logs = Array.from(arrays['steps.logSteps']);
      logs.forEach((log, k) => {
        sums[k] += t * log;
      });
      if (t < warmupRounds) near(arrays['chains.stepSizes'], logs);
    }
    const averages = sums.map((sum) => sum / ((warmupRounds * (warmupRounds + 1)) / 2));
    near(run.snapshot().arrays['chains.stepSizes'], averages);
    run.advance(rounds);
    near(Float64Array.from(run.result().figures.stepSizes), averages);
    run.dispose();
  });
});
