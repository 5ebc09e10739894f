/** Sequential Monte Carlo is consistent however bad its flows are: from one normal to another, with flows of random weights. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { effectiveSampleSize } from '../../src/estimators/ess.ts';
import { alternatingMasks, parameterCount, type Architecture } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { exactView } from '../../src/pipeline/energies.ts';
import { ladder, ladderProposal, type LadderDraws } from '../../src/pipeline/kinds/ladder.ts';
import type { Way } from '../../src/pipeline/kinds/way.ts';
import { FIRST_STEP } from '../../src/pipeline/transport/schedule.ts';
import { runStage } from '../../src/pipeline/transport/stage.ts';
import type { StageContext, StageState } from '../../src/pipeline/transport/context.ts';
import { flowArrays } from '../../src/pipeline/transport/training.ts';
import { push, type Transport, type TransportStage, type WeightedPiece } from '../../src/pipeline/transport/transport.ts';
import type { Moves } from '../../src/pipeline/moves/moves.ts';
import type { Proposal } from '../../src/pipeline/proposal/proposal.ts';
import type { Weigher } from '../../src/pipeline/weigh/weigher.ts';
import type { StageSummary } from '../../src/records/record.ts';
import { groupMeans, type Particles } from '../../src/samplers/particles.ts';
import { networkOf } from '../../src/settings/output.ts';
import { baseSamplers, sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { FlowMap } from '../../src/training/flowMap.ts';
import type { TrainingData } from '../../src/training/trainer.ts';
import { endEnergies } from './endEnergies.ts';
import { quiet } from './quiet.ts';

const [MEAN, DEVIATIONS, RHO, OFFSET] = [[0.7, -0.5], [0.9, 0.6], 0.6, 4];
const LOG_Z = OFFSET + Math.log(2 * Math.PI * DEVIATIONS[0] * DEVIATIONS[1] * Math.sqrt(1 - RHO ** 2));

/** N(0, 1.5² I) to a shifted, correlated normal. */
const target = defineTarget({
  name: 'bell', dimension: 2, box: [-6, 6], base: { mean: 0, standardDeviation: 1.5 },
  energy: (x) => {
    const [u, v] = [0, 1].map((j) => x.slice(j).sub(MEAN[j]).mul(1 / DEVIATIONS[j]));
    return np.square(u).sub(u.mul(v).mul(2 * RHO)).add(np.square(v)).mul(0.5 / (1 - RHO ** 2)).sub(OFFSET);
  },
});
const energy = compileEnergy(target);
const architecture: Architecture = { domain: target.domain, masks: alternatingMasks(2, 3), hidden: 6, bins: 5, activation: 'silu' };
const key = keyFromSeed(73);

/** A flow of no use: weights moved by noise. */
function noisy(stage: number, precision: 'float32' | 'float64'): Float32Array | Float64Array {
  const noise = new Float64Array(parameterCount(architecture));
  fillNormal(foldIn(key, stage), 0, noise);
  const parameters = Float64Array.from(initialParameters(architecture, key), (value, i) => value + 0.08 * noise[i]);
  return precision === 'float64' ? parameters : Float32Array.from(parameters);
}

const LAMBDAS = [0.15, 0.5, 1];
const stagesOf = (precision: 'float32' | 'float64' = 'float32'): TransportStage[] => LAMBDAS.map((lambda, k) => ({ lambda, parameters: noisy(k, precision), stepSize: 0.1 }));
const output = { precision: 'float32', baseSampling: 'independent', device: 'cpu', executor: 'fused', threads: 2 } as const;
interface Source extends Transport {
  readonly target: Target;
}
const source: Source = { target, architecture, stages: stagesOf(), output };
const proposalOf = (from: Source, moves: number): Proposal =>
  ladderProposal(from.target, from, compileEnergy(from.target), from.output.threads, moves);

async function collect(from: Source, moves: number, total: number, first = 0): Promise<{ samples: Float64Array; logWeights: Float64Array; pieces: WeightedPiece[] }> {
  const pieces: WeightedPiece[] = [];
  for await (const piece of proposalOf(from, moves).stream(key, total, first)) pieces.push(piece);
  return { pieces, samples: Float64Array.from(pieces.flatMap(({ samples }) => Array.from(samples))), logWeights: Float64Array.from(pieces.flatMap(({ logWeights }) => Array.from(logWeights))) };
}

const REPETITIONS = 200;
const EACH = 200;

/** Distance of mean(Ẑ/Z) from 1 in standard errors, over the repetitions' Ẑ. */
function score(ratios: readonly number[], exact = 1): number {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return (mean - exact) / Math.sqrt(ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / (ratios.length - 1) / ratios.length);
}

