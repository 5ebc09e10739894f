/**
 * The sequential generator: particles go from the base to the target along U_λ, one flow a stage, with weights, resampling
 * and Langevin moves; then fresh base samples go through all of it (arXiv 2604.05303; Del Moral, Doucet & Jasra 2006).
 */
import { z } from 'zod';
import { foldIn, type Key } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import type { Architecture } from '../flows/architecture.ts';
import type { LadderSummary, ParallelTemperingSummary, StageSummary, TrainingSummary, Warning } from '../records/record.ts';
import { kernels, type KernelName } from '../samplers/kernels.ts';
import { Rejuvenation } from '../samplers/rejuvenate.ts';
import { sampleBase } from '../targets/base.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { differenceTarget } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { Ensemble } from './ensemble.ts';
import { FIRST_STEP, fixedLambdas, MOST_STAGES } from './interpolation.ts';
import { checkStored, Interrupted, type Surroundings } from './journal.ts';
import { pullBackLadder, streamLadder, type LadderSource, type LadderStage } from './ladderChain.ts';
import type { LadderContext, LadderState } from './ladderState.ts';
import { modeLabels } from './modeLabels.ts';
import { pace } from './pace.ts';
import { essOf, logZOfGroups, massesOfGroups } from './particles.ts';
import { poolPath } from './pathSamples.ts';
import { float64, runPathTempering } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { runStage } from './stage.ts';
import { stageWarnings, unsettledPool } from './warnings.ts';

export interface SequentialOptions {
  readonly target: Target;
  readonly energy: EnergyEvaluator;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Target samples that no stage was trained on, for the forward ESS. */
  readonly heldOut: TrainingData;
}

/** What a stage leaves. */
export interface StageSamples {
  readonly stage: number;
  readonly lambda: number;
  /** PT samples of its λ that it was trained on [m, d]. */
  readonly pt: Float64Array;
  /** Particles after it [n, d], with their log-weights [n]. */
  readonly particles: Float64Array;
  readonly logWeights: Float64Array;
}

export interface SequentialResult {
  readonly ladder: LadderSummary;
  readonly stages: readonly LadderStage[];
  readonly samples: readonly StageSamples[];
  /** Of the last stage. */
  readonly training: TrainingSummary;
  /** Fresh base samples through all stages, with freshRejuvenation moves between them. */
  readonly ensemble: Ensemble;
  readonly warnings: readonly Warning[];
}

/** Particles per call of the Langevin moves. */
const MOVED_TOGETHER = 4096;
/** Fresh samples for the figure without moves, at most. */
const WITHOUT_MOVES = 50_000;

const freshSchema = z.object({ seconds: z.number(), ess: z.number() });

export async function runSequential(options: SequentialOptions): Promise<SequentialResult> {
  const { target, energy, architecture, settings, key, surroundings } = options;
  const tempering = await runPathTempering({ target, energy, settings, key: foldIn(key, 'path tempering'), surroundings });
  const threads = settings.threads === 0 ? undefined : settings.threads;
  const points = new Float64Array(settings.particles * target.dimension);
  sampleBase(target.base, foldIn(key, 'particles'), 0, settings.particles, points);
  const difference = compileEnergy(differenceTarget(target));
  const atBase = new Float64Array(settings.particles);
  difference.energies(points, settings.particles, atBase);
  const pool = poolPath(tempering.path, target.base, settings.heldOut, atBase.filter(Number.isFinite).length / settings.particles);
  const context: LadderContext = {
    target, energy, architecture, settings, pool, key, surroundings,
    rejuvenation: new Rejuvenation(difference, target.base, Math.min(MOVED_TOGETHER, settings.particles), threads),
    stepSize: settings.rejuvenationStepSize > 0 ? () => settings.rejuvenationStepSize : interpolated(tempering.path.lambdas, malaStepSizes(tempering.summary)),
    share: interpolated(tempering.path.lambdas, cumulatedBarrier(tempering.summary)),
  };
  let state: LadderState = { particles: { points, logWeights: new Float64Array(settings.particles) }, lambda: 0, initial: null, step: FIRST_STEP };
  const fixed = fixedLambdas(settings);
  const stages: LadderStage[] = [];
  const summaries: StageSummary[] = [];
  let training: TrainingSummary | null = null;
  while (state.lambda < 1) {
    const index = stages.length + 1;
    if (surroundings.signal.aborted) throw new Interrupted('stopped on request');
    if (index > MOST_STAGES) throw new InputError(`the ladder has ${MOST_STAGES} stages and has come to λ = ${state.lambda.toPrecision(4)} only; they are kept. Lower targetCess, or train the stages longer (stageSteps)`);
    const result = await runStage(context, state, index, fixed === null ? null : fixed[index - 1]);
    ({ state, training } = result);
    stages.push(result.stage);
    summaries.push(result.summary);
  }
  if (training === null) throw new Error('a ladder has at least one stage');
  // Where tempering went along the path from the start, its warnings are told already.
  const ownWarnings = settings.path === 'interpolation' ? [] : tempering.warnings;
  const source: LadderSource = { target, energy, architecture, stages, settings };
  const fresh = await generateFresh(options, source);
  const { modes } = target;
  const { logWeights } = state.particles;
  const ladder: LadderSummary = {
    seconds: summaries.reduce((sum, { seconds }) => sum + seconds, fresh.ensemble.seconds),
    interpolation: settings.interpolation,
    particles: settings.particles,
    groups: settings.groups,
    stages: summaries,
    logZ: estimate(logZOfGroups(logWeights, settings.groups)),
    modes: modes === undefined ? [] : massesOfGroups(modeLabels(target, state.particles.points, modes.assign), modes.names.length, logWeights, settings.groups).map((mass, k) => ({ name: modes.names[k], ...estimate(mass) })),
    fresh: { samples: settings.samples, ess: fresh.ess, essRejuvenated: settings.freshRejuvenation === 0 ? null : figure(essOf(fresh.ensemble.logWeights)), rejuvenationSteps: settings.freshRejuvenation },
  };
  return { ladder, stages, samples: samplesOfStages(options, summaries), training, ensemble: fresh.ensemble, warnings: [...ownWarnings, ...(pool.settled ? [] : [unsettledPool]), ...stageWarnings(ladder)] };
}

