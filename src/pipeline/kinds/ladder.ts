/**
 * A ladder of flows on an energy that is known: particles go from the base to the target along U_λ, one flow a stage,
 * with weights, resampling and Langevin moves; then fresh base samples go through all of it (arXiv 2604.05303; Del
 * Moral, Doucet & Jasra 2006).
 */
import { foldIn, type Key } from '../../engine/random.ts';
import type { LadderSummary, StageSummary, Warning } from '../../records/record.ts';
import { fixedLambdas } from '../../settings/lambdas.ts';
import type { Settings } from '../../settings/settings.ts';
import { sampleBase } from '../../targets/base.ts';
import type { EnergyEvaluator } from '../../targets/energyEvaluator.ts';
import { differenceEvaluator } from '../../targets/path.ts';
import type { Target } from '../../targets/target.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { Ensemble } from '../../verdict/ensemble.ts';
import type { Bank as Sampled } from '../../verdict/support.ts';
import { stageWarnings, unsettledPool } from '../../verdict/ladderWarnings.ts';
import { cumulatedBarrier, interpolated, malaStepSizes } from '../../samplers/bridgeFigures.ts';
import { drawnBank, finiteShare, poolPath, type Draws } from '../bank/pool.ts';
import { bridgeRungs, runBridgeTempering } from '../bank/tempering.ts';
import type { EnergyView } from '../energies.ts';
import type { Journal } from '../journal.ts';
import { malaMoves, MOVED_TOGETHER } from '../moves/mala.ts';
import { within } from '../phase.ts';
import { drawEnsemble } from '../proposal/draw.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { architectureOf } from '../transport/architecture.ts';
import { ladderAccount } from '../transport/ladderAccount.ts';
import { LadderFailure } from '../transport/ladderFailure.ts';
import { ladderSummary } from '../transport/ladderSummary.ts';
import { samplesOfStages, type StageSamples } from '../stageSamples.ts';
import type { Transport } from '../transport/transport.ts';
import { BridgeEnergies } from '../weigh/exact.ts';
import { stepWeights } from '../weigh/weigher.ts';
import type { Problem } from './kind.ts';
import { exactChain } from './oneFlow.ts';
import type { Way } from './way.ts';

/** Fresh base samples through all stages, with MALA moves between them. */
export const ladderProposal = (
  target: Target, transport: Transport, energy: EnergyEvaluator, threads: number, moves: number,
): Proposal => exactChain(transport, energy, {
  baseKey: (key) => foldIn(key, 'base'),
  moves: { make: () => malaMoves(differenceEvaluator(target, energy), target.base, threads), steps: moves },
});

export interface LadderDraws {
  readonly ensemble: Ensemble;
  readonly ladder: LadderSummary;
  readonly samples: readonly StageSamples[];
  /** What its stages warn of. */
  readonly warnings: readonly Warning[];
  /** Tempering along the bridge, where it was a run of its own. */
  readonly bank: Sampled | null;
}

export interface LadderOptions {
  readonly energy: EnergyEvaluator;
  readonly view: EnergyView;
  /** Of the ladder's random streams. */
  readonly key: Key;
  /** Target samples that no stage was trained on, for the forward ESS. */
  readonly heldOut: TrainingData;
  /** Where the stages' samples come from; default: tempering along the bridge. Its free energies stay tempering's. */
  readonly draws?: Draws;
  /** Of the stages, and of the fresh samples; default: the journal of the surroundings. */
  readonly journal?: Journal;
}