/** Ẑ/Z of independent repetitions: one stream, cut into parts. */
function ratiosOf(logWeights: Float64Array, f: (i: number) => number = () => 1): number[] {
  return Array.from({ length: REPETITIONS }, (_, r) => {
    let sum = 0;
    for (let i = r * EACH; i < (r + 1) * EACH; i++) sum += Math.exp(logWeights[i] - LOG_Z) * f(i);
    return sum / EACH;
  });
}

/** Points through every flow without moves, with the log-determinants that add up on the way. */
async function logDeterminants(x: Float64Array): Promise<Float64Array> {
  const n = x.length / 2;
  const map = await FlowMap.compile(architecture, 'forward', 4096, networkOf(output));
  const total = new Float64Array(n);
  let points = x;
  for (const { parameters } of source.stages) {
    assert.ok(parameters !== null);
    const [image, gains] = [new Float64Array(2 * n), new Float64Array(n)];
    await map.map(parameters, points, n, image, gains);
    gains.forEach((gain, i) => { total[i] += gain; });
    points = image;
  }
  await map.dispose();
  return total;
}

describe('fresh samples through a ladder of bad flows', () => {
  const total = REPETITIONS * EACH;
  const baseSamples = new Float64Array(2 * total);
  sampleBase(target.base, foldIn(key, 'base'), 0, total, baseSamples);

  for (const moves of [0, 3]) {
    it(`with ${moves} moves, Ẑ and weighted sums are unbiased`, async () => {
      const { samples, logWeights } = await collect(source, moves, total);
      const ess = effectiveSampleSize(logWeights).fraction;
      assert.ok(ess > 0.01 && ess < 0.6, `the flows are bad, and not hopeless: ESS ${ess}`);
      assert.ok(Math.abs(score(ratiosOf(logWeights))) < 4, `Z: ${score(ratiosOf(logWeights))}`);
      for (const [name, f, exact] of [
        ['x1', (i: number) => samples[2 * i], MEAN[0]],
        ['x1 x2', (i: number) => (samples[2 * i] - MEAN[0]) * (samples[2 * i + 1] - MEAN[1]), RHO * DEVIATIONS[0] * DEVIATIONS[1]],
      ] as const) assert.ok(Math.abs(score(ratiosOf(logWeights, f), exact)) < 4, `${name}: ${score(ratiosOf(logWeights, f), exact)}`);
      if (moves > 0) return;
      // Mutant: weights without the log-determinants.
      const gains = await logDeterminants(baseSamples);
      assert.ok(Math.abs(score(ratiosOf(logWeights.map((value, i) => value - gains[i])))) > 4, 'without log|det J|');
    });
  }

  it('moves between identity stages raise the ESS', async () => {
    const annealed: Source = { ...source, stages: Array.from({ length: 10 }, (_, k) => ({ lambda: (k + 1) / 10, parameters: null, stepSize: 0.1 })) };
    const [without, withMoves] = [await collect(annealed, 0, 8000), await collect(annealed, 10, 8000)];
    const fractions = [without, withMoves].map(({ logWeights }) => effectiveSampleSize(logWeights).fraction);
    assert.ok(fractions[1] > 2 * fractions[0], fractions.join(', '));
  });

  it('identity stages between are plain annealed importance sampling, unbiased as well', async () => {
    const mixed: Source = { ...source, stages: source.stages.map((stage, k) => (k === 1 ? stage : { ...stage, parameters: null })) };
    for (const moves of [0, 3]) {
      const { logWeights } = await collect(mixed, moves, total);
      assert.ok(Math.abs(score(ratiosOf(logWeights))) < 4, `${moves} moves: ${score(ratiosOf(logWeights))}`);
    }
    // All of them identities and no moves: the stages between cancel, what is left is U0 − U1.
    const none = await collect({ ...source, stages: source.stages.map((stage) => ({ ...stage, parameters: null })) }, 0, 500);
    const { u0, u1 } = endEnergies(target, energy, baseSamples.slice(0, 1000));
    assert.ok(none.logWeights.every((value, i) => Math.abs(value - (u0[i] - u1[i])) < 1e-12));
  });

  it('lattice points give the same, closer', async () => {
    const { logWeights } = await collect({ ...source, output: { ...output, baseSampling: 'lattice' } }, 0, total);
    const independent = await collect(source, 0, total);
    const ratios = ratiosOf(independent.logWeights);
    const mean = ratiosOf(logWeights).reduce((sum, ratio) => sum + ratio, 0) / REPETITIONS;
    const variance = ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0) / REPETITIONS;
    assert.ok(Math.abs(mean - 1) < 4 * Math.sqrt(variance / REPETITIONS), `${mean}`);
  });

  for (const [baseSampling, fill] of Object.entries(baseSamplers) as [keyof typeof baseSamplers, typeof sampleBase][]) {
    it(`without flows they are the base's own, ${baseSampling}`, async () => {
      const stages = source.stages.map((stage) => ({ ...stage, parameters: null }));
      const points = new Float64Array(2 * 500);
      fill(target.base, foldIn(key, 'base'), 300, 500, points);
      const { samples } = await collect({ ...source, stages, output: { ...output, baseSampling } }, 0, 500, 300);
      assert.deepEqual(samples, points);
    });
  }

  it('moves that leave no density as it is are refused, and let go of: weights would be wrong', async () => {
    let [made, disposed] = [0, 0];
    const make = (exact: boolean) => (): Moves => {
      made++;
      return {
        exact, move: () => Promise.resolve({ acceptance: null, nonFinite: 0 }),
        dispose: () => {
          disposed++;
        },
      };
    };
    const weigher: Weigher = { weigh: ({ n }) => Promise.resolve(new Float64Array(n)) };
    const first = (exact: boolean): Promise<unknown> =>
      push(source, () => [weigher], { key, total: 8, moves: { make: make(exact), steps: 1 } }).next();
    await assert.rejects(first(false), /need moves that are exact/);
    assert.deepEqual([made, disposed], [1, 1]);
    assert.equal((await first(true) as { done?: boolean }).done, false);
  });
  it('samples depend on their index alone, in pieces or not, with moves or without, whatever the threads', async () => {
    const all = await collect(source, 2, 66_000);
    assert.deepEqual(all.pieces.map(({ first, count }) => [first, count]), [[0, 65_536], [65_536, 464]]);
    const [from, count] = [65_300, 500];
    const middle = await collect({ ...source, output: { ...output, threads: 1 } }, 2, count, from);
    assert.equal(middle.pieces[0].first, from);
    assert.deepEqual(middle.samples, all.samples.slice(2 * from, 2 * (from + count)));
    assert.deepEqual(middle.logWeights, all.logWeights.slice(from, from + count));
  });

  for (const precision of ['float64', 'float32'] as const) {
    it(`what was pushed is pulled back with the same weights, ${precision}`, async () => {
      const through: Source = { ...source, stages: stagesOf(precision), output: { ...output, precision } };
      const { samples, logWeights } = await collect(through, 0, 3000);
      const energies = new Float64Array(3000);
      energy.energies(samples, 3000, energies);
      const back = await proposalOf(through, 0).pullBack({ samples, energies });
      // Rounding of points and gains, times slopes of energies and of the flows' inverses of some hundreds.
      const tolerance = precision === 'float64' ? 2 ** -53 * 1e5 : 2 ** -24 * 1e5;
      const error = back.reduce((largest, value, i) => Math.max(largest, Math.abs(value - logWeights[i])), 0);
      assert.ok(error < tolerance, `largest difference ${error}`);
      const others = through.stages.map((stage, k) =>
        ({ ...stage, parameters: through.stages[(k + 1) % 3].parameters }));
      const crossed = await proposalOf({ ...through, stages: others }, 0).pullBack({ samples, energies });
      assert.ok(crossed.some((value, i) => Math.abs(value - logWeights[i]) > 0.1), 'mutant: stages crossed');
    });
  }
});

