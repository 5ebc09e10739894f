/**
 * Every kind of proposal, as short runs leave them. List a new one in {@link proposals} and the contract test tests it:
 * streams, weights, pull-backs, shapes, moves, lifts.
 */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { np, type Array as NpArray } from '../../src/engine/numpy.ts';
import { foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import { harmonicAverages } from '../../src/numerics/harmonicOscillator.ts';
import type { Journal } from '../../src/pipeline/journal.ts';
import { phasesIn, type FinishedRun, type StoredPhases } from '../../src/pipeline/kinds/kind.ts';
import type { Proposal } from '../../src/pipeline/proposal/proposal.ts';
import { ringPart } from '../../src/pipeline/ring/ringPhase.ts';
import { proposalOf, runPipeline } from '../../src/pipeline/run.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { definePathIntegral } from '../../src/targets/pathIntegral.ts';
import { ringOf } from '../../src/targets/ringBeads.ts';
import { ringTruth } from '../../src/targets/ringTruth.ts';
import type { NoiseDefinition } from '../../src/targets/noise.ts';
import { defineTarget, type Target } from '../../src/targets/target.ts';
import { targetTruth } from '../../src/targets/truth.ts';
import { quiet } from '../pipeline/quiet.ts';

/** A proposal, and what is known of it by other routes. */
export interface Made {
  readonly proposal: Proposal;
  readonly precision: 'float32' | 'float64';
  /** log ∫ exp(−U) of what its samples are weighted for. */
  readonly logZ: number;
  /** What learned weights may leave in log Z: the error of their fits on pairs held out. */
  readonly learned: number;
  readonly energies: (samples: Float64Array) => Float64Array;
  /** Log-weights of samples that the run has stored, and the key of their stream. */
  readonly own: { readonly key: Key; readonly logWeights: Float64Array };
}

export interface Case {
  readonly name: string;
  readonly make: () => Promise<Made>;
}

const SEED = 7;
const key = keyFromSeed(SEED);
const along = (...names: readonly (string | number)[]): Key => names.reduce<Key>((from, name) => foldIn(from, name), key);

const tiny = {
  ladders: 8, rounds: 64, warmupRounds: 32, replicas: 4, stepsPerRound: 4, threads: 1, samples: 300,
  steps: 40, batch: 128, evaluateEvery: 20, layers: 4, hidden: 8, bins: 6, learningRate: 0.02,
  particles: 256, groups: 4, stageSamples: 256, stageSteps: 20, rejuvenation: 2, freshRejuvenation: 0,
};

/** Seen with a noise of ±0.05 cos x. */
const noisyOf = (energy: (x: NpArray) => NpArray): NoiseDefinition => ({
  size: 1, draw: (random) => [random() < 0.5 ? -1 : 1],
  energy: (x, xi) => energy(x).add(np.cos(x.slice(0)).mul(xi.slice(0)).mul(0.05)),
});

/** A line, a circle and an interval. */
const energyOfMixed = (x: NpArray): NpArray => np.square(np.square(x.slice(0)).sub(1))
  .add(np.cos(x.slice(1)).mul(x.slice(0))).add(np.square(x.slice(2).sub(0.3)).mul(2));
const mixed = defineTarget({
  name: 'mixed', dimension: 3, box: [[-4, 4], [0, 2 * Math.PI], [0, 1]], base: { standardDeviation: 1.2 },
  torus: { 1: [0, 2 * Math.PI] }, interval: { 2: [0, 1] }, energy: energyOfMixed, noise: noisyOf(energyOfMixed),
});

const energyOfPlane = (x: NpArray): NpArray => np.square(np.square(x.slice(0)).sub(1)).mul(0.7)
  .add(np.square(x.slice(1).sub(x.slice(0).mul(0.4))).mul(0.8));
const shapeOfPlane = { dimension: 2, box: [-4, 4], base: { standardDeviation: 1.3 } } as const;
const plane = defineTarget({ ...shapeOfPlane, name: 'plane', energy: energyOfPlane });
/** Of which only noisy values are known. */
const unseen = defineTarget({ ...shapeOfPlane, name: 'unseen', noise: noisyOf(energyOfPlane) });

/** The circle's integral and the others', by the trapezoidal and the midpoint rule. */
function logZOfMixed(): number {
  const [points, turns, cells] = [1000, 64, 4000];
  let [whole, between] = [0, 0];
  for (let i = 0; i < points; i++) {
    const x = -4 + (8 * i) / points;
    for (let j = 0; j < turns; j++) whole += Math.exp(-((x * x - 1) ** 2) - Math.cos((2 * Math.PI * j) / turns) * x);
  }
  for (let i = 0; i < cells; i++) between += Math.exp(-2 * ((i + 0.5) / cells - 0.3) ** 2);
  return Math.log(((whole * 8) / points / turns) * 2 * Math.PI * (between / cells));
}

const KIND = 'learned-stochastic';
const fitSchema = z.object({ heldOutError: z.number() });

interface Done extends FinishedRun {
  readonly journal: Journal;
}

/** Cases of the same target and settings share a run. */
const runs = new Map<string, Promise<Done>>();

function run(target: Target, given: Readonly<Record<string, unknown>>): Promise<Done> {
  const name = `${target.name} ${JSON.stringify(given)}`;
  const made = runs.get(name) ?? finished(target, given);
  runs.set(name, made);
  return made;
}

async function finished(target: Target, given: Readonly<Record<string, unknown>>): Promise<Done> {
  const settings = settingsFor(target, 'quick', { ...tiny, ...given });
  const surroundings = quiet();
  const { journal } = surroundings;
  const { result } = await runPipeline({ target, settings, seed: SEED, surroundings });
  return { target, settings, result, stored: phasesIn(journal), journal };
}

const energiesBy = (energy: EnergyEvaluator) => (samples: Float64Array): Float64Array => {
  const values = new Float64Array(samples.length / energy.dimension);
  energy.energies(samples, values.length, values);
  return values;
};

const weightsIn = (stored: StoredPhases, name: Parameters<StoredPhases['phase']>[0]): Float64Array => {
  const { data } = stored.phase(name).arrays['logWeights'];
  assert.ok(data instanceof Float64Array);
  return data;
};

const byQuadrature = (target: Target): number => {
  const { logZ } = targetTruth(target, compileEnergy(target));
  assert.ok(logZ !== null);
  return logZ;
};

/** Where a run has its samples, and the key of their stream. */
function ownOf({ result: { ladder, noise: seen }, stored }: Done): Made['own'] {
  if (seen !== null) {
    return { key: along('flow', 'fresh', 'samples'), logWeights: weightsIn(stored, 'ensemble') };
  }
  return ladder === null ? { key: along('ensemble'), logWeights: weightsIn(stored, 'ensemble') }
    : { key: along('ladder', 'fresh'), logWeights: weightsIn(stored.stage(ladder.stages.length), 'fresh') };
}

/** Of the fits of all stages; the loss of one is a mean square. */
const fitErrors = ({ result: { noise }, stored }: Done): number[] => (noise?.stages ?? []).map(({ stage }, _, all) => {
  const place = all.length > 1 ? stored.stage(stage) : stored;
  return Math.sqrt(fitSchema.parse(place.json(KIND)).heldOutError);
});

/** @param like whose energy is the target's, where that has none of its own */
const simple = (name: string, target: Target, given: Readonly<Record<string, unknown>>, like = target): Case => ({
  name,
  make: async () => {
    const done = await run(target, given);
    const proposal = proposalOf(done);
    const learned = proposal.weights === 'exact' ? [] : fitErrors(done);
    return {
      proposal, precision: done.settings.output.precision, logZ: like === plane ? byQuadrature(plane) : logZOfMixed(),
      learned: learned.reduce((sum, error) => sum + error, 0), energies: energiesBy(compileEnergy(like)), own: ownOf(done),
    };
  },
});

const anharmonic = definePathIntegral({
  name: 'anharmonic', beta: 2, box: [-3, 3], modes: 3, beads: 8,
  potential: (q) => np.square(np.square(q.slice(0)).sub(1)).mul(0.8).add(q.slice(0).mul(0.2)),
});
const bowlShape = { hbar: 0.9, beta: 1.5 };
const [masses, springs] = [[0.7, 2.2, 1], [3, 1.1, 0.5]];
const bowl = definePathIntegral({
  ...bowlShape, name: 'bowl', dimension: 3, mass: masses, box: [-6, 6], modes: 3, beads: 6,
  potential: (q) => np.square(q.sub(0.3)).mul(np.array(springs)).sum().mul(0.5),
});

/** By the transfer matrix; of harmonic coordinates, in closed form. */
function logZOfRing(target: Target, beads: number): number {
  const { pathIntegral } = target;
  assert.ok(pathIntegral !== undefined);
  if (target === bowl) {
    const logZs = masses.map((mass, a) =>
      harmonicAverages({ ...bowlShape, mass, frequency: Math.sqrt(springs[a] / mass) }, beads).logZ);
    return logZs.reduce((sum, value) => sum + value, 0);
  }
  const truth = ringTruth(target, pathIntegral).ring(beads);
  assert.ok(truth !== null);
  return truth.logZ;
}

function ring(name: string, target: Target, beads: number, given: Readonly<Record<string, unknown>>): Case {
  return {
    name: `${name}, ${beads} beads`,
    make: async () => {
      const done = await run(target, { ...given, rings: [2, 3, 8, 21], ringSamples: 300 });
      const { pathIntegral } = target;
      const lifted = proposalOf(done).lift?.(beads);
      assert.ok(pathIntegral !== undefined && lifted !== undefined);
      const { energy } = ringOf(target, pathIntegral, beads);
      return {
        proposal: lifted, precision: done.settings.output.precision, logZ: logZOfRing(target, beads), learned: 0,
        energies: energiesBy(energy),
        own: { key: along('ring', beads), logWeights: weightsIn(phasesIn(done.journal.part(ringPart(beads))), 'lift') },
      };
    },
  };
}

const ladder = { generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1] };
const adaptive = { generator: 'ladder', interpolation: 'adaptive', targetCess: 0.7, path: 'interpolation', hottest: 0.05 };
const noisy = { sampler: 'resgld', path: 'interpolation', hottest: 0.05, compared: 0, energyDraws: 4, adaptLadder: false };
const learned = {
  ...noisy, weights: KIND, weightSteps: 300, weightBatch: 200, weightHidden: 16, weightRate: 0.01, samples: 4000,
};
const double = { precision: 'float64' };