/** @throws Interrupted when asked to stop */
export async function ladder(
  { target, settings, surroundings }: Problem, { energy, view, key, heldOut, draws, ...rest }: LadderOptions,
): Promise<Way<StageSummary, LadderDraws>> {
  const { threads } = settings.output;
  const journal = rest.journal ?? surroundings.journal;
  const { ladder: own, sampling, training } = settings;
  const rungs = bridgeRungs(sampling, own, target.dimension);
  const tempering = await runBridgeTempering({
    target, energy, sampling, rungs, threads, key: foldIn(key, 'path tempering'), surroundings,
  });
  const difference = differenceEvaluator(target, energy);
  const share = finiteShare(target.base, difference, foldIn(key, 'finite share'));
  const pool = poolPath(tempering.path, target.base, training.heldOut, share);
  const sampled = sampling.path === 'interpolation' ? null
    : { name: 'tempering along the path', summary: tempering.summary, warnings: tempering.warnings };
  const bank = drawnBank(
    draws ?? pool, (lambda) => pool.logZ(lambda), own.stageSamples, training.heldOut, target.dimension,
  );
  const points = new Float64Array(own.particles * target.dimension);
  sampleBase(target.base, foldIn(key, 'particles'), 0, own.particles, points);
  const { lambdas } = tempering.path;
  const moves = malaMoves(difference, target.base, threads, Math.min(MOVED_TOGETHER, own.particles));
  const architecture = architectureOf(target, settings.flow);
  const inStages = within(surroundings, journal);
  return {
    particles: { points, logWeights: new Float64Array(own.particles) },
    context: {
      target, architecture, settings, surroundings: inStages, bank, view, weighing: bridgeWeighing(target, energy),
      moves: {
        moves, steps: own.rejuvenation,
        stepSize: own.rejuvenationStepSize > 0 ? () => own.rejuvenationStepSize
          : interpolated(lambdas, malaStepSizes(tempering.summary, settings.sampling.stepDecades)),
      },
      plan: ladderPlan(settings, journal, key, interpolated(lambdas, cumulatedBarrier(tempering.summary))),
      account: ladderAccount(target, bank, own),
    },
    proposal: ({ stages }) => {
      const transport = { target, architecture, stages, output: settings.output };
      return ladderProposal(target, transport, energy, threads, own.freshRejuvenation);
    },
    draw: async (proposal, climbed) => {
      const last = within(surroundings, journal.stage(climbed.stages.length));
      const ensemble = await drawFresh(settings, proposal, heldOut, key, last);
      const temperingOf = sampled === null ? null : tempering.summary;
      const summary = ladderSummary(target, settings, climbed, ensemble, temperingOf);
      const warnings = [...(pool.settled ? [] : [unsettledPool]), ...stageWarnings(summary, own.targetCess)];
      return {
        ensemble, ladder: summary, samples: samplesOfStages(journal, climbed.summaries), warnings, bank: sampled
      };
    },
    dispose: () => moves.dispose(),
  };
}

const drawFresh = (
  { ladder: own, output }: Settings, proposal: Proposal, heldOut: TrainingData, key: Key,
  surroundings: Problem['surroundings'],
): Promise<Ensemble> => drawEnsemble('fresh', {
  proposal, moves: own.freshRejuvenation, plain: proposal.moving?.(0) ?? proposal, samples: output.samples, heldOut,
  seen: null, key: foldIn(key, 'fresh'), surroundings,
});

const ladderPlan = (
  { ladder: own }: Settings, journal: Journal, key: Key, share: (lambda: number) => number,
): Way<StageSummary, LadderDraws>['context']['plan'] => ({
  lambdas: fixedLambdas(own), folder: (index) => journal.stage(index), label: (index) => ` of stage ${index}`,
  keeps: 'particles', keepsSamples: true, fromBase: false, trainingSteps: own.stageSteps,
  stageKey: (index) => foldIn(foldIn(key, 'stage'), index), sourceKey: (stage) => stage,
  trainingKey: (stage, attempt) => foldIn(foldIn(stage, 'training'), attempt), share,
  noWeight: (index, lambda, what) => new LadderFailure(
    `stage ${index} (λ = ${lambda.toPrecision(4)}): no particle has a weight above zero ${what}; the stages before it `
      + 'are kept. Take smaller steps (targetCess, lambdaRate) or a base that covers the target',
  ),
});

/** Particles are weighed along the bridge, and what staying would leave them is cheap to tell. */
function bridgeWeighing({ base }: Target, energy: EnergyEvaluator): Way<StageSummary, LadderDraws>['context'][
  'weighing'
] {
  const energies = new BridgeEnergies(base, energy);
  return {
    weigh: async (passage, { from, to }, pause) => {
      const before = await energies.at(passage.x, from, pause);
      return stepWeights(passage, before, await energies.at(passage.z, to, pause));
    },
    staying: async (points, from, pause) => {
      const n = points.length / base.domain.length;
      const passage = { stage: 0, x: points, z: points, logDet: null, n };
      const before = await energies.at(points, from, pause);
      const mixed = await energies.mixed(points, pause);
      return (to) => stepWeights(passage, before, mixed(to));
    },
  };
}

