/** Where the samples of a target lie, as the box and the base of a definition. */
import type { TargetDefinition } from '../target.ts';

/** What the box reaches beyond the samples, in standard deviations. */
const MARGIN = 0.2;

/** @param z [n, k], n ≥ 2 and no two alike in any coordinate */
export function spanOf(z: Float64Array, k: number): Required<Pick<TargetDefinition, 'box' | 'base'>> {
  const n = z.length / k;
  const each = Array.from({ length: k }, (_, j) => {
    let [sum, low, high] = [0, Infinity, -Infinity];
    for (let at = j; at < z.length; at += k) {
      sum += z[at];
      low = Math.min(low, z[at]);
      high = Math.max(high, z[at]);
    }
    const mean = sum / n;
    let squares = 0;
    for (let at = j; at < z.length; at += k) squares += (z[at] - mean) * (z[at] - mean);
    const deviation = Math.sqrt(squares / n);
    return { mean, deviation, box: [low - MARGIN * deviation, high + MARGIN * deviation] as const };
  });
  return {
    box: each.map(({ box }) => box),
    base: { mean: each.map(({ mean }) => mean), standardDeviation: each.map(({ deviation }) => deviation) },
  };
}
