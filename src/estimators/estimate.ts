/** What an estimator returns. */
import type { Tail } from './tail.ts';

/** A figure with its standard error, in the figure's own units. */
export interface Estimate {
  readonly value: number;
  /** Standard deviation of `value` over repetitions; NaN where it cannot be told (one sample, no weight). */
  readonly standardError: number;
}

/** An estimate that knows the tail of what it is a mean of; `tail.unseen` is in the estimate's units. */
export interface TailedEstimate extends Estimate {
  readonly tail: Tail;
}

/** An estimate that says how many inputs it had to leave out because they were not finite. */
export interface CountedEstimate extends Estimate {
  readonly nonFinite: number;
}
