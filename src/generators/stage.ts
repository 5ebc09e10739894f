/**
 * One stage of a ladder: a flow is trained from the particles to tempering's samples of the next λ, and the particles
 * follow.
 */
import { z } from 'zod';
import { foldIn } from '../engine/random.ts';
import { InputError } from '../errors.ts';
import { storedEstimate, storedFigure } from '../records/figure.ts';
import { stageSchema, type StageSummary, type TrainingSummary } from '../records/record.ts';
import { learned } from './interpolation.ts';
import { checkStored, type Journal } from './journal.ts';
import type { LadderStage } from './ladderChain.ts';
import { LadderFailure } from './ladderFailure.ts';
import type { LadderContext, LadderState } from './ladderState.ts';
import { moveAll } from './moveParticles.ts';
import { essOf, logZOfGroups, resampleGroups, type Particles } from './particles.ts';
import { float64 } from './samplingPhase.ts';
import { stageCoverage } from './stageCoverage.ts';
import { makeStep, stageFlowSchema, type TakenStep } from './stageStep.ts';
import { storedFlow } from './trainingPhase.ts';

export interface StageResult {
  readonly state: LadderState;
  readonly stage: LadderStage;
  readonly summary: StageSummary;
  readonly training: TrainingSummary;
}

const particlesSchema = z.object({ summary: stageSchema, gain: z.number() });

/** @param index 1, 2, … @param lambda of a fixed ladder; null: the stage chooses */
export async function runStage(
  context: LadderContext, state: LadderState, index: number, lambda: number | null
): Promise<StageResult> {
  const { surroundings, settings, architecture, share } = context;
  const journal = surroundings.journal.stage(index);
  const finished = journal.phase('particles');
  if (finished !== null) {
    const { summary, gain } = checkStored(particlesSchema, finished.json, `particles of stage ${index}`);
    const flow = journal.phase('flow');
    if (flow === null) throw new InputError(
      `stage ${index} has particles but has lost its flow; restore the folder, or start a new run`
    );
    const { parameters } = storedFlow(architecture, settings.precision, flow, ` of stage ${index}`);
    const kept = summary.map === 'flow' ? parameters : null;
    surroundings.emit({
      kind: 'stage', stage: index, lambda: summary.lambda, share: share(summary.lambda), cess: summary.cess,
      ess: summary.ess, resumed: true
    });
    const particles: Particles =
      { points: float64(finished.arrays['samples']), logWeights: float64(finished.arrays['logWeights']) };
    const n = settings.particles;
    if (particles.logWeights.length !== n || particles.points.length !== n * context.target.dimension) {
      throw new InputError(
        `the particles of stage ${index} have shapes [${finished.arrays['samples'].shape.join(', ')}] and `
          + `[${particles.logWeights.length}], should be [${n}, ${context.target.dimension}] and [${n}]; restore `
          + 'the folder, or start a new run'
      );
    }
    return {
      state: { particles, lambda: summary.lambda, initial: kept ?? state.initial, step: { gain } },
      stage: { lambda: summary.lambda, parameters: kept, stepSize: summary.stepSize },
      summary,
      training: checkStored(stageFlowSchema, flow.json, `flow of stage ${index}`).summary,
    };
  }
  const before = surroundings.now();
  const step = await makeStep(context, state, index, lambda, journal);
  return weighAndMove(context, state, index, step, journal, before);
}

/** Weigh the particles with the better map, resample when they have become unequal, move them, and finish the stage. */
async function weighAndMove(
  context: LadderContext, state: LadderState, index: number, step: TakenStep, journal: Journal, before: number
): Promise<StageResult> {
  const { target, settings, pool, surroundings, share, key: ladderKey } = context;
  const key = foldIn(foldIn(ladderKey, 'stage'), index);
  const { lambda, moved, identity, cessFlow, cessIdentity } = step;
  const keepFlow = cessFlow >= cessIdentity;
  const { points, logIncrements, nonFinite } = keepFlow ? moved : identity;
  // A particle without weight stays without: the energies that took it may both be infinite now.
  const logWeights =
    state.particles.logWeights.map((value, i) => (value === -Infinity ? -Infinity : value + logIncrements[i]));
  const weighted: Particles = { points, logWeights };
  const ess = essOf(logWeights);
  if (!(ess > 0)) throw new LadderFailure(
    `stage ${index} (λ = ${lambda.toPrecision(4)}): no particle has a weight above zero (${nonFinite} of `
      + `${logWeights.length} are not finite); the stages before it are kept. Take smaller steps (targetCess, `
      + 'lambdaRate) or a base that covers the target'
  );
  const coverage = stageCoverage(target, step.data.samples, weighted, foldIn(key, 'coverage'));
  const logZ = logZOfGroups(logWeights, settings.groups);
  const resampled = ess < settings.resampleBelow;
  const particles = resampled ? resampleGroups(weighted, settings.groups, settings.resampling, foldIn(key, 'resample'))
    : { points: weighted.points.slice(), logWeights };
  const stepSize = context.stepSize(lambda);
  const moves = await moveAll(
    context, particles.points, { lambda, stepSize, steps: settings.rejuvenation, key: foldIn(key, 'moves') }
  );
  const tempering = pool.logZ(lambda);
  const summary: StageSummary = {
    stage: index, lambda, map: keepFlow ? 'flow' : 'identity',
    cess: storedFigure(Math.max(cessFlow, cessIdentity)), cessFlow: storedFigure(cessFlow),
    cessIdentity: storedFigure(cessIdentity), cessPredicted: step.cessPredicted,
    retries: step.retries, ess: storedFigure(ess), resampled, coverage,
    logZ: storedEstimate(logZ),
    logZTempering: storedEstimate(tempering),
    rejuvenationAcceptance: settings.rejuvenation === 0 ? null : storedFigure(moves.acceptance), stepSize,
    trainingSteps: step.training.steps, trainingSeconds: step.training.seconds, poolSize: storedFigure(step.poolSize),
    nonFinite: nonFinite + moves.nonFinite, seconds: (surroundings.now() - before) / 1000,
  };
  const gain = learned(Math.max(cessFlow, cessIdentity), cessIdentity);
  const n = logWeights.length;
  journal.finishPhase('particles', {
    json: { summary, gain: gain.gain },
    arrays: { samples: { dtype: 'float64', shape: [n, target.dimension], data: particles.points }, logWeights: {
      dtype: 'float64', shape: [n], data: particles.logWeights
    } },
  });
  surroundings.emit(
    { kind: 'stage', stage: index, lambda, share: share(lambda), cess: summary.cess, ess: summary.ess, resumed: false }
  );
  const parameters = keepFlow ? step.parameters : null;
  return {
    state: { particles, lambda, initial: parameters ?? state.initial, step: gain },
    stage: { lambda, parameters, stepSize }, summary, training: step.training
  };
}
