/** How many independent samples the ranks of chains are worth: told also where tails are too heavy for a variance. */
import { normalScores } from '../numerics/normalScores.ts';
import { autocorrelationTime } from './autocorrelation.ts';

/** Values that are looked at, at most: ranks need a sort. */
const MOST_RANKED = 2 ** 13;

/**
 * Of one coordinate, from every m-th draw of each chain.
 * @param x [draws, chains, d] @returns 0 where it cannot be told
 * @see Vehtari et al. 2021, "Rank-normalization, folding, and localization", section 4.1
 */
export function bulkEss(x: Float64Array, d: number, chains: number, coordinate: number): number {
  const draws = x.length / d / chains;
  const step = Math.max(1, Math.ceil((draws * chains) / MOST_RANKED));
  const kept = Math.floor(draws / step);
  if (kept < 4) return 0;
  const values = Float64Array.from({ length: chains * kept }, (_, i) =>
    x[((i % kept) * step * chains + Math.floor(i / kept)) * d + coordinate]);
  const { effectiveSampleSize } = autocorrelationTime(normalScores(values), chains);
  return Number.isNaN(effectiveSampleSize) ? 0 : effectiveSampleSize;
}
