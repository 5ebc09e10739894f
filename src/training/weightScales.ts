/** Units in which the networks of learned weights see points and differences: robust, for both may be wild. */

/** What is subtracted from and divided out of x, z [d] each, and of t. */
export interface WeightScales {
  readonly meanX: readonly number[];
  readonly deviationX: readonly number[];
  readonly meanZ: readonly number[];
  readonly deviationZ: readonly number[];
  readonly meanT: number;
  readonly deviationT: number;
}

/**
 * Mean and standard deviation of every coordinate of points [n, d], of those that are finite; 1 for what does not vary.
 */
export function moments(points: Float64Array, d: number): { mean: number[]; deviation: number[] } {
  const pairs = Array.from({ length: d }, (_, j) => {
    let [count, sum, squares] = [0, 0, 0];
    for (let i = j; i < points.length; i += d) {
      if (!Number.isFinite(points[i])) continue;
      count += 1;
      sum += points[i];
    }
    const mean = sum / Math.max(1, count);
    for (let i = j; i < points.length; i += d) if (Number.isFinite(points[i])) squares += (points[i] - mean) ** 2;
    return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) || 1 };
  });
  return { mean: pairs.map(({ mean }) => mean), deviation: pairs.map(({ deviation }) => deviation) };
}

/** Rows of points, standardised; 0 for what is not finite. @param out receives [rows.length, d] */
export function standardised(
  points: Float64Array, rows: Int32Array, mean: readonly number[], deviation: readonly number[], out: Float32Array
): Float32Array {
  const d = mean.length;
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < d; j++) {
      const value = points[rows[i] * d + j];
      out[i * d + j] = Number.isFinite(value) ? (value - mean[j]) / deviation[j] : 0;
    }
  }
  return out;
}

const GROUP = 64;

/** The middle one of the means of small groups: a mean for skewed noise that single far values do not move. */
export function medianOfMeans(values: Float64Array): number {
  const groups = Math.max(1, Math.floor(values.length / GROUP));
  const means = Float64Array.from({ length: groups }, (_, g) => {
    const group = values.subarray(g * GROUP, g === groups - 1 ? values.length : (g + 1) * GROUP);
    return group.reduce((sum, value) => sum + value, 0) / group.length;
  });
  return quantiles(means, [0.5])[0];
}

/** Entries of sorted values at given shares. */
export function quantiles(values: Float64Array, shares: readonly number[]): number[] {
  const sorted = values.slice().sort();
  return shares.map((share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
}
