/**
 * The sequential generator: particles go from the base to the target along U_λ, one flow a stage, with weights,
 * resampling
 * and Langevin moves; then fresh base samples go through all of it (arXiv 2604.05303; Del Moral, Doucet & Jasra 2006).
 */
import { foldIn, type Key } from '../engine/random.ts';
import type { Architecture } from '../flows/architecture.ts';
import { storedEstimate, storedFigure } from '../records/figure.ts';
import type { LadderSummary, StageSummary, TrainingSummary, Warning } from '../records/record.ts';
import { Rejuvenation } from '../samplers/rejuvenate.ts';
import { sampleBase } from '../targets/base.ts';
import { compileEnergy } from '../targets/compile.ts';
import type { EnergyEvaluator } from '../targets/energyEvaluator.ts';
import { differenceTarget } from '../targets/path.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { Ensemble } from './ensemble.ts';
import { generateFresh } from './freshSamples.ts';
import { FIRST_STEP, fixedLambdas, MOST_STAGES } from './interpolation.ts';
import { Interrupted, type Journal, type Surroundings } from './journal.ts';
import type { LadderSource, LadderStage } from './ladderChain.ts';
import { LadderFailure } from './ladderFailure.ts';
import type { LadderContext, LadderState } from './ladderState.ts';
import { modeLabels } from './pointValues.ts';
import { essOf, logZOfGroups, massesOfGroups } from './particles.ts';
import { cumulatedBarrier, interpolated, malaStepSizes } from './pathFigures.ts';
import { poolPath, type FiniteShare, type Pool } from './pathSamples.ts';
import { runPathTempering } from './samplingPhase.ts';
import type { Settings } from './settings.ts';
import { runStage } from './stage.ts';
import { samplesOfStages, type StageSamples } from './stageSamples.ts';
import type { Bank } from '../verdict/support.ts';
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
  /**
   * Where the stages' training samples come from; default: tempering along the path. Its free energies stay
   * tempering's.
   */
  readonly training?: Pick<Pool, 'sample' | 'effectiveSize'>;
  /** Of the stages, and of the fresh samples; default: the journal of the surroundings. */
  readonly stageJournal?: Journal;
}

export interface SequentialResult {
  readonly ladder: LadderSummary;
  readonly stages: readonly LadderStage[];
  /** What fresh samples are drawn from. */
  readonly source: LadderSource;
  readonly samples: readonly StageSamples[];
  /** Of the last stage. */
  readonly training: TrainingSummary;
  /** Fresh base samples through all stages, with freshRejuvenation moves between them. */
  readonly ensemble: Ensemble;
  /** What its stages warn of. */
  readonly warnings: readonly Warning[];
  /** Tempering along the path, where it was a run of its own. */
  readonly bank: Bank | null;
}

/** Particles per call of the Langevin moves. */
const MOVED_TOGETHER = 4096;
/** Base points that tell where D is finite. */
const BASE_POINTS = 65_536;

/** How much of the base tempering can visit, from points of its own: its log Z is to know nothing of the particles. */
function finiteShare({ base, dimension }: Target, difference: EnergyEvaluator, key: Key): FiniteShare {
  const points = new Float64Array(BASE_POINTS * dimension);
  const values = new Float64Array(BASE_POINTS);
  sampleBase(base, key, 0, BASE_POINTS, points);
  difference.energies(points, BASE_POINTS, values);
  return { finite: values.filter(Number.isFinite).length, of: BASE_POINTS };
}

export async function runSequential(options: SequentialOptions): Promise<SequentialResult> {
  const { target, energy, architecture, settings, key } = options;
  const tempering = await runPathTempering(
    { target, energy, settings, key: foldIn(key, 'path tempering'), surroundings: options.surroundings }
  );
  const surroundings = { ...options.surroundings, journal: options.stageJournal ?? options.surroundings.journal };
  const threads = settings.threads === 0 ? undefined : settings.threads;
  const points = new Float64Array(settings.particles * target.dimension);
  sampleBase(target.base, foldIn(key, 'particles'), 0, settings.particles, points);
  const difference = compileEnergy(differenceTarget(target));
  const tempered = poolPath(
    tempering.path, target.base, settings.heldOut, finiteShare(target, difference, foldIn(key, 'finite share'))
  );
  const pool = { ...tempered, ...options.training };
  const context: LadderContext = {
    target, energy, architecture, settings, pool, key, surroundings,
    rejuvenation: new Rejuvenation(difference, target.base, Math.min(MOVED_TOGETHER, settings.particles), threads),
    stepSize: settings.rejuvenationStepSize > 0 ? () =>
      settings.rejuvenationStepSize : interpolated(tempering.path.lambdas, malaStepSizes(tempering.summary)),
    share: interpolated(tempering.path.lambdas, cumulatedBarrier(tempering.summary)),
  };
  let state: LadderState = {
    particles: { points, logWeights: new Float64Array(settings.particles) }, lambda: 0, initial: null, step: FIRST_STEP
  };
  const fixed = fixedLambdas(settings);
  const stages: LadderStage[] = [];
  const summaries: StageSummary[] = [];
  let training: TrainingSummary | null = null;
  try {
    while (state.lambda < 1) {
      const index = stages.length + 1;
      if (surroundings.signal.aborted) throw new Interrupted('stopped on request');
      if (index > MOST_STAGES) throw new LadderFailure(
        `the ladder has ${MOST_STAGES} stages and has come to λ = ${state.lambda.toPrecision(4)} only; they `
          + 'are kept. Lower targetCess, or train the stages longer (stageSteps)'
      );
      const result = await runStage(context, state, index, fixed === null ? null : fixed[index - 1]);
      ({ state, training } = result);
      stages.push(result.stage);
      summaries.push(result.summary);
    }
  } finally {
    context.rejuvenation.dispose();
  }
  if (training === null) throw new Error('a ladder has at least one stage');
  // Where tempering went along the path from the start, it is judged already.
  const bank = settings.path === 'interpolation' ? null
    : { name: 'tempering along the path', summary: tempering.summary, warnings: tempering.warnings };
  const source: LadderSource = { target, energy, architecture, stages, settings };
  const fresh = await generateFresh({ ...options, surroundings }, source);
  const { modes } = target;
  const { logWeights } = state.particles;
  const ladder: LadderSummary = {
    seconds: summaries.reduce((sum, { seconds }) => sum + seconds, fresh.seconds),
    interpolation: settings.interpolation,
    particles: settings.particles,
    groups: settings.groups,
    stages: summaries,
    tempering: settings.path === 'interpolation' ? null : tempering.summary,
    logZ: storedEstimate(logZOfGroups(logWeights, settings.groups)),
    modes: modes === undefined ? [] : massesOfGroups(
      modeLabels(target, state.particles.points, modes.assign), modes.names.length, logWeights, settings.groups
    ).map((mass, k) => ({ name: modes.names[k], ...storedEstimate(mass) })),
    fresh: {
      samples: settings.samples, ess: storedFigure(fresh.plain.ess),
      essRejuvenated: settings.freshRejuvenation === 0 ? null : storedFigure(essOf(fresh.logWeights)),
      rejuvenationSteps: settings.freshRejuvenation
    },
  };
  return {
    ladder, stages, samples: samplesOfStages(surroundings.journal, summaries), training, ensemble: fresh, bank, source,
    warnings: [...(pool.settled ? [] : [unsettledPool]), ...stageWarnings(ladder, settings.targetCess)]
  };
}

