/** Replica-exchange SGLD on noisy energies, with progress, checkpoints and resume. */
import { z } from 'zod';
import type { Key } from '../../engine/random.ts';
import { withPauses, type Pause } from '../../pausing.ts';
import { storedFigure } from '../../records/figure.ts';
import {
  noiseSchema, parallelTemperingSchema, type NoiseSummary, type ParallelTemperingSummary,
} from '../../records/record.ts';
import { chainFunctions, mixingSteps } from '../../samplers/diagnostics.ts';
import { communicationBarrier, interpolationLadder } from '../../samplers/ladder.ts';
import { Resgld, type ResgldResult } from '../../samplers/resgld.ts';
import type { NoiseSettings } from '../../settings/noise.ts';
import type { SamplingSettings } from '../../settings/sampling.ts';
import { baseEnergies } from '../../targets/base.ts';
import { checkReach } from '../../targets/confinement.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import type { NoisyEvaluator } from '../../targets/noisyEvaluator.ts';
import type { Target } from '../../targets/target.ts';
import { energiesOf } from '../../training/evaluation.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { TemperedSamples } from '../../verdict/samples.ts';
import { resgldWarnings } from '../../verdict/warnings.ts';
import { checkStored, type Piece, type Surroundings } from '../journal.ts';
import { arrayOf, float64, phase, pointArrays, type Finished } from '../phase.ts';
import type { Pace } from '../pace.ts';
import { splitData, type Bank } from './bank.ts';
import { checkAllEnergies } from '../../targets/storedEnergies.ts';
import { chainsUnderWay } from './chains.ts';
import { bridgeStride } from './tempering.ts';

export interface ResgldOptions {
  readonly target: Target;
  readonly noisy: NoisyEvaluator;
  /** What samples of this index and on are labelled with: the energy, or means of noisy values. */
  readonly labelsFrom: (first: number) => EnergyEvaluator;
  readonly sampling: SamplingSettings;
  readonly noise: NoiseSettings;
  /** λ of the stages: a single one for one flow. */
  readonly lambdas: readonly number[];
  /** PT samples that a stage is trained on. */
  readonly stageSamples: number;
  readonly key: Key;
  readonly surroundings: Surroundings;
}

/** Samples of the target, labelled with energies that may be means of noisy ones. */
export interface ResgldSamples extends TemperedSamples {
  readonly noise: NoiseSummary['sampler'];
  /** Evaluations of the sampler, noisy and of the energy itself, and points that were labelled. */
  readonly evaluations: number;
  readonly fullEvaluations: number;
  readonly labelled: number;
  /** Samples of exp(−U_λ) with the labels of U_λ; λ = 1, or a stage's of the ladder. */
  readonly at: (lambda: number) => TrainingData;
}

type Figures = Pick<ResgldSamples, 'summary' | 'noise' | 'evaluations' | 'fullEvaluations' | 'labelled'>;

/** Of all rungs, where there is more than one stage. */
interface Bridge {
  readonly positions: Float64Array;
  readonly differences: Float64Array;
}

const samplesSchema = z.object({
  summary: parallelTemperingSchema, noise: noiseSchema.shape.sampler, evaluations: z.number(),
  fullEvaluations: z.number(), labelled: z.number(), lambdas: z.array(z.number()),
});

const DEFAULT_STEP = 0.01;

/** Rungs: the stages' own λ, or geometric ones. */
const rungsOf = ({ lambdas, sampling }: ResgldOptions): number[] =>
  (isLadder(lambdas) ? [0, ...lambdas] : Array.from(
    interpolationLadder(sampling.hottest, Math.max(2, sampling.replicas))
  ));

const isLadder = (lambdas: readonly number[]): boolean => lambdas.length > 1;

/** @throws Interrupted when asked to stop */
export async function runResgld(options: ResgldOptions): Promise<ResgldSamples> {
  const { target, labelsFrom, lambdas, surroundings } = options;
  const { journal } = surroundings;
  const path = isLadder(lambdas) ? journal.phase('path') : null;
  const read = ({ json, arrays }: Piece): ResgldSamples => {
    const { lambdas: rungs, ...figures } = checkStored(samplesSchema, json, 'samples of reSGLD');
    const cold = { positions: float64(arrays['positions']), energies: float64(arrays['energies']) };
    checkAllEnergies({ ...cold, name: target.name, labels: labelsFrom, precision: 'float64' });
    const bridge = path === null ? null
      : { positions: float64(path.arrays['positions']), differences: float64(path.arrays['differences']) };
    return withRungs(target, cold, rungs, bridge, figures);
  };
  const compute = (): Promise<Finished<ResgldSamples>> => sampled(options);
  if (!isLadder(lambdas) || path !== null) return phase(surroundings, 'pt', { read, compute });
  // Samples whose rungs are lost are of no use to a ladder.
  const { value, piece } = await compute();
  journal.finishPhase('pt', piece);
  return value;
}

async function sampled(options: ResgldOptions): Promise<Finished<ResgldSamples>> {
  const { target, labelsFrom, lambdas, sampling, surroundings } = options;
  const { dimension: d } = target;
  const { result, clock, pause } = await sample(options);
  const labels = labelsFrom(0);
  checkReach(target, result.positions);
  const energies = new Float64Array(result.positions.length / d);
  await energiesOf(labels, result.positions, energies.length, energies, pause);
  const bridge = !isLadder(lambdas) ? null
    : {
      positions: result.rungPositions, differences: await differencesOf(target, labels, result.rungPositions, pause)
    };
  const summary = await summaryOf(options, result, energies, clock, pause);
  const labelled = energies.length + (bridge?.differences.length ?? 0);
  const figures = { ...figuresOf(options, result), summary, labelled };
  const rungs = Array.from(result.lambdas);
  if (bridge !== null) {
    const shape = [result.rows, sampling.ladders, rungs.length];
    surroundings.journal.finishPhase('path', {
      json: { rows: result.rows, ladders: sampling.ladders, lambdas: rungs },
      arrays: {
        positions: arrayOf(bridge.positions, [...shape, d]), differences: arrayOf(bridge.differences, shape),
      },
    });
  }
  const { positions } = result;
  return {
    value: withRungs(target, { positions, energies }, rungs, bridge, figures),
    piece: { json: { ...figures, lambdas: rungs }, arrays: pointArrays(positions, d, { energies }, 'positions') },
  };
}

