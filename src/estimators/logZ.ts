/** The normalising constant from importance weights. */
import type { CountedEstimate } from './estimate.ts';
import { scaleWeights } from './scaledWeights.ts';

/**
 * log mean w with its standard error by the delta method, sd(w) / (√n · mean w), all in log space.
 * Add log Z0 of the proposal where it is not normalised.
 *
 * −Infinity is a weight of zero. NaN and +Infinity count as zero too, and are counted in `nonFinite`:
 * a caller must show that count.
 * @param logWeights shape [n], float64
 * @returns value in nats; −Infinity if all weights are zero; standard error NaN if n < 2 or the value is not finite
 * @throws InputError if n = 0
 */
export function estimateLogZ(logWeights: Float64Array): CountedEstimate {
  const { weights, logScale, nonFinite } = scaleWeights(logWeights, 'estimateLogZ');
  const n = weights.length;
  if (logScale === -Infinity) return { value: -Infinity, standardError: NaN, nonFinite };
  let sum = 0;
  for (const w of weights) sum += w;
  const mean = sum / n;
  let squares = 0;
  for (const w of weights) squares += (w - mean) * (w - mean);
  const standardError = n > 1 ? Math.sqrt(squares / (n - 1) / n) / mean : NaN;
  return { value: logScale + Math.log(mean), standardError, nonFinite };
}
