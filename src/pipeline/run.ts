/**
 * The whole pipeline: a bank of samples, flows along a schedule, a proposal, and a verdict on what is drawn from it.
 * Kinds of targets differ in what they plug in.
 */
import { keyFromSeed } from '../engine/random.ts';
import type { Settings } from '../settings/settings.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingData } from '../training/trainer.ts';
import type { PipelineResult } from './choice.ts';
import type { Surroundings } from './journal.ts';
import type { FinishedRun } from './kinds/kind.ts';
import { kindOf } from './kinds/kinds.ts';
import type { Proposal } from './proposal/proposal.ts';

export type { PipelineResult } from './choice.ts';

/** A run as {@link runPipeline} takes it. */
export interface PipelineOptions {
  readonly target: Target;
  readonly settings: Settings;
  readonly seed: number;
  readonly surroundings: Surroundings;
  /** Changes the training samples before the flow sees them: experiments plant a bias with it. */
  readonly prepareData?: (data: TrainingData, seed: number) => TrainingData;
}

/**
 * Run, or take up where the journal left off. The same target, settings and seed give the same samples and weights.
 * @throws InputError for a target that cannot be evaluated, or a ladder that collapses; Interrupted when asked to stop
 */
export function runPipeline(
  { target, settings, seed, surroundings, prepareData }: PipelineOptions,
): Promise<PipelineResult> {
  return kindOf(target, settings).run({
    target, settings, key: keyFromSeed(seed), surroundings,
    prepareData: (data) => (prepareData === undefined ? data : prepareData(data, seed)),
  });
}

/** Everything that can be found wrong with a target before any work is spent on it. @throws InputError */
export const checkRunnable = (target: Target, settings: Settings): void =>
  kindOf(target, settings).check(target, settings);

/** Whether a run is made in rounds, which end when they are good enough or a budget is spent. */
export const isInRounds = (target: Target, settings: Settings): boolean =>
  kindOf(target, settings).inRounds?.(settings) ?? false;

/** What a finished run's samples were drawn from. @throws InputError where something of it is lost */
export const proposalOf = (run: FinishedRun): Proposal => kindOf(run.target, run.settings).proposal(run);
