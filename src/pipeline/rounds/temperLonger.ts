/** Whether tempering is run again, twice as long: not where it was good, nor where a budget has better uses. */
import { z } from 'zod';
import { extendedValue } from '../../records/figure.ts';
import type { TemperingRound } from '../../records/rounds.ts';
import type { RoundsSettings } from '../../settings/rounds.ts';
import type { PipelineEvent } from '../journal.ts';

/** When a bank is good enough to train on: refresh goes on from there. */
const GOOD_RHAT = 1.01;
const GOOD_SIZE = 1000;
/** Of a budget: what may be gone when a longer run begins, and when it is expected to end. */
const BEGINS = 1 / 3;
const ENDS = 2 / 3;

export const temperLongerSchema = z.object({
  /** Kept, as it may be the clock's. */
  longer: z.boolean(),
  reason: z.string(),
});
export type TemperLonger = z.infer<typeof temperLongerSchema>;

export interface Tempered {
  /** All so far. */
  readonly runs: readonly Omit<TemperingRound, 'reason'>[];
  /** Round trips that there should be. */
  readonly trips: number;
  readonly evaluations: { readonly all: number; readonly last: number };
  /** Operations of those: 0 where they are not known. */
  readonly work: { readonly all: number; readonly last: number };
  /** Whether samples show necks or valleys that the last run did not know of: chains may have stayed out of them. */
  readonly newBends: boolean;
  /** Seconds that the run has taken. */
  readonly spent: number;
}

export function temperLonger(tempered: Tempered, settings: RoundsSettings): TemperLonger {
  const { runs, trips, spent, evaluations, work, newBends } = tempered;
  const { splitRhat, effectiveSampleSize, roundTrips, seconds } = runs[runs.length - 1];
  const { mostTemperings, temperWork, budgetSeconds, budgetEvaluations } = settings;
  const mixed = extendedValue(splitRhat) <= GOOD_RHAT && roundTrips >= trips && !newBends;
  if (mixed && (effectiveSampleSize ?? 0) >= GOOD_SIZE) return { longer: false, reason: 'good enough to train on' };
  if (runs.length >= mostTemperings)
    return { longer: false, reason: `${mostTemperings} runs are over (mostTemperings)` };
  if (work.all + 2 * work.last > 1e9 * temperWork)
    return { longer: false, reason: 'a longer run would take more than was planned for (temperWork)' };
  if (isDear(budgetSeconds, spent, seconds))
    return { longer: false, reason: `a longer run would take too much of ${budgetSeconds} seconds (budgetSeconds)` };
  if (isDear(budgetEvaluations, evaluations.all, evaluations.last)) return {
    longer: false,
    reason: `a longer run would take too much of ${budgetEvaluations} energy evaluations (budgetEvaluations)`,
  };
  return { longer: true, reason: 'going on with a longer run' };
}

/** @param budget 0: none */
const isDear = (budget: number, spent: number, last: number): boolean =>
  budget > 0 && (spent > BEGINS * budget || spent + 2 * last > ENDS * budget);

/** What a run of tempering is for. @param last the run before it */
export function awaitedTempering(
  run: number, last: Omit<TemperingRound, 'reason'> | undefined, spent: number, { budgetSeconds }: RoundsSettings,
): Extract<PipelineEvent, { readonly kind: 'awaiting' }> {
  return {
    kind: 'awaiting', place: `tempering ${run}`,
    figure: last === undefined ? null : `R-hat ${Number(last.splitRhat).toFixed(3)} of ${GOOD_RHAT}`,
    seconds: last === undefined ? null : 2 * last.seconds,
    budgetSeconds: budgetSeconds > 0 ? Math.max(0, budgetSeconds - spent) : null,
  };
}

export const toldTempering = (
  run: number, { splitRhat, effectiveSampleSize, roundTrips }: Omit<TemperingRound, 'reason'>, reason: string,
): string =>
  `tempering ${run}: R-hat ${Number(splitRhat).toFixed(3)}, ${Math.round(effectiveSampleSize ?? 0)} effective samples, `
    + `${roundTrips} round trips; ${reason}`;