export const proposals: readonly Case[] = [
  simple('one flow', mixed, { sampler: 'tempering' }),
  simple('one flow from a lattice', mixed, { sampler: 'tempering', ...double, baseSampling: 'lattice' }),
  simple('one flow of the plane', plane, { activation: 'relu', generator: 'auto', sufficientEss: 0, sufficientCoverage: 0 }),
  simple('a ladder', mixed, { ...ladder, sampler: 'tempering' }),
  simple('a ladder with moves', mixed, { ...ladder, ...double, sampler: 'tempering', freshRejuvenation: 3 }),
  simple('a ladder that finds its stages', plane, { ...adaptive, freshRejuvenation: 2 }),
  simple('noisy energies', mixed, { ...noisy, ...double }),
  simple('a ladder on noisy energies', mixed, { ...noisy, ...ladder, svrg: true }),
  simple('noisy energies alone', unseen, learned, plane),
  simple('a ladder on noisy energies alone', unseen, { ...learned, ...ladder, particles: 4000, samples: 300 }, plane),
  ...[2, 3, 8, 21].map((beads) => ring('rings', anharmonic, beads, {})),
  ...[3, 8].map((beads) => ring('rings by a ladder', anharmonic, beads, { ...ladder, ...double })),
  ...[3, 8].map((beads) => ring('rings in space', bowl, beads, { distilledFrom: 'tempering' })),
];
