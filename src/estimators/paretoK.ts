/** Pareto-k̂ of importance weights: how heavy their tail is, so how far their means can be trusted. */
import { InputError } from '../errors.ts';

export interface ParetoK {
  /**
   * k̂, dimensionless. Below 0.5 the weights have a variance; above 0.7 do not trust weighted means.
   * −Infinity if the tail has no spread (all equal); +Infinity if one to four weights tower over equal ones;
   * NaN if there are fewer than 25 usable weights or none is positive.
   */
  readonly k: number;
  /** Number of largest weights the tail was fitted to. */
  readonly tailSize: number;
  /** Log-weights that were NaN or +Infinity, left out. */
  readonly nonFinite: number;
}

const SMALLEST_TAIL = 5;

/** Exceedances below this, relative to the largest weight, are zeros: their reciprocals would overflow. */
const SMALLEST_EXCEEDANCE = 1e-290;

/**
 * k̂ of the generalised Pareto distribution fitted to the min(0.2 n, 3√n) largest weights.
 * @param logWeights shape [n], up to a constant; −Infinity is a weight of zero. n up to 10^7 (one pass, no full sort)
 * @throws InputError if n = 0
 * @see Vehtari, Simpson, Gelman, Yao & Gabry 2024, "Pareto smoothed importance sampling", JMLR 25(72)
 */
export function paretoK(logWeights: Float64Array): ParetoK {
  if (logWeights.length === 0) throw new InputError('paretoK: needs at least one log-weight, got none');
  let nonFinite = 0;
  for (const value of logWeights) if (Number.isNaN(value) || value === Infinity) nonFinite += 1;
  const n = logWeights.length - nonFinite;
  const tailSize = Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n)));
  if (tailSize < SMALLEST_TAIL) return { k: NaN, tailSize, nonFinite };
  const largest = largestAscending(logWeights, tailSize + 1);
  const scale = largest[tailSize];
  if (scale === -Infinity) return { k: NaN, tailSize, nonFinite };
  const cutoff = Math.exp(largest[0] - scale);
  const exceedances = largest.subarray(1).map((value) => Math.exp(value - scale) - cutoff).filter((value) => value > SMALLEST_EXCEEDANCE);
  if (exceedances.length === 0) return { k: -Infinity, tailSize, nonFinite };
  if (exceedances.length < SMALLEST_TAIL) return { k: Infinity, tailSize, nonFinite };
  return { k: fitGeneralisedPareto(exceedances).k, tailSize, nonFinite };
}

/**
 * The generalised Pareto distribution of exceedances over 0, shape k (positive: heavy tail) and scale sigma, by the
 * empirical-Bayes fit of Zhang & Stephens 2009, "A new and efficient estimation method for the generalized Pareto
 * distribution", Technometrics 51(3); k is drawn towards 0.5 as ten observations would (Vehtari et al. 2024, app. G).
 * @param exceedances shape [m], > 0, ascending
 * @throws InputError if m < 5
 */
export function fitGeneralisedPareto(exceedances: Float64Array): { k: number; sigma: number } {
  const n = exceedances.length;
  if (n < SMALLEST_TAIL) throw new InputError(`fitGeneralisedPareto: needs at least ${SMALLEST_TAIL} exceedances, got ${n}`);
  const shape = (theta: number): number => {
    let sum = 0;
    for (const x of exceedances) sum += Math.log1p(-theta * x);
    return sum / n;
  };
  const points = 30 + Math.floor(Math.sqrt(n));
  const quartile = exceedances[Math.floor(n / 4 + 0.5) - 1];
  const thetas = new Float64Array(points);
  const profile = new Float64Array(points);
  for (let j = 0; j < points; j++) {
    const theta = 1 / exceedances[n - 1] + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile);
    const k = shape(theta);
    thetas[j] = theta;
    profile[j] = n * (Math.log(-theta / k) - k - 1);
  }
  const max = profile.reduce((a, b) => Math.max(a, b));
  let weight = 0;
  let theta = 0;
  for (let j = 0; j < points; j++) {
    const w = Math.exp(profile[j] - max);
    weight += w;
    theta += w * thetas[j];
  }
  theta /= weight;
  const k = shape(theta);
  return { k: (k * n + 0.5 * 10) / (n + 10), sigma: -k / theta };
}

/** The `count` largest usable values, ascending: a buffer of twice that length, sorted only when it is full. */
function largestAscending(values: Float64Array, count: number): Float64Array {
  const buffer = new Float64Array(2 * count);
  let length = 0;
  let threshold = -Infinity;
  let full = false;
  for (const value of values) {
    // `>` also passes over NaN; the first `count` values enter whatever they are.
    if (!(full ? value > threshold : value < Infinity) || value === Infinity) continue;
    buffer[length++] = value;
    if (length < buffer.length) continue;
    buffer.sort();
    buffer.copyWithin(0, count);
    length = count;
    threshold = buffer[0];
    full = true;
  }
  return buffer.slice(0, length).sort().slice(-count);
}
