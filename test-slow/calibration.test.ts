/** Over many seeds the errors of what a run calls sound have unit spread, for every way to weighted samples. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PipelineResult } from '../src/pipeline/run.ts';
import { ringPolymerAverages } from '../src/numerics/transferMatrix.ts';
import { definePathIntegral } from '../src/targets/pathIntegral.ts';
import { np } from '../src/engine/numpy.ts';
import { noisyWells, rootMeanSquare, runOf, SEEDS, soundErrors, standingsOf, twoWells, twoWellsTruth, untoldWells, type Figure } from './calibration.ts';
import type { Target } from '../src/targets/target.ts';

const truth = twoWellsTruth();

/** log Z, the mass of the left well and the mean of y, by the fresh samples. */
const ofSamples = ({ result: { generation: { logZ, modes, observables } } }: PipelineResult): Figure[] => [
  { name: 'log Z', estimate: logZ, truth: truth.logZ },
  { name: 'left', estimate: modes[0].weighted, truth: truth.left },
  { name: 'y', estimate: observables[0], truth: truth.observable },
];

/** The same figures, where there are any, by a ladder's particles. */
const ofParticles = ({ result: { ladder } }: PipelineResult): Figure[] => (ladder === null ? [] : [
  { name: 'log Z of the particles', estimate: ladder.logZ, truth: truth.logZ },
  { name: 'left, by the particles', estimate: ladder.modes[0], truth: truth.left },
]);

/** And by tempering alone. */
const ofTempering = ({ result: { parallelTempering: { logZ }, generation: { modes, observables } } }: PipelineResult): Figure[] => [
  ...(logZ === null ? [] : [{ name: 'log Z of tempering', estimate: logZ, truth: truth.logZ }]),
  { name: 'left, by tempering', estimate: modes[0].pt, truth: truth.left },
  ...(observables[0].tempering === null ? [] : [{ name: 'y, by tempering', estimate: observables[0].tempering, truth: truth.observable }]),
];

const ladder = { generator: 'ladder', path: 'interpolation', interpolation: 'explicit', lambdas: [0.1, 0.35, 1], particles: 6000, stageSamples: 6000, stageSteps: 120, rejuvenation: 5 };
const noisy = {
  sampler: 'resgld', thinning: 1, stepSize: 0.02, energyDraws: 32, rounds: 1000, compared: 0, weightSteps: 150, weightBatch: 1000, weightHidden: 16, samples: 20_000, theta: 0.25,
};

/** As by default. */
const rounds = { generator: 'rounds' };

interface Case {
  readonly name: string;
  readonly target: Target;
  readonly given: Readonly<Record<string, unknown>>;
  readonly figures: (result: PipelineResult) => Figure[];
}

const cases: readonly Case[] = [
  { name: 'rounds, nothing told', target: untoldWells, given: rounds, figures: ofSamples },
  { name: 'one flow', target: twoWells, given: { generator: 'flow' }, figures: (result) => [...ofSamples(result), ...ofTempering(result)] },
  { name: 'one flow in float64, θ = 0, along the path', target: twoWells, given: { generator: 'flow', precision: 'float64', theta: 0, path: 'interpolation' }, figures: (result) => [...ofSamples(result), ...ofTempering(result)] },
  { name: 'ladder without moves', target: twoWells, given: { ...ladder, freshRejuvenation: 0, resampleBelow: 0 }, figures: (result) => [...ofSamples(result), ...ofParticles(result)] },
  { name: 'ladder with moves, resampled at every stage', target: twoWells, given: { ...ladder, freshRejuvenation: 3, resampleBelow: 1 }, figures: (result) => [...ofSamples(result), ...ofParticles(result)] },
  { name: 'noisy energies, exact weights', target: noisyWells, given: { ...noisy, weights: 'exact' }, figures: ofSamples },
  { name: 'noisy energies, weights learned from the energy', target: noisyWells, given: { ...noisy, weights: 'learned-full' }, figures: ofSamples },
  { name: 'noisy energies, weights learned from noisy values', target: noisyWells, given: { ...noisy, weights: 'learned-stochastic' }, figures: ofSamples },
  {
    name: 'noisy ladder, exact weights, resampled and moved', target: noisyWells,
    given: { ...noisy, weights: 'exact', generator: 'ladder', interpolation: 'explicit', lambdas: [0.15, 0.5, 1], particles: 6000, stageSteps: 120, svrg: true, rejuvenation: 4, resampleBelow: 1 }, figures: ofSamples,
  },
  {
    name: 'noisy ladder, weights learned from noisy values', target: noisyWells,
    given: { ...noisy, weights: 'learned-stochastic', generator: 'ladder', interpolation: 'explicit', lambdas: [0.15, 0.5, 1], particles: 6000, stageSteps: 120 }, figures: ofSamples,
  },
];

