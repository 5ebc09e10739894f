/** Sequential Monte Carlo is consistent however bad its flows are: from one normal to another, with flows of random weights. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { np } from '../../src/engine/numpy.ts';
import { fillNormal, foldIn, keyFromSeed } from '../../src/engine/random.ts';
import { effectiveSampleSize } from '../../src/estimators/ess.ts';
import { alternatingMasks, parameterCount, type Architecture } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import type { WeightedPiece } from '../../src/pipeline/proposal/draw.ts';
import { endEnergies, pullBackLadder, streamLadder, type LadderSource, type LadderStage } from '../../src/generators/ladderChain.ts';
import { pushStep } from '../../src/generators/pushStep.ts';
import { groupMeans, resampleGroups, type Particles } from '../../src/samplers/particles.ts';
import { networkOf } from '../../src/settings/settings.ts';
import { Rejuvenation } from '../../src/samplers/rejuvenate.ts';
import { sampleBase } from '../../src/targets/base.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import { differenceTarget } from '../../src/targets/path.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { FlowMap, type ParameterArray } from '../../src/training/flowMap.ts';

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
const stagesOf = (precision: 'float32' | 'float64' = 'float32'): LadderStage[] => LAMBDAS.map((lambda, k) => ({ lambda, parameters: noisy(k, precision), stepSize: 0.1 }));
const settings = { precision: 'float32', baseSampling: 'independent', device: 'cpu', executor: 'fused', threads: 2 } as const;
const source: LadderSource = { target, energy, architecture, stages: stagesOf(), settings };

async function collect(from: LadderSource, moves: number, total: number, first = 0): Promise<{ samples: Float64Array; logWeights: Float64Array; pieces: WeightedPiece[] }> {
  const pieces: WeightedPiece[] = [];
  for await (const piece of streamLadder(from, key, moves, total, first)) pieces.push(piece);
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
  const map = await FlowMap.compile(architecture, 'forward', 4096, networkOf(settings));
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
    const annealed: LadderSource = { ...source, stages: Array.from({ length: 10 }, (_, k) => ({ lambda: (k + 1) / 10, parameters: null, stepSize: 0.1 })) };
    const [without, withMoves] = [await collect(annealed, 0, 8000), await collect(annealed, 10, 8000)];
    const fractions = [without, withMoves].map(({ logWeights }) => effectiveSampleSize(logWeights).fraction);
    assert.ok(fractions[1] > 2 * fractions[0], fractions.join(', '));
  });

  it('identity stages between are plain annealed importance sampling, unbiased as well', async () => {
    const mixed: LadderSource = { ...source, stages: source.stages.map((stage, k) => (k === 1 ? stage : { ...stage, parameters: null })) };
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
    const { logWeights } = await collect({ ...source, settings: { ...settings, baseSampling: 'lattice' } }, 0, total);
    const independent = await collect(source, 0, total);
    const ratios = ratiosOf(independent.logWeights);
    const mean = ratiosOf(logWeights).reduce((sum, ratio) => sum + ratio, 0) / REPETITIONS;
    const variance = ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0) / REPETITIONS;
    assert.ok(Math.abs(mean - 1) < 4 * Math.sqrt(variance / REPETITIONS), `${mean}`);
  });

  it('samples depend on their index alone, in pieces or not, with moves or without, whatever the threads', async () => {
    const all = await collect(source, 2, 66_000);
    assert.deepEqual(all.pieces.map(({ first, count }) => [first, count]), [[0, 65_536], [65_536, 464]]);
    const [from, count] = [65_300, 500];
    const middle = await collect({ ...source, settings: { ...settings, threads: 1 } }, 2, count, from);
    assert.equal(middle.pieces[0].first, from);
    assert.deepEqual(middle.samples, all.samples.slice(2 * from, 2 * (from + count)));
    assert.deepEqual(middle.logWeights, all.logWeights.slice(from, from + count));
  });

  for (const precision of ['float64', 'float32'] as const) {
    it(`what was pushed is pulled back with the same weights, ${precision}`, async () => {
      const through: LadderSource = { ...source, stages: stagesOf(precision), settings: { ...settings, precision } };
      const { samples, logWeights } = await collect(through, 0, 3000);
      const energies = new Float64Array(3000);
      energy.energies(samples, 3000, energies);
      const back = await pullBackLadder(through, { samples, energies });
      // Rounding of points and gains, times slopes of energies and of the flows' inverses of some hundreds.
      const tolerance = precision === 'float64' ? 2 ** -53 * 1e5 : 2 ** -24 * 1e5;
      const error = back.reduce((largest, value, i) => Math.max(largest, Math.abs(value - logWeights[i])), 0);
      assert.ok(error < tolerance, `largest difference ${error}`);
      const crossed = await pullBackLadder({ ...through, stages: through.stages.map((stage, k) => ({ ...stage, parameters: through.stages[(k + 1) % 3].parameters })) }, { samples, energies });
      assert.ok(crossed.some((value, i) => Math.abs(value - logWeights[i]) > 0.1), 'mutant: stages crossed');
    });
  }
});

describe('particles through a ladder of bad flows', () => {
  /** log|det J| of points, which the mutant takes away again. */
  async function gainsOf(map: FlowMap, parameters: ParameterArray, x: Float64Array): Promise<Float64Array> {
    const gains = new Float64Array(x.length / 2);
    await map.map(parameters, x, gains.length, new Float64Array(x.length), gains);
    return gains;
  }

  /** One repetition per group: pushed, weighed, resampled and moved as in a stage. */
  async function populations(moves: number, resampleAt: readonly number[], dropGains = false): Promise<{ ratios: number[]; particles: Particles }> {
    const n = REPETITIONS * EACH;
    const points = new Float64Array(2 * n);
    sampleBase(target.base, foldIn(key, 'particles'), 0, n, points);
    const map = await FlowMap.compile(architecture, 'forward', 4096, networkOf(settings));
    const rejuvenation = new Rejuvenation(compileEnergy(differenceTarget(target)), target.base, 4096);
    let particles: Particles = { points, logWeights: new Float64Array(n) };
    let from = 0;
    for (const [k, { lambda, parameters, stepSize }] of source.stages.entries()) {
      assert.ok(parameters !== null);
      const moved = await pushStep(map, parameters, target, energy, { ...particles, ...endEnergies(target, energy, particles.points) }, { from, to: lambda });
      assert.equal(moved.nonFinite, 0);
      const gains = dropGains ? await gainsOf(map, parameters, particles.points) : null;
      particles = { points: moved.points, logWeights: particles.logWeights.map((value, i) => value + moved.logIncrements[i] - (gains?.[i] ?? 0)) };
      if (resampleAt.includes(k)) particles = resampleGroups(particles, REPETITIONS, 'systematic', foldIn(foldIn(key, 'resample'), k));
      rejuvenation.move(particles.points, { lambda, stepSize, steps: moves, key: foldIn(foldIn(key, 'moves'), k) });
      from = lambda;
    }
    await map.dispose();
    return { ratios: Array.from(groupMeans(particles.logWeights, REPETITIONS), (mean) => Math.exp(mean - LOG_Z)), particles };
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
  const wall: LadderSource = {
    target: walled, energy: compileEnergy(walled), settings, stages: [0.3, 0.6, 1].map((lambda) => ({ lambda, parameters: null, stepSize: 0.1 })),
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