/** Read back from the journal, and thinned: all stages of a long ladder are too much to hold. */
function samplesOfStages({ surroundings }: SequentialOptions, summaries: readonly StageSummary[]): StageSamples[] {
  return summaries.flatMap(({ stage, lambda }) => {
    const journal = surroundings.journal.stage(stage);
    const [pt, particles] = [journal.phase('pt'), journal.phase('particles')];
    if (pt === null || particles === null) return [];
    return [thinStage({ stage, lambda, pt: float64(pt.arrays['positions']), particles: float64(particles.arrays['samples']), logWeights: float64(particles.arrays['logWeights']) })];
  });
}

/** Rows of a stage's samples that are kept for showing. */
const SHOWN = 4000;

/** Every k-th row, so that no more are left than can be seen. */
export function thinStage(stage: StageSamples): StageSamples {
  const d = stage.particles.length / stage.logWeights.length;
  const thin = (points: Float64Array, width: number): Float64Array => {
    const n = points.length / width;
    const every = Math.max(1, Math.ceil(n / SHOWN));
    return points.filter((_, at) => Math.floor(at / width) % every === 0);
  };
  return { ...stage, pt: thin(stage.pt, d), particles: thin(stage.particles, d), logWeights: thin(stage.logWeights, 1) };
}

const figure = (value: number): number | null => (Number.isFinite(value) ? value : null);
const estimate = ({ value, standardError }: { readonly value: number; readonly standardError: number }): { value: number | null; standardError: number | null } => ({ value: figure(value), standardError: figure(standardError) });

/** The weighted samples of the run, a phase of the last stage's folder. */
async function generateFresh({ target, settings, key, surroundings, heldOut }: SequentialOptions, source: LadderSource): Promise<{ ensemble: Ensemble; ess: number | null }> {
  const { emit } = surroundings;
  const journal = surroundings.journal.stage(source.stages.length);
  const finished = journal.phase('fresh');
  emit({ kind: 'phase', phase: 'fresh', resumed: finished !== null });
  if (finished !== null) {
    const { samples, logWeights, heldOutLogWeights } = finished.arrays;
    const { seconds, ess } = checkStored(freshSchema, finished.json, 'fresh samples');
    return { ensemble: { samples: float64(samples), logWeights: float64(logWeights), heldOutLogWeights: float64(heldOutLogWeights), seconds }, ess };
  }
  const clock = pace(surroundings, 0);
  const n = settings.samples;
  const d = target.dimension;
  const withMoves = settings.freshRejuvenation > 0;
  const plain = withMoves ? Math.min(n, WITHOUT_MOVES) : 0;
  const freshKey = foldIn(key, 'fresh');
  const collect = async (moves: number, count: number, done: number): Promise<{ samples: Float64Array; logWeights: Float64Array }> => {
    const samples = new Float64Array(count * d);
    const logWeights = new Float64Array(count);
    for await (const piece of streamLadder(source, freshKey, moves, count)) {
      samples.set(piece.samples, piece.first * d);
      logWeights.set(piece.logWeights, piece.first);
      await clock.tick(() => emit({ kind: 'generation', done: done + piece.first + piece.count, total: n + plain }), () => undefined);
    }
    return { samples, logWeights };
  };
  const { samples, logWeights } = await collect(settings.freshRejuvenation, n, 0);
  const ess = essOf(plain === 0 ? logWeights : (await collect(0, plain, n)).logWeights);
  const seconds = clock.seconds();
  const heldOutLogWeights = await pullBackLadder(source, heldOut);
  journal.finishPhase('fresh', {
    json: { seconds, ess },
    arrays: {
      samples: { dtype: 'float64', shape: [n, d], data: samples },
      logWeights: { dtype: 'float64', shape: [n], data: logWeights },
      heldOutLogWeights: { dtype: 'float64', shape: [heldOutLogWeights.length], data: heldOutLogWeights },
    },
  });
  return { ensemble: { samples, logWeights, heldOutLogWeights, seconds }, ess };
}

/** A leapfrog step of length ε is a Langevin step of time ε²/2. */
const malaStepSizes = ({ kernel, stepSizes }: ParallelTemperingSummary): number[] =>
  (kernels[kernel as KernelName].stepSizeUnit === 'length' ? stepSizes.map((length) => length ** 2 / 2) : stepSizes);

/** Cumulated rejection of the rungs' swaps, from 0 to 1: how much of the way lies below each λ. */
function cumulatedBarrier({ swapRates }: ParallelTemperingSummary): number[] {
  const barrier = [0];
  for (const rate of swapRates) barrier.push(barrier[barrier.length - 1] + 1 - (rate ?? 0) + 1e-6);
  return barrier.map((value) => value / barrier[barrier.length - 1]);
}

/** Piecewise linear through (x_k, y_k), x increasing; constant outside. */
function interpolated(x: ArrayLike<number>, y: readonly number[]): (at: number) => number {
  return (at) => {
    let k = 0;
    while (k + 2 < x.length && at > x[k + 1]) k++;
    const t = Math.min(1, Math.max(0, (at - x[k]) / (x[k + 1] - x[k])));
    return y[k] + t * (y[k + 1] - y[k]);
  };
}
