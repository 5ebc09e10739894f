/** A schedule from the base to the target, stage by stage: one flow is the schedule [1]. */
import type { TrainingSummary } from '../../records/record.ts';
import { MOST_STAGES } from '../../settings/values.ts';
import { Interrupted } from '../journal.ts';
import type { StageContext, StageState } from './context.ts';
import { LadderFailure } from './ladderFailure.ts';
import type { Particles } from '../../samplers/particles.ts';
import { FIRST_STEP } from './schedule.ts';
import { runStage } from './stage.ts';
import type { TransportStage } from './transport.ts';

export interface Climb<S> {
  readonly stages: readonly TransportStage[];
  /** Of the stages that have particles. */
  readonly summaries: readonly S[];
  /** Of the last stage. */
  readonly training: TrainingSummary;
  /** At the end; null where there were none. */
  readonly particles: Particles | null;
}

/** @param particles at λ = 0; null where nobody asks for any @throws Interrupted when asked to stop */
export async function climb<S>(context: StageContext<S>, particles: Particles | null): Promise<Climb<S>> {
  let state: StageState = { particles, lambda: 0, initial: null, step: FIRST_STEP };
  const stages: TransportStage[] = [];
  const summaries: S[] = [];
  let training: TrainingSummary | null = null;
  const total = context.plan.lambdas?.length ?? Infinity;
  while (stages.length < total && state.lambda < 1) {
    const index = stages.length + 1;
    if (context.surroundings.signal.aborted) throw new Interrupted('stopped on request');
    if (index > MOST_STAGES) throw new LadderFailure(
      `the ladder has ${MOST_STAGES} stages and has come to λ = ${state.lambda.toPrecision(4)} only; they are kept. `
        + 'Lower targetCess, or train the stages longer (stageSteps)',
    );
    const result = await runStage(context, state, index);
    ({ state, training } = result);
    stages.push(result.stage);
    if (result.summary !== null) summaries.push(result.summary);
  }
  if (training === null) throw new Error('a schedule has at least one stage');
  return { stages, summaries, training, particles: state.particles };
}
