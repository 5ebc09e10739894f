/** Importance weights for drawing: normalised in float64 log space, those that are not finite counted and left out. */

export interface NormalisedWeights {
  /** shape [n], summing to 1 (all 0 when no weight is usable) */
  readonly weights: Float64Array;
  /** log-weights that were NaN or +∞ (−∞ is a plain zero weight) */
  readonly unusable: number;
  /** log of the mean weight: log Z for a normalised base; null when no weight is usable */
  readonly logMean: number | null;
}

/** @param logWeights shape [n] */
export function normaliseLogWeights(logWeights: Float64Array): NormalisedWeights {
  let unusable = 0;
  let largest = -Infinity;
  for (const value of logWeights) {
    if (Number.isNaN(value) || value === Infinity) unusable += 1;
    else if (value > largest) largest = value;
  }
  const weights = new Float64Array(logWeights.length);
  if (largest === -Infinity) return { weights, unusable, logMean: null };
  let sum = 0;
  logWeights.forEach((value, i) => {
    weights[i] = Number.isNaN(value) || value === Infinity ? 0 : Math.exp(value - largest);
    sum += weights[i];
  });
  return { weights: weights.map((w) => w / sum), unusable, logMean: largest + Math.log(sum / logWeights.length) };
}
