/** Samples of a target by tempering, and what is known of the run behind them. */
import type { ParallelTemperingSummary, Warning } from '../records/record.ts';

export interface TemperedSamples {
  /** Samples of exp(−U), [n, d], round-major: neighbours in time are `ladders` apart. */
  readonly positions: Float64Array;
  /** [n] */
  readonly energies: Float64Array;
  readonly summary: ParallelTemperingSummary;
  readonly warnings: readonly Warning[];
}
