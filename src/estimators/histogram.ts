/** Densities on equal bins from a stream of weighted samples. */
import { InputError } from '../errors.ts';

/** Blocks of samples whose spread is the standard error. */
const BLOCKS = 16;

export interface WeightedHistogram {
  /**
   * @param points rows of `width` numbers, `repeats` rows per sample @param column which of them @param logWeights of
   * the samples, up to a constant that is the same in all calls; weights that are not finite count as none
   */
  readonly add: (points: Float64Array, width: number, column: number, logWeights: Float64Array, repeats: number) =>
    void;
  /**
   * Heights, whose integral is the share of the weight inside the range, with standard errors from independent blocks
   * of samples; zero without any weight.
   */
  readonly density: () => { readonly values: number[]; readonly standardErrors: number[] };
}

/** @throws InputError unless low < high and bins ≥ 1 */
export function weightedHistogram(
  { low, high }: { readonly low: number; readonly high: number }, bins: number
): WeightedHistogram {
  if (!(low < high) || !(Number.isInteger(bins) && bins >= 1))
    throw new InputError(`weightedHistogram: needs low < high and at least one bin, got [${low}, ${high}] and ${bins}`);
  const sums = new Float64Array(BLOCKS * bins);
  const totals = new Float64Array(BLOCKS);
  // Weights are relative to the largest yet, so that none overflows.
  let shift = -Infinity;
  let seen = 0;
  return {
    add(points, width, column, logWeights, repeats) {
      const largest = logWeights.reduce((a, b) => (b < Infinity && b > a ? b : a), shift);
      if (largest === -Infinity) return;
      if (largest > shift) {
        const factor = Math.exp(shift - largest);
        for (let i = 0; i < sums.length; i++) sums[i] *= factor;
        for (let b = 0; b < BLOCKS; b++) totals[b] *= factor;
        shift = largest;
      }
      const scale = bins / (high - low);
      for (let i = 0; i < logWeights.length; i++) {
        const weight = logWeights[i] < Infinity ? Math.exp(logWeights[i] - shift) : 0;
        const block = (seen + i) % BLOCKS;
        if (weight === 0) continue;
        totals[block] += weight;
        for (let r = 0; r < repeats; r++) {
          const bin = Math.floor((points[(i * repeats + r) * width + column] - low) * scale);
          if (bin >= 0 && bin < bins) sums[block * bins + bin] += weight / repeats;
        }
      }
      seen += logWeights.length;
    },
    density() {
      const total = totals.reduce((sum, value) => sum + value, 0);
      const width = (high - low) / bins;
      const values =
        Array.from({ length: bins }, (_, bin) => (total > 0 ? blockSum(sums, bins, bin) / total / width : 0));
      // A ratio of sums over blocks: delta method.
      const standardErrors = values.map((value, bin) => {
        if (!(total > 0)) return 0;
        let squares = 0;
        for (let b = 0; b < BLOCKS; b++) squares += (sums[b * bins + bin] / width - value * totals[b]) ** 2;
        return Math.sqrt((squares * BLOCKS) / (BLOCKS - 1)) / total;
      });
      return { values, standardErrors };
    },
  };
}

function blockSum(sums: Float64Array, bins: number, bin: number): number {
  let sum = 0;
  for (let b = 0; b < BLOCKS; b++) sum += sums[b * bins + bin];
  return sum;
}