describe('particles through a ladder of bad flows', () => {
  const n = REPETITIONS * EACH;
  const settings = settingsFor(target, 'quick', {
    ...output, generator: 'ladder', interpolation: 'explicit', lambdas: LAMBDAS, particles: n, groups: REPETITIONS,
    rejuvenationStepSize: 0.1, ladders: 8, rounds: 64, warmupRounds: 10, replicas: 3, stageSamples: 100,
  });
  let way: Way<StageSummary, LadderDraws>;
  before(async () => {
    const surroundings = quiet();
    const problem = { target, settings, key, surroundings, prepareData: (data: TrainingData): TrainingData => data };
    const heldOut = { samples: new Float64Array(0), energies: new Float64Array(0) };
    way = await ladder(problem, { energy, view: exactView(target, energy), key, heldOut });
    const figures = {
      seconds: 1, millisecondsPerStep: 1, steps: 1, stepsPlanned: 1, parameters: 1, bestStep: 1, clippedSteps: 0,
      skippedSteps: 0,
    };
    for (const [k, { lambda, parameters }] of source.stages.entries()) {
      assert.ok(parameters !== null);
      const summary = { ...figures, stopReason: 'schedule', curve: [] };
      const json = { lambda, cessPredicted: null, retries: 0, summary };
      surroundings.journal.stage(k + 1).finishPhase('flow', { json, arrays: flowArrays(architecture, parameters) });
    }
  });
  after(() => way.dispose());

  /** One repetition per group: stages of the ladder whose flows are there, and always taken. */
  async function populations(
    moves: number, resampleAt: readonly number[], dropGains = false,
  ): Promise<{ ratios: number[]; particles: Particles }> {
    const { context } = way;
    assert.ok(way.particles !== null && context.moves !== null);
    let state: StageState = { particles: way.particles, lambda: 0, initial: null, step: FIRST_STEP };
    for (let k = 0; k < LAMBDAS.length; k++) {
      const own: StageContext<null> = {
        ...context, architecture,
        settings: { ...settings, ladder: { ...settings.ladder, resampleBelow: resampleAt.includes(k) ? 1 : 0 } },
        plan: { ...context.plan, keeps: null },
        moves: { ...context.moves, steps: moves },
        // Staying, the better map, is not to be had.
        weighing: {
          weigh: (passage, step, pause) =>
            context.weighing.weigh(dropGains ? { ...passage, logDet: null } : passage, step, pause),
        },
        account: {
          trained: () => assert.fail('all flows are there'), retrained: () => undefined,
          read: () => assert.fail('nothing is kept'),
          of: ({ nonFinite, resampled, map, step }) => {
            assert.deepEqual([nonFinite, resampled, map, step.lambda], [0, resampleAt.includes(k), 'flow', LAMBDAS[k]]);
            return { summary: null, json: {}, gain: FIRST_STEP, cess: null };
          },
        },
      };
      ({ state } = await runStage(own, state, k + 1));
    }
    const { particles } = state;
    assert.ok(particles !== null);
    const ratios = Array.from(groupMeans(particles.logWeights, REPETITIONS), (mean) => Math.exp(mean - LOG_Z));
    return { ratios, particles };
  }

  for (const [what, moves, resampleAt] of [['no resampling', 4, []], ['resampling once', 0, [1]], ['resampling at every stage and moves', 4, [0, 1, 2]]] as const) {
    it(`${what}: Ẑ of every group is unbiased, and so are weighted sums`, async () => {
      const { ratios, particles } = await populations(moves, resampleAt);
      assert.ok(Math.abs(score(ratios)) < 4, `${score(ratios)}`);
      const first = ratiosOf(particles.logWeights, (i) => particles.points[2 * i]);
      assert.ok(Math.abs(score(first, MEAN[0])) < 4, `x1: ${score(first, MEAN[0])}`);
      const { ratios: wrong } = await populations(moves, resampleAt, true);
      assert.ok(Math.abs(score(wrong)) > 4, 'mutant: without log|det J|');
    });
  }

  it('resampling and moves make Ẑ less variable than weights carried all the way', async () => {
    const spread = (ratios: readonly number[]): number => ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0);
    const [carried, moved] = [await populations(0, []), await populations(10, [0, 1, 2])];
    assert.ok(spread(moved.ratios) < 0.7 * spread(carried.ratios), `${spread(moved.ratios)} and ${spread(carried.ratios)}`);
  });
});

