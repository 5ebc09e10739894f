/**
 * Every kind of proposal, as short runs leave them. List a new one in {@link proposals} and the contract test tests it:
 * streams, weights, pull-backs, shapes, moves, lifts.
 */
import assert from 'node:assert/strict';
import { z } from 'zod';
import { fillNormal, foldIn, keyFromSeed, type Key } from '../../src/engine/random.ts';
import { settingsFor } from '../../src/experiments/presets.ts';
import type { Architecture } from '../../src/flows/architecture.ts';
import { initialParameters } from '../../src/flows/initialise.ts';
import type { Journal } from '../../src/pipeline/journal.ts';
import { charted } from '../../src/pipeline/proposal/charted.ts';
import { symmetrised } from '../../src/pipeline/proposal/symmetrised.ts';
import { flowProposal } from '../../src/pipeline/kinds/oneFlow.ts';
import { phasesIn, type FinishedRun, type StoredPhases } from '../../src/pipeline/kinds/kind.ts';
import { ladderProposal } from '../../src/pipeline/kinds/ladder.ts';
import type { Proposal } from '../../src/pipeline/proposal/proposal.ts';
import { ringPart } from '../../src/pipeline/ring/ringPhase.ts';
import { proposalOf, runPipeline } from '../../src/pipeline/run.ts';
import { architectureOf } from '../../src/pipeline/transport/architecture.ts';
import { bodyChart } from '../../src/targets/charts/bodyChart.ts';
import type { Chart } from '../../src/targets/charts/chart.ts';
import { declaredSymmetry } from '../../src/targets/symmetry/particles.ts';
import { symmetryGroup, type SymmetryGroup } from '../../src/targets/symmetry/group.ts';
import { compileEnergy } from '../../src/targets/compile.ts';
import type { EnergyEvaluator } from '../../src/targets/energyEvaluator.ts';
import { ringOf } from '../../src/targets/ringBeads.ts';
import type { Target } from '../../src/targets/target.ts';
import type { ParameterArray } from '../../src/training/flowMap.ts';
import { quiet } from '../pipeline/quiet.ts';
import {
  anharmonic, bonded, bowl, logZByQuadrature, logZOfMixed, logZOfRing, logZOfBonded, mixed, plane, samplesOfBonded,
  unseen,
} from './proposalTargets.ts';

/** A proposal, and what is known of it by other routes. */
export interface Made {
  readonly proposal: Proposal;
  readonly precision: 'float32' | 'float64';
  /** log ∫ exp(−U) of what its samples are weighted for. */
  readonly logZ: number;
  /** What learned weights may leave in log Z: the error of their fits on pairs held out. */
  readonly learned: number;
  readonly energies: (samples: Float64Array) => Float64Array;
  /** Log-weights of samples that its run has stored, and the key of their stream; null of one that no run has left. */
  readonly own: { readonly key: Key; readonly logWeights: Float64Array } | null;
}

export interface Case {
  readonly name: string;
  readonly make: () => Promise<Made>;
}

const SEED = 7;
const key = keyFromSeed(SEED);
const along = (...names: readonly (string | number)[]): Key =>
  names.reduce<Key>((from, name) => foldIn(from, name), key);

const tiny = {
  ladders: 8, rounds: 64, warmupRounds: 32, replicas: 4, stepsPerRound: 4, threads: 1, samples: 300,
  steps: 40, batch: 128, evaluateEvery: 20, layers: 4, hidden: 8, bins: 6, learningRate: 0.02,
  particles: 256, groups: 4, stageSamples: 256, stageSteps: 20, rejuvenation: 2, freshRejuvenation: 0,
};

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
      proposal, precision: done.settings.output.precision, own: ownOf(done), energies: energiesBy(compileEnergy(like)),
      logZ: like === plane ? logZByQuadrature(plane) : logZOfMixed(),
      learned: learned.reduce((sum, error) => sum + error, 0),
    };
  },
});

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

function bentParameters(architecture: Architecture, precision: 'float32' | 'float64', name: string): ParameterArray {
  const start = initialParameters(architecture, along(name));
  const normals = new Float64Array(start.length);
  fillNormal(along(name, 'bent'), 0, normals);
  const values = normals.map((z, i) => start[i] + 0.05 * z);
  return precision === 'float64' ? values : Float32Array.from(values);
}

