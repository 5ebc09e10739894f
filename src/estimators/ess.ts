/** Effective sample sizes of importance weights. */
import { InputError } from '../errors.ts';
import { logMeanExp } from '../numerics/logSumExp.ts';
import { scanLogWeights } from './scaledWeights.ts';

export interface EffectiveSampleSize {
  /** (Σw)² / Σw², in [1, n]; 0 if no weight is positive. In samples. */
  readonly value: number;
  /** `value / n`, in [0, 1]. */
  readonly fraction: number;
  /** Log-weights that were NaN or +Infinity: weights of zero. */
  readonly nonFinite: number;
}

/**
 * ESS = (Σw)² / Σw² of importance weights. Blind to modes the proposal never visits: show it beside a coverage.
 * @param logWeights shape [n], float64, up to a constant; −Infinity is a weight of zero
 * @throws InputError if n = 0
 * @see Kong 1992
 */
export function effectiveSampleSize(logWeights: Float64Array): EffectiveSampleSize {
  const n = logWeights.length;
  if (n === 0) throw new InputError('effectiveSampleSize: needs at least one log-weight, got none');
  const { logScale, nonFinite } = scanLogWeights(logWeights);
  if (logScale === -Infinity) return { value: 0, fraction: 0, nonFinite };
  let sum = 0;
  let sumOfSquares = 0;
  for (const value of logWeights) {
    if (!(value <= logScale)) continue;
    const w = Math.exp(value - logScale);
    sum += w;
    sumOfSquares += w * w;
  }
  // Rounding can carry the ratio past its exact bounds.
  const value = Math.min(n, Math.max(1, (sum * sum) / sumOfSquares));
  return { value, fraction: value / n, nonFinite };
}

export interface FractionOfSamples {
  /** In [0, 1]. */
  readonly fraction: number;
  /** Samples with a value that is not finite. */
  readonly nonFinite: number;
}

/**
 * Conditional ESS of one step of a weighted ensemble: (Σ αw)² / (Σ αw² · Σ α), in (0, 1]; 1 when all increments are
 * equal.
 * @param logPriorWeights log α before the step, shape [n], up to a constant; −Infinity is a weight of zero
 * @param logIncrements log w of the step, shape [n], up to a constant; those that are not finite count as zero, in both
 * @throws InputError if n = 0 or the lengths differ
 * @see Zhou, Johansen & Aston 2016, "Toward automatic model comparison", eq. 3.16
 */
export function conditionalEss(logPriorWeights: Float64Array, logIncrements: Float64Array): FractionOfSamples {
  const n = logPriorWeights.length;
  if (n === 0) throw new InputError('conditionalEss: needs at least one log-weight, got none');
  if (logIncrements.length !== n) {
    throw new InputError(`conditionalEss: needs as many increments as weights (${n}), got ${logIncrements.length}`);
  }
  const usable = (value: number): boolean => value < Infinity;
  let priorScale = -Infinity;
  let incrementScale = -Infinity;
  let nonFinite = 0;
  for (let i = 0; i < n; i++) {
    if (!usable(logPriorWeights[i]) || !usable(logIncrements[i])) nonFinite += 1;
    if (!usable(logPriorWeights[i])) continue;
    if (logPriorWeights[i] > priorScale) priorScale = logPriorWeights[i];
    // Increments of points of no weight do not matter, not even to the scale.
    if (logPriorWeights[i] > -Infinity && usable(logIncrements[i]) && logIncrements[i] > incrementScale)
      incrementScale = logIncrements[i];
  }
  if (priorScale === -Infinity || incrementScale === -Infinity) return { fraction: 0, nonFinite };
  let first = 0;
  let second = 0;
  let prior = 0;
  for (let i = 0; i < n; i++) {
    if (!usable(logPriorWeights[i]) || logPriorWeights[i] === -Infinity) continue;
    const alpha = Math.exp(logPriorWeights[i] - priorScale);
    const w = usable(logIncrements[i]) ? Math.exp(logIncrements[i] - incrementScale) : 0;
    prior += alpha;
    first += alpha * w;
    second += alpha * w * w;
  }
  return { fraction: second > 0 ? Math.min(1, (first * first) / (second * prior)) : 0, nonFinite };
}

/**
 * The ESS fraction of proposal q for target p, estimated on samples of p: 1 / (E_p[w] · E_p[1/w]), w = p̃/q.
 * Unlike the ESS of q's own samples it falls when q misses a mode of p.
 * @param logRatiosOnTargetSamples log p̃(y) − log q(y) at samples y of p, shape [n], up to a constant.
 * +Infinity (q has no density where p has some) makes the fraction 0 and is counted; NaN and −Infinity are counted and
 * left out.
 * @throws InputError if n = 0
 */
export function forwardEss(logRatiosOnTargetSamples: Float64Array): FractionOfSamples {
  const n = logRatiosOnTargetSamples.length;
  if (n === 0) throw new InputError('forwardEss: needs at least one log-ratio, got none');
  const finite = logRatiosOnTargetSamples.filter((value) => Number.isFinite(value));
  const nonFinite = n - finite.length;
  if (finite.length === 0 || logRatiosOnTargetSamples.includes(Infinity)) return { fraction: 0, nonFinite };
  // 1/(mean w · mean 1/w) ≤ 1 by Jensen's inequality; the minimum only takes rounding off.
  const fraction = Math.exp(-logMeanExp(finite) - logMeanExp(finite.map((value) => -value)));
  return { fraction: Math.min(1, fraction), nonFinite };
}

/**
 * {@link forwardEss} with every weight cut at √n times the median one: what remains when single points in the tail,
 * whose weights no sample of this size can know, are not let to decide. A mode of some percent that is missed still
 * brings it down.
 * @param logRatiosOnTargetSamples as there @throws InputError if n = 0
 * @see Ionides 2008, "Truncated importance sampling"
 */
export function truncatedForwardEss(logRatiosOnTargetSamples: Float64Array): FractionOfSamples {
  const n = logRatiosOnTargetSamples.length;
  const known = logRatiosOnTargetSamples.filter((value) => !Number.isNaN(value) && value !== -Infinity).sort();
  if (n === 0 || known.length === 0) return forwardEss(logRatiosOnTargetSamples);
  const cut = known[Math.floor(known.length / 2)] + 0.5 * Math.log(n);
  return forwardEss(logRatiosOnTargetSamples.map((value) => Math.min(value, cut)));
}
