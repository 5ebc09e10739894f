/** Phase one on noisy energies: replica-exchange SGLD, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../engine/random.ts';
import { storedFigure } from '../records/figure.ts';
import {
  noiseSchema, parallelTemperingSchema, type NoiseSummary, type ParallelTemperingSummary, type Warning
} from '../records/record.ts';
import { withPauses, type Pause } from '../pausing.ts';
import { chainFunctions, mixingSteps } from '../samplers/diagnostics.ts';
import { communicationBarrier, interpolationLadder } from '../samplers/ladder.ts';
import { Resgld, type ResgldSnapshot } from '../samplers/resgld.ts';
import { baseEnergies } from '../targets/base.ts';
import { checkReach } from '../targets/confinement.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../targets/noisyEvaluator.ts';
import type { Target } from '../targets/target.ts';
import { energiesOf } from '../training/evaluation.ts';
import type { TrainingData } from '../training/trainer.ts';
import { fixedLambdas } from './interpolation.ts';
import { checkStored, type JournalArray, type Surroundings } from './journal.ts';
import { pace } from './pace.ts';
import { float64, pathStride, type TemperedSamples } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { checkAllEnergies } from './storedEnergies.ts';

export interface NoisySamplingOptions {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  /** What samples are labelled with: the energy, or means of noisy values. */
  readonly labels: EnergyEvaluator;
  /** The same for samples of this index and on. */
  readonly labelsFrom: (first: number) => EnergyEvaluator;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** Samples of the rungs, labelled with energies that may be means of noisy ones. */
export interface NoisySamples extends TemperedSamples {
  readonly noise: NoiseSummary['sampler'];
  /** Evaluations of the sampler, noisy and of the energy itself, and points that were labelled. */
  readonly evaluations: number;
  readonly fullEvaluations: number;
  readonly labelled: number;
  /** Samples of exp(−U_λ) with the labels of U_λ; λ = 1, or a stage's of the ladder. */
  readonly at: (lambda: number) => TrainingData;
}

const samplesSchema = z.object({
  summary: parallelTemperingSchema, noise: noiseSchema.shape.sampler, evaluations: z.number(),
  fullEvaluations: z.number(), labelled: z.number(), lambdas: z.array(z.number())
});
const checkpointSchema =
  z.object({ seconds: z.number(), state: z.record(z.string(), z.union([z.number(), z.string()])) });

/** λ of the stages: a single one for one flow. */
export const stageLambdas = (settings: Settings): number[] =>
  (settings.generator === 'ladder' ? (fixedLambdas(settings) ?? [1]) : [1]);

/** Rungs: the stages' own λ, or geometric ones. */
function rungsOf(settings: Settings): number[] {
  const stages = stageLambdas(settings);
  return stages.length > 1 ? [0, ...stages]
    : Array.from(interpolationLadder(settings.hottest, Math.max(2, settings.replicas)));
}

const DEFAULT_STEP = 0.01;
const FEW_TRIPS = 20;