/** One such flow on the body coordinates of like particles, made symmetric. */
function particles(count: number, p: 2 | 3, precision: 'float32' | 'float64'): Case {
  return {
    name: `${count} like particles of ${p} coordinates, ${precision}`,
    make: () => Promise.resolve({
      proposal: symmetricProposal(bonded(count, p), p, precision), precision, logZ: logZOfBonded(count, p),
      learned: 0, energies: energiesBy(compileEnergy(bonded(count, p))), own: null,
    }),
  };
}

/** @param most images to sum over; where they are not all, flows go over all of space: what they miss is lost */
export function symmetricProposal(target: Target, p: 2 | 3, precision: 'float32' | 'float64', most?: number): Proposal {
  const { inner, chart, group } = bentOfBodies(target, p, precision, most);
  return symmetrised(charted(inner(compileEnergy(chart.target)), chart, target.dimension), group, compileEnergy(target));
}

/** A flow on body coordinates, of whatever energy there. */
export function bentOfBodies(target: Target, p: 2 | 3, precision: 'float32' | 'float64', most?: number): {
  readonly inner: (energy: EnergyEvaluator) => Proposal;
  readonly chart: Chart;
  readonly group: SymmetryGroup;
} {
  const { dimension: d } = target;
  const count = d / p;
  const symmetry = declaredSymmetry(target.name, { count, dimension: p }, target.domain);
  const z = new Float64Array(2000 * d);
  fillNormal(along('bonded'), 0, z);
  const samples = samplesOfBonded(z, count, p);
  const group = symmetryGroup(symmetry, samples.slice(0, d), most);
  const chart = bodyChart(target, symmetry, most === undefined ? group.canonical(samples, 2000) : samples);
  const { flow, output } = settingsFor(chart.target, 'quick', { ...tiny, layers: d, masks: 'single', precision });
  const architecture = architectureOf(chart.target, flow);
  const stages = [{ lambda: 1, parameters: bentParameters(architecture, precision, 'particles'), stepSize: 0 }];
  return { inner: (energy) => flowProposal({ target: chart.target, architecture, stages, output }, energy), chart, group };
}

/** Flows that nobody trained, bent at random, about a stage without one. */
function bent(precision: 'float32' | 'float64'): Case {
  const { flow, output } = settingsFor(mixed, 'quick', { ...tiny, precision });
  const architecture = architectureOf(mixed, flow);
  const parametersOf = (name: string): ParameterArray => bentParameters(architecture, precision, name);
  const stages = [parametersOf('first'), null, parametersOf('last')]
    .map((parameters, k) => ({ lambda: [0.2, 0.6, 1][k], parameters, stepSize: 0.1 }));
  const energy = compileEnergy(mixed);
  return {
    name: `flows bent at random, ${precision}`,
    make: () => Promise.resolve({
      proposal: ladderProposal(mixed, { target: mixed, architecture, stages, output }, energy, 1, 0), precision,
      logZ: logZOfMixed(), learned: 0, energies: energiesBy(energy), own: null,
    }),
  };
}

const ladder = { generator: 'ladder', interpolation: 'explicit', lambdas: [0.3, 1] };
const bridge = { path: 'interpolation', hottest: 0.05 };
const adaptive = { ...bridge, generator: 'ladder', interpolation: 'adaptive', targetCess: 0.7 };
const noisy = { ...bridge, sampler: 'resgld', compared: 0, energyDraws: 4, adaptLadder: false };
const automatic = { generator: 'auto', sufficientEss: 0, sufficientCoverage: 0 };
const learned = {
  ...noisy, weights: KIND, weightSteps: 300, weightBatch: 200, weightHidden: 16, weightRate: 0.01, samples: 4000,
};
const double = { precision: 'float64' };

export const proposals: readonly Case[] = [
  bent('float32'), bent('float64'),
  particles(3, 2, 'float32'), particles(3, 3, 'float64'),
  simple('one flow', mixed, { sampler: 'tempering' }),
  simple('one flow from a lattice', mixed, { sampler: 'tempering', ...double, baseSampling: 'lattice' }),
  simple('one flow of the plane', plane, { ...automatic, activation: 'relu' }),
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
