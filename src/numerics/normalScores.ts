/** Ranks as normal deviates (Vehtari et al. 2021, "Rank-normalization, folding, and localization", eq. 14). */
import { inverseNormalCdf } from './special.ts';

/** Φ⁻¹((rank − 3/8) / (n + 1/4)), ties sharing their mean rank: eq. 14. @param values [n]; of NaN the score is NaN */
export function normalScores(values: Float64Array): Float64Array {
  const n = values.length;
  const sorted = values.slice().sort();
  const inOrder = new Float64Array(n);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && sorted[end] === sorted[start]) end++;
    const rank = (start + 1 + end) / 2;
    inOrder.fill(inverseNormalCdf((rank - 0.375) / (n + 0.25)), start, end);
    start = end;
  }
  return values.map((value) => {
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === value ? inOrder[low] : NaN;
  });
}
