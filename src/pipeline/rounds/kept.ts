/** Which round's flow a run ends with. */
import type { RoundSummary } from '../../records/rounds.ts';

/** Figures that a last round may fall short of the best one by, and still be taken. */
const NEARLY = 0.02;

/**
 * What rounds are compared by: the ESS of fresh samples, lowered where that on training samples falls below one half,
 * as it does when a mode is lost. Test samples have no part in the choice: the result is held against them.
 */
export const figureOf = ({ ess, trainedEss }: Pick<RoundSummary, 'ess' | 'trainedEss'>): number =>
  (ess ?? 0) * Math.min(1, 2 * (trainedEss ?? 0));

/**
 * The better round; of nearly equal ones the last, whose samples have been refreshed more often.
 * @param ends whether the last round ends the run
 */
export const betterOf = <T extends { readonly figure: number }>(before: T | null, last: T, ends: boolean): T =>
  (before !== null && before.figure > last.figure + (ends ? NEARLY : 0) ? before : last);