/** @throws Interrupted when asked to stop */
export async function runResgld(options: NoisySamplingOptions): Promise<NoisySamples> {
  const { target, noisy, labels, settings, key, surroundings } = options;
  const { journal, emit } = surroundings;
  const { dimension: d, base } = target;
  const rungs = rungsOf(settings);
  const ladder = stageLambdas(settings).length > 1;
  const finished = journal.phase('pt');
  const finishedPath = ladder ? journal.phase('path') : null;
  if (finished !== null && (!ladder || finishedPath !== null)) {
    emit({ kind: 'phase', phase: 'pt', resumed: true });
    const { summary, noise, evaluations, fullEvaluations, labelled, lambdas } =
      checkStored(samplesSchema, finished.json, 'samples of reSGLD');
    const cold = { positions: float64(finished.arrays['positions']), energies: float64(finished.arrays['energies']) };
    checkAllEnergies({ ...cold, name: target.name, labels: options.labelsFrom, precision: 'float64' });
    const path = finishedPath === null ? null : {
      positions: float64(finishedPath.arrays['positions']), differences: float64(finishedPath.arrays['differences']),
    };
    return withRungs(options, cold, lambdas, path, { summary, noise, evaluations, fullEvaluations, labelled });
  }
  const stride = ladder ? pathStride(settings, rungs.length, d) : 0;
  const run = new Resgld({
    noisy, base, lambdas: rungs, ladders: settings.ladders,
    stepSize: settings.stepSize > 0 ? settings.stepSize : DEFAULT_STEP, stepsPerRound: settings.stepsPerRound,
    warmupRounds: settings.warmupRounds, thinning: settings.thinning, rounds: settings.rounds,
    draws: settings.gradientDraws, swapCorrection: settings.swapCorrection, trackSwapNoise: settings.trackSwapNoise,
    heating: settings.heating, controlVariates: settings.controlVariates, adaptLadder: settings.adaptLadder && !ladder,
    stride, key,
  });
  const checkpoint = journal.checkpoint('pt');
  let before = 0;
  if (checkpoint !== null) {
    const { seconds, state } = checkStored(checkpointSchema, checkpoint.json, 'sampling under way');
    before = seconds;
    run.restore({
      json: state,
      arrays: Object.fromEntries(
        Object.entries(checkpoint.arrays).map(([name, { data }]) => [name, data])
      ) as ResgldSnapshot['arrays']
    });
  }
  emit({ kind: 'phase', phase: 'pt', resumed: checkpoint !== null });
  const clock = pace(surroundings, before);
  const save = (): void => {
    const { json, arrays } = run.snapshot();
    journal.saveCheckpoint('pt', {
      json: { seconds: clock.seconds(), state: json },
      arrays: Object.fromEntries(Object.entries(arrays).map(
        ([name, data]): [string, JournalArray] => [name, { dtype: 'float64', shape: [data.length], data }]
      ))
    });
  };
  const report = (): void => {
    const { phase: stage, round, rounds, smallestSwapRate, roundTrips } = run.progress;
    emit({ kind: 'sampling', stage, done: round, total: rounds, smallestSwapRate, roundTrips });
  };
  while (run.progress.phase !== 'done') {
    await clock.tick(report, save);
    run.advance(1);
  }
  report();
  const result = run.result();
  checkReach(target, result.positions);
  const energies = new Float64Array(result.positions.length / d);
  const pause = (): Promise<void> => clock.tick(report, save);
  await energiesOf(labels, result.positions, energies.length, energies, pause);
  const path = ladder
    ? { positions: result.rungPositions, differences: await differencesOf(options, result.rungPositions, pause) }
    : null;
  const { noise } = result;
  const summary: ParallelTemperingSummary = {
    seconds: clock.seconds(),
    kernel: 'sgld',
    ladders: settings.ladders,
    rounds: settings.rounds,
    warmupRounds: settings.warmupRounds,
    samples: energies.length,
    inverseTemperatures: Array.from(result.lambdas),
    stepSizes: Array.from(result.stepSizes),
    acceptanceRates: rungs.map(() => null),
    swapRates: result.swapRates.map(storedFigure),
    roundTrips: result.roundTrips,
    barrier: storedFigure(communicationBarrier(result.swapRates)),
    ...await withPauses(
      mixingSteps(chainFunctions(target.domain, result.positions, energies, settings.ladders), settings.ladders), pause
    ),
    nonFinite: result.nonFinite,
    logZ: null,
  };
  const own = {
    summary, evaluations: result.evaluations, fullEvaluations: result.fullEvaluations,
    labelled: energies.length + (path?.differences.length ?? 0),
    noise: {
      draws: settings.gradientDraws, swapCorrection: settings.swapCorrection, tracked: settings.trackSwapNoise,
      swapDeviations: noise.swapDeviations.map(storedFigure),
      gradientDeviations: noise.gradientDeviations.map(storedFigure), heating: noise.heating.map(storedFigure),
    },
  };
  if (path !== null) {
    journal.finishPhase('path', {
      json: { rows: result.rows, ladders: settings.ladders, lambdas: Array.from(result.lambdas) },
      arrays: {
        positions: { dtype: 'float64', shape: [result.rows, settings.ladders, rungs.length, d], data: path.positions },
        differences: { dtype: 'float64', shape: [result.rows, settings.ladders, rungs.length], data: path.differences },
      },
    });
  }
  journal.finishPhase('pt', {
    json: { ...own, lambdas: Array.from(result.lambdas) },
    arrays: { positions: { dtype: 'float64', shape: [energies.length, d], data: result.positions }, energies: {
      dtype: 'float64', shape: [energies.length], data: energies
    } },
  });
  return withRungs(options, { positions: result.positions, energies }, Array.from(result.lambdas), path, own);
}

