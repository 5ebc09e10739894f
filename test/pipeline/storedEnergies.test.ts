/** Stored energies are evaluated again: the same target passes whatever made them, and another one is found. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyFromSeed } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import type { Surroundings } from '../../src/pipeline/journal.ts';
import { runResgld } from '../../src/pipeline/bank/resgld.ts';
import { bridgeRungs, runBridgeTempering, runTempering, type TemperingOptions } from '../../src/pipeline/bank/tempering.ts';
import type { Settings } from '../../src/settings/settings.ts';
import { checkAllEnergies, checkedSamples, noisyLabels } from '../../src/targets/storedEnergies.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { himmelblau } from '../../src/targets/himmelblau.ts';
import { compileNoisyEnergy } from '../../src/targets/noisyEnergy.ts';
import type { NoisyEvaluator } from '../../src/targets/noisyEvaluator.ts';
import type { Target } from '../../src/targets/target.ts';
import { noisyGmm2d } from '../../src/targets/noisyGmm2d.ts';
import { rosenbrock4d } from '../../src/targets/rosenbrock4d.ts';
import { inputError } from '../store/folder.ts';
import { quiet } from './quiet.ts';

const key = keyFromSeed(3);
const small = { ladders: 8, replicas: 3, rounds: 64, warmupRounds: 20 };

/** U and its gradient, larger by a factor. */
const scaled = (energy: EnergyEvaluator, factor: number): EnergyEvaluator => ({
  dimension: energy.dimension,
  energies(x, n, energies) {
    energy.energies(x, n, energies);
    for (let i = 0; i < n; i++) energies[i] *= factor;
  },
  energiesAndGradients(x, n, energies, gradients) {
    energy.energiesAndGradients(x, n, energies, gradients);
    for (let i = 0; i < n; i++) energies[i] *= factor;
    for (let i = 0; i < gradients.length; i++) gradients[i] *= factor;
  },
});
const temperingOf = (
  target: Target, energy: EnergyEvaluator, { sampling, ladder, output }: Settings, surroundings: Surroundings,
): TemperingOptions => ({
  target, energy, sampling, rungs: bridgeRungs(sampling, ladder, target.dimension), threads: output.threads, key,
  surroundings,
});

const OTHER = inputError(
  /^the energy of target "[\w-]+" is [-\d.e]+ at sample \d+, where [-\d.e]+ is stored: the target, what it/,
  2,
);

describe('energies of finished tempering', () => {
  // What differs by less than half of the digits of the arithmetic is taken for rounding.
  for (const [precision, change] of [
    ['float64', 1e-6],
    ['float32', 0.02],
  ] as const) {
    for (const target of [himmelblau, rosenbrock4d]) {
      for (const path of ['temperature', 'interpolation'] as const) {
        it(`${target.name}, ${precision}, along ${path}: the same passes, larger by ${change} does not`, async () => {
          const surroundings = quiet();
          const settings = settingsFor(target, 'quick', { ...small, mcmcPrecision: precision, path });
          const energy = compileEnergy(target);
          const made = await runTempering(temperingOf(target, energy, settings, surroundings));
          const found = await runTempering(temperingOf(target, energy, settings, surroundings));
          assert.deepEqual(found.energies, made.energies, 'taken up as it was');
          const again = runTempering(temperingOf(target, scaled(energy, 1 + change), settings, surroundings));
          await assert.rejects(again, OTHER);
        });
      }
    }
  }

  it('differences along the path are checked too', async () => {
    const surroundings = quiet();
    const settings = settingsFor(himmelblau, 'quick', small);
    const energy = compileEnergy(himmelblau);
    await runBridgeTempering(temperingOf(himmelblau, energy, settings, surroundings));
    await runBridgeTempering(temperingOf(himmelblau, energy, settings, surroundings));
    // The difference of the path is a program of the target's own.
    const wider = {
      ...himmelblau,
      base: { ...himmelblau.base, standardDeviation: himmelblau.base.standardDeviation.map((width) => 1.01 * width) },
    };
    await assert.rejects(runBridgeTempering(temperingOf(wider, energy, settings, surroundings)), OTHER);
  });
});

describe('labels of finished reSGLD', () => {
  // More samples than are labelled at once, so that the draws of a sample depend on its place among all of them.
  const settings = settingsFor(noisyGmm2d, 'quick', {
    rounds: 80,
    ladders: 64,
    replicas: 3,
    warmupRounds: 10,
    stepsPerRound: 2,
    energyDraws: 3,
    trainingEnergies: 'draws',
    adaptLadder: false,
  });
  const noisy = compileNoisyEnergy(noisyGmm2d);
  const options = (of: NoisyEvaluator, surroundings: Surroundings): Parameters<typeof runResgld>[0] => ({
    target: noisyGmm2d,
    noisy: of,
    labelsFrom: (first) => noisyLabels(of, settings.noise, key, first),
    sampling: settings.sampling,
    noise: settings.noise,
    lambdas: [1],
    stageSamples: settings.ladder.stageSamples,
    key,
    surroundings,
  });

  it('are repeated, draw by draw, wherever a sample stands; those of another noise are found', async () => {
    const surroundings = quiet();
    const made = await runResgld(options(noisy, surroundings));
    assert.ok(made.energies.length > 4096, `${made.energies.length} samples`);
    await runResgld(options(noisy, surroundings));
    const energies = new Float64Array(1);
    for (const index of [0, 5000]) {
      noisyLabels(noisy, settings.noise, key, index).energies(made.positions.subarray(2 * index, 2 * index + 2), 1, energies);
      assert.equal(energies[0], made.energies[index], `label ${index}, bit for bit`);
    }
    // Labels of the first draws instead of the sample's own.
    await assert.rejects(
      runResgld({ ...options(noisy, surroundings), labelsFrom: () => noisyLabels(noisy, settings.noise, key) }),
      OTHER,
    );
    const louder: NoisyEvaluator = {
      ...noisy,
      draw: (own, first, n, xi) => {
        noisy.draw(own, first + 1, n, xi);
      },
    };
    await assert.rejects(runResgld(options(louder, surroundings)), OTHER);
  });
});

describe('which energies are checked', () => {
  it('32, spread over all of them', () => {
    assert.deepEqual(checkedSamples(3), [0, 1, 2]);
    const picked = checkedSamples(100_000);
    assert.deepEqual([picked.length, picked[0], picked[31]], [32, 1562, 98437]);
    assert.ok(
      picked.every((index, k) => k === 0 || Math.abs(index - picked[k - 1] - 3125) <= 1),
      'evenly',
    );
  });
  it('one that is not a number must be none again', () => {
    const evaluator = (value: number): EnergyEvaluator => ({
      dimension: 1,
      energies: (_, n, out) => {
        out.fill(value, 0, n);
      },
      energiesAndGradients: (_, n, out, gradients) => {
        out.fill(value, 0, n);
        gradients.fill(0);
      },
    });
    const check = (stored: number, now: number) => (): void =>
      checkAllEnergies({
        name: 't',
        positions: Float64Array.of(1),
        energies: Float64Array.of(stored),
        labels: () => evaluator(now),
        precision: 'float64',
      });
    for (const value of [NaN, Infinity, 1]) check(value, value)();
    for (const [stored, now] of [
      [NaN, 1],
      [1, NaN],
      [Infinity, 1],
      [1, Infinity],
      [-Infinity, Infinity],
    ])
      assert.throws(check(stored, now), inputError(/is (-?Infinity|NaN|1) at sample 0/));
  });
});
