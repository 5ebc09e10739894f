/** A search for wells within a run's budget: settings alone say how much of it is done, never the clock. */
import type { RoundsSettings } from '../../settings/rounds.ts';

/** Of a budget, for the search. */
const SHARE = 0.2;
/** Seconds that a whole search takes on two cores. */
const WHOLE = 5;
const LEAST_STARTS = 16;

export interface Amounts {
  /** Starts of descents, and rays. */
  readonly starts: number;
  readonly rays: number;
}

/** @param each evaluations of a start, and of a ray */
export function withinBudget(
  { starts, rays }: Amounts, each: Amounts, { budgetSeconds, budgetEvaluations }: RoundsSettings,
): Amounts {
  const part = budgetSeconds > 0 ? Math.min(1, (SHARE * budgetSeconds) / WHOLE) : 1;
  const evaluations = budgetEvaluations > 0 ? SHARE * budgetEvaluations : Infinity;
  const within = (most: number, own: number): number => Math.floor(Math.min(part * most, evaluations / 2 / own));
  return { starts: Math.max(LEAST_STARTS, within(starts, each.starts)), rays: within(rays, each.rays) };
}