/** Rounds until all are done, from where the journal's checkpoint left off. */
async function sample(options: ResgldOptions): Promise<{ result: ResgldResult; clock: Pace; pause: Pause }> {
  const { target, noisy, sampling, noise, lambdas, stageSamples, key, surroundings } = options;
  const rungs = rungsOf(options);
  const ladder = isLadder(lambdas);
  const run = new Resgld({
    noisy, base: target.base, lambdas: rungs, ladders: sampling.ladders,
    stepSize: sampling.stepSize > 0 ? sampling.stepSize : DEFAULT_STEP, stepsPerRound: sampling.stepsPerRound,
    warmupRounds: sampling.warmupRounds, thinning: noise.thinning, rounds: sampling.rounds, draws: noise.gradientDraws,
    swapCorrection: noise.swapCorrection, trackSwapNoise: noise.trackSwapNoise, heating: noise.heating,
    controlVariates: noise.controlVariates, adaptLadder: sampling.adaptLadder && !ladder,
    stride: ladder ? bridgeStride(sampling, stageSamples, rungs.length, target.dimension) : 0, key,
  });
  const { clock, report, pause } = chainsUnderWay(run, 'pt', 'sampling under way', surroundings);
  while (run.progress.phase !== 'done') {
    await pause();
    run.advance(1);
  }
  report();
  return { result: run.result(), clock, pause };
}

async function summaryOf(
  { target, sampling }: ResgldOptions, result: ResgldResult, energies: Float64Array, clock: Pace, pause: Pause,
): Promise<ParallelTemperingSummary> {
  const { ladders, rounds, warmupRounds } = sampling;
  const seconds = clock.seconds();
  const functions = chainFunctions(target.domain, result.positions, energies, ladders);
  return {
    seconds,
    kernel: 'sgld',
    ladders,
    rounds,
    warmupRounds,
    samples: energies.length,
    inverseTemperatures: Array.from(result.lambdas),
    stepSizes: Array.from(result.stepSizes),
    acceptanceRates: Array.from(result.lambdas, () => null),
    swapRates: result.swapRates.map(storedFigure),
    roundTrips: result.roundTrips,
    barrier: storedFigure(communicationBarrier(result.swapRates)),
    ...await withPauses(mixingSteps(functions, ladders), pause),
    nonFinite: result.nonFinite,
    logZ: null,
  };
}

function figuresOf({ noise }: ResgldOptions, result: ResgldResult): Omit<Figures, 'summary' | 'labelled'> {
  const { swapDeviations, gradientDeviations, heating } = result.noise;
  return {
    evaluations: result.evaluations, fullEvaluations: result.fullEvaluations,
    noise: {
      draws: noise.gradientDraws, swapCorrection: noise.swapCorrection, tracked: noise.trackSwapNoise,
      swapDeviations: swapDeviations.map(storedFigure), gradientDeviations: gradientDeviations.map(storedFigure),
      heating: heating.map(storedFigure),
    },
  };
}

/** D = U1 − U0 of points, as labelled. */
async function differencesOf(
  target: Target, labels: EnergyEvaluator, positions: Float64Array, pause: Pause,
): Promise<Float64Array> {
  const n = positions.length / target.dimension;
  const [u1, u0] = [new Float64Array(n), new Float64Array(n)];
  await energiesOf(labels, positions, n, u1, pause);
  baseEnergies(target.base, positions, n, u0);
  return u1.map((value, i) => value - u0[i]);
}

type Cold = Pick<TemperedSamples, 'positions' | 'energies'>;

function withRungs(
  { dimension: d, base }: Target, cold: Cold, lambdas: readonly number[], bridge: Bridge | null, figures: Figures,
): ResgldSamples {
  const rungs = lambdas.length;
  return {
    ...cold, ...figures, warnings: resgldWarnings(figures.summary, figures.noise),
    at: (lambda) => {
      if (lambda === 1) return { samples: cold.positions, energies: cold.energies };
      const rung = lambdas.indexOf(lambda);
      if (bridge === null || rung < 0) throw new Error(`no samples were kept at λ = ${lambda}`);
      const { positions, differences } = bridge;
      const n = differences.length / rungs;
      const samples = new Float64Array(n * d);
      const energies = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        samples.set(positions.subarray((i * rungs + rung) * d, (i * rungs + rung + 1) * d), i * d);
      }
      baseEnergies(base, samples, n, energies);
      for (let i = 0; i < n; i++) energies[i] += lambda * differences[i * rungs + rung];
      return { samples, energies };
    },
  };
}

/** A rung's own samples at every stage. @param change made to them before they are split */
export function resgldBank(
  samples: ResgldSamples, share: number, d: number, change: (data: TrainingData) => TrainingData = (data) => data,
): Bank {
  return {
    sample: (lambda) => splitData(change(samples.at(lambda)), share, d),
    effectiveSize: (lambda) => samples.at(lambda).energies.length,
    logZ: () => null,
  };
}