/** D = U1 − U0 of points, as labelled. */
async function differencesOf(
  { target, labels }: NoisySamplingOptions, positions: Float64Array, pause: Pause
): Promise<Float64Array> {
  const n = positions.length / target.dimension;
  const [u1, u0] = [new Float64Array(n), new Float64Array(n)];
  await energiesOf(labels, positions, n, u1, pause);
  baseEnergies(target.base, positions, n, u0);
  return u1.map((value, i) => value - u0[i]);
}

type Own = Pick<NoisySamples, 'summary' | 'noise' | 'evaluations' | 'fullEvaluations' | 'labelled'>;

function withRungs(
  { target }: NoisySamplingOptions, cold: { positions: Float64Array; energies: Float64Array },
  lambdas: readonly number[], path: { positions: Float64Array; differences: Float64Array } | null, own: Own
): NoisySamples {
  const d = target.dimension;
  const rungs = lambdas.length;
  return {
    ...cold, ...own, warnings: samplingWarnings(own.summary, own.noise),
    at: (lambda) => {
      if (lambda === 1) return { samples: cold.positions, energies: cold.energies };
      const rung = lambdas.indexOf(lambda);
      if (path === null || rung < 0) throw new Error(`no samples were kept at λ = ${lambda}`);
      const n = path.differences.length / rungs;
      const samples = new Float64Array(n * d);
      const energies = new Float64Array(n);
      for (let i = 0; i < n; i++)
        samples.set(path.positions.subarray((i * rungs + rung) * d, (i * rungs + rung + 1) * d), i * d);
      baseEnergies(target.base, samples, n, energies);
      for (let i = 0; i < n; i++) energies[i] += lambda * path.differences[i * rungs + rung];
      return { samples, energies };
    },
  };
}

function samplingWarnings({ roundTrips, swapRates, nonFinite }: ParallelTemperingSummary, { heating }: NoiseSummary[
  'sampler'
]): Warning[] {
  const warnings: Warning[] = [];
  const least = Math.min(...swapRates.map((rate) => rate ?? 0));
  if (roundTrips < FEW_TRIPS) warnings.push({
    code: 'few-round-trips', severity: 'warning',
    message: `Only ${roundTrips} replicas went from cold to hot and back: reSGLD may not have found every mode. Run `
      + 'more rounds, or more replicas.'
  });
  if (least < 0.05) warnings.push({
    code: 'poor-ladder', severity: 'warning',
    message: `A pair of rungs swaps only ${(100 * least).toPrecision(2)} % of the time: the noise of its log ratio is `
      + 'large. Take more replicas, or average more draws (gradientDraws).'
  });
  const hottest = Math.max(...heating.map((share) => share ?? 0));
  if (hottest > 0.2) warnings.push({
    code: 'heated-rungs', severity: 'note',
    message: `The noise of the gradients heats a rung by ${(100 * hottest).toPrecision(2)} %: samples are too wide by `
      + 'so much. Lower stepSize or heating, or average more draws (gradientDraws).'
  });
  if (nonFinite > 0) warnings.push({
    code: 'non-finite-energy', severity: 'note',
    message: `${nonFinite} steps or swaps of reSGLD met a value that is not finite and were left out.`
  });
  return warnings;
}
