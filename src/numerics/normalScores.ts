/** Ranks as normal deviates (Vehtari et al. 2021, "Rank-normalization, folding, and localization", eq. 14). */
import { inverseNormalCdf } from './special.ts';

/** Φ⁻¹((rank − 3/8) / (n + 1/4)), ties sharing their mean rank: eq. 14. */
export function normalScores(values: Float64Array): Float64Array {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const scores = new Float64Array(n);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && values[order[end]] === values[order[start]]) end++;
    const rank = (start + 1 + end) / 2;
    const score = inverseNormalCdf((rank - 0.375) / (n + 0.25));
    for (let i = start; i < end; i++) scores[order[i]] = score;
    start = end;
  }
  return scores;
}
