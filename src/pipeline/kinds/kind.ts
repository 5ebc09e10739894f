/** Kinds of targets: what is plugged into the one pipeline for each, and what a finished run of it leaves. */
import type { Key } from '../../engine/random.ts';
import { InputError } from '../../errors.ts';
import type { RunResult } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Target } from '../../targets/target.ts';
import type { TrainingData } from '../../training/trainer.ts';
import type { Journal, PhaseName, Piece, Surroundings } from '../journal.ts';
import type { PipelineResult } from '../choice.ts';
import type { Proposal } from '../proposal/proposal.ts';

/** A run that is asked for. */
export interface Problem {
  readonly target: Target;
  readonly settings: Settings;
  readonly key: Key;
  readonly surroundings: Surroundings;
  /** Changes the training samples before the flow sees them: experiments plant a bias with it. */
  readonly prepareData: (data: TrainingData) => TrainingData;
}

/** A run that is finished. */
export interface FinishedRun {
  readonly target: Target;
  readonly settings: Settings;
  readonly result: Omit<RunResult, 'seconds' | 'peakMemoryBytes'>;
  readonly stored: StoredPhases;
}

/** Finished phases of a run, of one of its stages, or of a part. @throws InputError where one is lost or damaged */
export interface StoredPhases {
  phase(name: PhaseName): Piece;
  /** Without its arrays. */
  json(name: PhaseName): unknown;
  stage(index: number): StoredPhases;
}

/** Those that a journal has. */
export const phasesIn = (journal: Pick<Journal, 'phase' | 'stage'>): StoredPhases => {
  const phase = (name: PhaseName): Piece => {
    const found = journal.phase(name);
    if (found === null) throw new InputError(`the run has lost its ${name}; restore the folder, or start a new run`);
    return found;
  };
  return { phase, json: (name) => phase(name).json, stage: (index) => phasesIn(journal.stage(index)) };
};

export interface Kind {
  readonly name: string;
  /** Whether a run is of this kind. */
  readonly is: (target: Target, settings: Settings) => boolean;
  /** Whether a run of it is made in rounds; absent: never. */
  readonly inRounds?: (settings: Settings) => boolean;
  /** Everything that can be found wrong before any work is spent on it. @throws InputError */
  readonly check: (target: Target, settings: Settings) => void;
  /** @throws InputError for a target or settings that cannot be run; Interrupted when asked to stop */
  readonly run: (problem: Problem) => Promise<PipelineResult>;
  /** What the run's samples were drawn from, to draw more. @throws InputError where something of it is lost */
  readonly proposal: (run: FinishedRun) => Proposal;
}
