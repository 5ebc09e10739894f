/** Which round's flow a run ends with, and goes on from. */
import type { RoundSummary } from '../../records/rounds.ts';

/** Figures that a last round may fall short of the best one by, and still be taken. */
const NEARLY = 0.02;

/** What a flow that all but leaves out a part is worth of one of the same ESS that does not. */
const LEAVING_OUT = 0.5;
/** The same of one whose weights have a tail that matters: of nearly equal ones the other. */
const HEAVY = 1 - 2.5 * NEARLY;

/** The same of a base alone: of all but equal ones it is the better, since training can spoil what lies far out. */
const UNTRAINED = 1 + 1.25 * NEARLY;

export type Compared = Pick<RoundSummary, 'steps' | 'ess' | 'trainedEss' | 'trainedBeyond' | 'logZ' | 'tail'>;

/**
 * What rounds are compared by: the ESS of fresh samples, lowered where that on training samples falls below one half,
 * as it does when a mode is lost, where more of these lie beyond every weight than log Z is uncertain by, and a little
 * where the weights have a tail that matters, and raised a little of a base alone. Test samples have no part in the
 * choice: the result is held against them.
 */
export const figureOf = ({ steps, ess, trainedEss, trainedBeyond, logZ, tail }: Compared): number =>
  (ess ?? 0) * Math.min(1, 2 * (trainedEss ?? 0)) * (trainedBeyond > (logZ.standardError ?? 0) ? LEAVING_OUT : 1)
    * (tail === 'sound' ? 1 : HEAVY) * (steps === 0 ? UNTRAINED : 1);

/**
 * The better round; of nearly equal ones the last, whose samples have been refreshed more often.
 * @param ends whether the last round ends the run
 */
export const betterOf = <T extends { readonly figure: number }>(before: T | null, last: T, ends: boolean): T =>
  (before !== null && before.figure > last.figure + (ends ? NEARLY : 0) ? before : last);

/** Independent moves that a round's flow accepts, over those of the best before, below which training has failed. */
const FAILED = 0.5;

/**
 * Whether training has lost what it had, as a step too far does: the next round then goes on from the best one before.
 * By acceptance, as the ESS may fall by a single weight.
 */
export const isLost = (accepted: number | null, before: number | null): boolean =>
  (accepted ?? 0) < FAILED * (before ?? 0);
