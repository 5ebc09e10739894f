/**
 * One stage: a flow is trained to the next λ, the particles follow, are weighed, resampled where need be, and moved.
 */
import { foldIn } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import type { Journal, Piece } from '../journal.ts';
import { moveAll } from '../moves/moveAll.ts';
import { stopping } from '../pace.ts';
import { float64, pointArrays } from '../phase.ts';
import { gone, settled } from '../weigh/weigher.ts';
import type { StageContext, StageFacts, StageResult, StageState, TakenStep } from './context.ts';
import { essOf, resampleGroups, type Particles } from '../../samplers/particles.ts';
import { makeStep, readFlow } from './step.ts';

/** @param index 1, 2, … @throws Interrupted when asked to stop */
export async function runStage<S>(
  context: StageContext<S>, state: StageState, index: number,
): Promise<StageResult<S>> {
  const { plan, surroundings } = context;
  const journal = plan.folder(index);
  const finished = plan.keeps === null ? null : journal.phase(plan.keeps);
  if (finished !== null) return readStage(context, state, index, journal, finished);
  const before = surroundings.now();
  const step = await makeStep(context, state, index, journal);
  if (state.particles === null) {
    const { lambda, parameters, training } = step;
    const stage = { lambda, parameters, stepSize: 0 };
    return { state: { ...state, lambda, initial: parameters }, stage, summary: null, training };
  }
  return follow(context, { ...state, particles: state.particles }, index, step, journal, before);
}

function readStage<S>(
  context: StageContext<S>, state: StageState, index: number, journal: Journal, { json, arrays }: Piece,
): StageResult<S> {
  const { target, plan, account, surroundings } = context;
  const where = plan.label(index);
  const { summary, gain, map, lambda, stepSize, cess, ess } = account.read(json, `particles${where}`);
  const flow = journal.phase('flow');
  if (flow === null)
    throw new InputError(`stage ${index} has particles but has lost its flow; restore the folder, or start a new run`);
  const { parameters, summary: training } = readFlow(context, index, flow);
  const kept = map === 'flow' ? parameters : null;
  surroundings.emit({ kind: 'stage', stage: index, lambda, share: plan.share(lambda), cess, ess, resumed: true });
  const particles: Particles = { points: float64(arrays['samples']), logWeights: float64(arrays['logWeights']) };
  const [n, d] = [state.particles?.logWeights.length ?? 0, target.dimension];
  if (particles.logWeights.length !== n || particles.points.length !== n * d) throw new InputError(
    `the particles of stage ${index} have shapes [${arrays['samples'].shape.join(', ')}] and `
      + `[${particles.logWeights.length}], should be [${n}, ${d}] and [${n}]; restore the folder, or start a new run`,
  );
  return {
    state: { particles, lambda, initial: kept ?? state.initial, step: gain },
    stage: { lambda, parameters: kept, stepSize }, summary, training,
  };
}

interface Followed extends StageState {
  readonly particles: Particles;
}

/** The particles through the better map: weighed, resampled when they have become unequal, moved, and kept. */
async function follow<S>(
  context: StageContext<S>, state: Followed, index: number, step: TakenStep, journal: Journal, before: number,
): Promise<StageResult<S>> {
  const { target, settings: { ladder }, surroundings, plan, moves, account } = context;
  const { lambda, parameters, training } = step;
  const key = plan.stageKey(index);
  const stepSize = moves?.stepSize(lambda) ?? 0;
  const seconds = (): number => (surroundings.now() - before) / 1000;
  const chosen = await weighStage(context, state, index, step, journal);
  const facts = { index, step, map: chosen.map, stepSize, key };
  if (chosen.weighed === null) {
    const { summary, gain } = account.of({
      ...facts, weighted: { points: chosen.points, logWeights: state.particles.logWeights }, ess: null, nonFinite: 0,
      resampled: false, moved: null, seconds: seconds(),
    });
    const particles = { ...state.particles, points: chosen.points };
    const stage = { lambda, parameters, stepSize };
    return { state: { particles, lambda, initial: parameters, step: gain }, stage, summary, training };
  }
  const { logIncrements, nonFinite } = chosen.weighed;
  const weighted: Particles = { points: chosen.points, logWeights: gone(state.particles.logWeights, logIncrements) };
  const ess = essOf(weighted.logWeights);
  const n = weighted.logWeights.length;
  if (!(ess > 0)) throw plan.noWeight(index, lambda, `(${nonFinite} of ${n} are not finite)`);
  const resampled = ess < ladder.resampleBelow;
  const particles = resampled
    ? resampleGroups(weighted, ladder.groups, ladder.resampling, foldIn(key, 'resample'))
    : { points: weighted.points.slice(), logWeights: weighted.logWeights };
  const moved = moves === null ? null
    : await moveAll(moves, particles.points, target.dimension, lambda, foldIn(key, 'moves'), surroundings);
  const whole: StageFacts = { ...facts, weighted, ess, nonFinite, resampled, moved, seconds: seconds() };
  const { summary, json, gain, cess } = account.of(whole);
  if (plan.keeps !== null) {
    const { points, logWeights } = particles;
    journal.finishPhase(plan.keeps, { json, arrays: pointArrays(points, target.dimension, { logWeights }) });
  }
  surroundings.emit({ kind: 'stage', stage: index, lambda, share: plan.share(lambda), cess, ess, resumed: false });
  const kept = chosen.map === 'flow' ? parameters : null;
  return {
    state: { particles, lambda, initial: kept ?? state.initial, step: gain },
    stage: { lambda, parameters: kept, stepSize }, summary, training,
  };
}

interface Chosen {
  readonly map: 'flow' | 'identity';
  readonly points: Float64Array;
  /** null where nobody asks for weights. */
  readonly weighed: { readonly logIncrements: Float64Array; readonly nonFinite: number } | null;
}

/** The flow or no map at all, whichever leaves the particles more equal. */
async function weighStage<S>(
  { weighing, surroundings, plan }: StageContext<S>, { particles, lambda: from }: Followed, index: number,
  { passage, moving, staying, lambda }: TakenStep, journal: Journal,
): Promise<Chosen> {
  if (passage === null) throw new Error('particles that went nowhere');
  if (moving !== null && staying !== null) {
    return moving.cess >= staying.cess ? { map: 'flow', points: passage.z, weighed: moving }
      : { map: 'identity', points: passage.x, weighed: staying };
  }
  const { logWeights } = particles;
  const own = { index, from, to: lambda, logWeights, key: plan.stageKey(index), journal };
  const increments = await weighing.weigh(passage, own, stopping(surroundings));
  return { map: 'flow', points: passage.z, weighed: increments === null ? null : settled(increments, logWeights) };
}