const LOW = 0.75;
const HIGH = 1.35;
/** Fewer sound seeds than this tell nothing. */
const FEWEST = 20;

function judge(results: readonly PipelineResult[], figures: (result: PipelineResult) => Figure[], say: (message: string) => void): void {
  const standings = standingsOf(results);
  say(`${standings.sound} sound, ${standings.doubtful} doubtful, ${standings.unknown} unknown`);
  assert.ok(standings.sound >= FEWEST, `${standings.sound} of ${SEEDS} runs are sound`);
  const all = results.map(figures);
  const wrong = all[0].map(({ name }, k) => {
    const errors = soundErrors(all.map((of) => of[k]));
    const spread = rootMeanSquare(errors);
    say(`${name}: root mean square ${spread.toFixed(2)} of ${errors.length}`);
    return errors.length >= FEWEST && !(spread >= LOW && spread <= HIGH) ? `${name}: ${spread.toFixed(2)}` : '';
  }).filter((line) => line !== '');
  assert.deepEqual(wrong, [], `outside [${LOW}, ${HIGH}]`);
}

async function seedsOf(target: Target, given: Readonly<Record<string, unknown>>): Promise<PipelineResult[]> {
  const results: PipelineResult[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) results.push(await runOf(target, given, seed));
  return results;
}

describe('errors of sound figures have unit spread over seeds', () => {
  for (const { name, target, given, figures } of cases) it(name, async (t) => judge(await seedsOf(target, given), figures, (line) => t.diagnostic(line)));
});

describe('errors of rings have unit spread over seeds', () => {
  const observables = [{ name: 'left', value: (q: Float64Array) => 1 / (1 + Math.exp(6 * q[0])) }, { name: 'x', value: (q: Float64Array) => q[0] }];
  const target = definePathIntegral({
    name: 'leaning-double-well', potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(2).add(q.slice(0).mul(0.2)), beta: 2, box: [-2.6, 2.6], observables, modes: 5, beads: 16,
  });
  const beads = 12;
  const exact = ringPolymerAverages({
    potential: (q, n, values) => { for (let i = 0; i < n; i++) values[i] = 2 * (q[i] * q[i] - 1) ** 2 + 0.2 * q[i]; },
    masses: [1], hbar: 1, beta: 2, box: [[-2.6, 2.6]],
  }, observables.map(({ value }) => value), beads);
  const figures = ({ result }: PipelineResult): Figure[] => {
    const ring = result.pathIntegral?.rings.find((other) => other.beads === beads);
    assert.ok(ring !== undefined);
    return [{ name: 'log Z', estimate: ring.logZ, truth: exact.logZ }, ...ring.estimates.slice(0, 2).map((estimate, k) => ({ name: estimate.name, estimate, truth: exact.functions[k] }))];
  };
  for (const ringMoves of [0, 5]) {
    it(ringMoves === 0 ? 'without moves' : 'with moves', async (t) => {
      judge(await seedsOf(target, { generator: 'flow', rings: [beads], ringSamples: 6000, ringMoves, replicas: 4, hottest: 0.2 }), figures, (line) => t.diagnostic(line));
    });
  }
});
