/**
 * Log-weights turned into weights on a common scale, and the one rule for those that are not finite. NaN (an energy
 * that is not a number has no density, as chains have it) and +Infinity count as weights of zero in n, and are counted:
 * left out, they would flatter the map that made them. What the count means for a run is the verdict's to say.
 */
import { InputError } from '../errors.ts';

export interface ScaledWeights {
  /** exp(log wᵢ − logScale), in [0, 1]; 0 for weights that were −Infinity or not finite. shape [n] */
  readonly weights: Float64Array;
  /** The largest finite log-weight; −Infinity if there is none. */
  readonly logScale: number;
  /** Number of NaN and +Infinity log-weights: weights of zero. */
  readonly nonFinite: number;
}

/**
 * Largest finite log-weight (−Infinity if none) and the count of NaN and +Infinity ones. @param logWeights shape [n]
 */
export function scanLogWeights(logWeights: Float64Array): { logScale: number; nonFinite: number } {
  let logScale = -Infinity;
  let nonFinite = 0;
  for (const value of logWeights) {
    if (Number.isNaN(value) || value === Infinity) nonFinite += 1;
    else if (value > logScale) logScale = value;
  }
  return { logScale, nonFinite };
}

/**
 * Weights relative to the largest.
 * @param logWeights shape [n], float64
 * @param caller name of the estimator, for the message
 * @throws InputError if n = 0
 */
export function scaleWeights(logWeights: Float64Array, caller: string): ScaledWeights {
  const n = logWeights.length;
  if (n === 0) throw new InputError(`${caller}: needs at least one log-weight, got none`);
  const { logScale, nonFinite } = scanLogWeights(logWeights);
  const weights = new Float64Array(n);
  if (logScale > -Infinity) {
    for (let i = 0; i < n; i++) {
      const value = logWeights[i];
      if (value <= logScale) weights[i] = Math.exp(value - logScale);
    }
  }
  return { weights, logScale, nonFinite };
}
