/** What the stages of a schedule share, what each hands to the next, and where kinds of targets differ. */
import type { Key } from '../../engine/random.ts';
import type { InputError } from '../../errors.ts';
import type { Architecture } from '../../flows/architecture.ts';
import type { Pause } from '../../pausing.ts';
import type { TrainingSummary } from '../../records/record.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Target } from '../../targets/target.ts';
import type { ParameterArray } from '../../training/flowMap.ts';
import type { Bank, SplitData } from '../bank/bank.ts';
import type { EnergyView } from '../energies.ts';
import type { Journal, PhaseName, Surroundings } from '../journal.ts';
import type { Moved, Moves } from '../moves/moves.ts';
import type { Passage } from '../weigh/weigher.ts';
import type { Particles } from '../../samplers/particles.ts';
import type { AdaptiveStep } from './schedule.ts';
import type { TransportStage } from './transport.ts';

/** Weights of particles that a stage's map has taken from U_from to U_to. */
export interface StageWeighing {
  /** @returns log w [n]; null where the particles go no further, and their weights are nobody's */
  weigh(passage: Passage, step: StageStep, pause: Pause): Promise<Float64Array | null>;
  /**
   * log w of particles [n, d] that stay where they are, for any U_to: what steps are chosen by, and judged against.
   * Absent where that costs too much.
   */
  readonly staying?: (points: Float64Array, from: number, pause: Pause) => Promise<(to: number) => Float64Array>;
}

export interface StageStep {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** log-weights of the particles so far [n]. */
  readonly logWeights: Float64Array;
  readonly key: Key;
  readonly journal: Journal;
}

/** Moves of all particles, and of the copies that a flow is trained on. */
export interface StageMoves {
  readonly moves: Moves;
  readonly steps: number;
  readonly stepSize: (lambda: number) => number;
}

/** Where a schedule keeps its stages, and what its random streams are called. */
export interface StagePlan {
  /** λ of all stages; null: each chooses. */
  readonly lambdas: readonly number[] | null;
  readonly folder: (index: number) => Journal;
  /** What messages add to name a stage, such as ` of stage 3`. */
  readonly label: (index: number) => string;
  /** Where a stage's particles are kept; null where they go no further. */
  readonly keeps: PhaseName | null;
  /** Whether the samples that a flow was trained on are kept beside it. */
  readonly keepsSamples: boolean;
  /** Whether the first flow starts from the base itself, and not from its particles. */
  readonly fromBase: boolean;
  readonly trainingSteps: number;
  readonly stageKey: (index: number) => Key;
  readonly sourceKey: (stage: Key) => Key;
  readonly trainingKey: (stage: Key, attempt: number) => Key;
  /** How much of the way from 0 to 1 lies below λ. */
  readonly share: (lambda: number) => number;
  readonly noWeight: (index: number, lambda: number, what: string) => InputError;
}

/** A step that was taken. */
export interface TakenStep {
  readonly lambda: number;
  readonly parameters: ParameterArray;
  readonly training: TrainingSummary;
  readonly split: SplitData;
  /** The particles through the map; null where there are none. */
  readonly passage: Passage | null;
  /** log w of moving and of staying [n], with those not finite counted; null where that was not weighed yet. */
  readonly moving: Judged | null;
  readonly staying: Judged | null;
  readonly cessPredicted: number | null;
  readonly retries: number;
}

/** Settled weights of a step, and its conditional ESS. */
export interface Judged {
  readonly logIncrements: Float64Array;
  readonly nonFinite: number;
  readonly cess: number;
}

/** All that is known of a stage at its end. */
export interface StageFacts {
  readonly index: number;
  readonly step: TakenStep;
  readonly map: 'flow' | 'identity';
  /** Before they were resampled and moved. */
  readonly weighted: Particles;
  readonly ess: number | null;
  readonly nonFinite: number;
  readonly resampled: boolean;
  readonly moved: Moved | null;
  readonly stepSize: number;
  readonly seconds: number;
  readonly key: Key;
}

/** What a stage tells of itself, in the words of its kind. */
export interface StageAccount<S> {
  /** What else a trained flow is stored with. @param from λ before it @param warm whether it began with a flow */
  trained(flow: { summary: TrainingSummary; from: number; warm: boolean; heldOut: number }): object;
  /** The same, read back. */
  retrained(json: unknown): void;
  of(facts: StageFacts): AccountedStage<S>;
  /** @param where in messages @throws InputError where it is damaged */
  read(json: unknown, where: string): StoredStage<S>;
}

export interface AccountedStage<S> {
  readonly summary: S;
  readonly json: object;
  readonly gain: AdaptiveStep;
  readonly cess: number | null;
}

export interface StoredStage<S> {
  readonly summary: S;
  readonly gain: AdaptiveStep;
  readonly map: 'flow' | 'identity';
  readonly lambda: number;
  readonly stepSize: number;
  readonly cess: number | null;
  readonly ess: number | null;
}

export interface StageContext<S> {
  readonly target: Target;
  readonly architecture: Architecture;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  readonly bank: Bank;
  readonly view: EnergyView;
  readonly weighing: StageWeighing;
  /** null: nothing is moved. */
  readonly moves: StageMoves | null;
  readonly plan: StagePlan;
  readonly account: StageAccount<S>;
}

/** What a stage hands to the next. */
export interface StageState {
  /** null where nobody asks for any. */
  readonly particles: Particles | null;
  readonly lambda: number;
  /** Of the flow before, to start from. */
  readonly initial: ParameterArray | null;
  readonly step: AdaptiveStep;
}

export interface StageResult<S> {
  readonly state: StageState;
  readonly stage: TransportStage;
  /** null where a stage has no particles to tell of. */
  readonly summary: S | null;
  readonly training: TrainingSummary;
}