describe('a ladder to a target with a wall', () => {
  /** Half of a standard normal; the base is N(0, 1), so Z is a half. */
  const walled: Target = defineTarget({
    name: 'walled', dimension: 1, box: [-6, 6], base: { mean: 0, standardDeviation: 1 },
    energy: (x) => np.where(x.slice(0).greater(0), np.square(x.slice(0)).mul(0.5).add(0.5 * Math.log(2 * Math.PI)), np.array(Infinity)),
  });
  const wall: Source = {
    target: walled, output, stages: [0.3, 0.6, 1].map((lambda) => ({ lambda, parameters: null, stepSize: 0.1 })),
    architecture: { domain: walled.domain, masks: alternatingMasks(1, 1), hidden: 4, bins: 4, activation: 'silu' },
  };
  let logWeights: Float64Array;
  before(async () => { ({ logWeights } = await collect(wall, 2, 4000)); });

  it('gives what falls behind it no weight, not NaN', () => {
    assert.ok(!logWeights.some(Number.isNaN), `${logWeights.filter(Number.isNaN).length} of 4000 are NaN`);
  });

  it('weighs what stays before it by one', () => {
    const finite = logWeights.filter(Number.isFinite);
    assert.ok(Math.abs(finite.length - 2000) < 5 * Math.sqrt(1000), `${finite.length}`);
    assert.ok(finite.every((value) => Math.abs(value) < 1e-12));
  });
});
