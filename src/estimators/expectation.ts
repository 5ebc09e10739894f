/** Means of functions under weighted or plain samples, with standard errors, and their L2 bias. */
import { InputError } from '../errors.ts';
import type { CountedEstimate, TailedEstimate } from './estimate.ts';
import { scaleWeights } from './scaledWeights.ts';
import { boundedTail, bothTails, fitTail, LargestValues, tailOfMean, type Tail } from './tail.ts';

/** A function of one point. @param x shape [d]; a buffer that is reused, so copy what must be kept */
export type PointFunction = (x: Float64Array) => number;

/** Running sums of a ratio estimate Σwf / Σw; values are shifted by the first one, against cancellation. */
class RatioSums {
  private shift = 0;
  private count = 0;
  private w = 0;
  private wf = 0;
  private ww = 0;
  private wwf = 0;
  private wwff = 0;
  /** Weight of the values that are not finite. */
  private lost = 0;
  /** Weight above the cutoff, and that times (f − centre)². */
  private tailWeight = 0;
  private tailSquares = 0;
  /** Distances from the centre, of values above it and of those below. */
  private readonly above: LargestValues;
  private readonly below: LargestValues;
  nonFinite = 0;

  /**
   * @param n samples there will be @param centre about where the mean is @param level of the weights: their mean, and
   * above what they are large
   */
  constructor(
    private readonly n: number, private readonly centre: number,
    private readonly level: { readonly mean: number; readonly cutoff: number }
  ) {
    this.above = new LargestValues(n);
    this.below = new LargestValues(n);
  }

  add(weight: number, value: number): void {
    if (!Number.isFinite(value)) {
      this.nonFinite += 1;
      this.lost += weight;
      return;
    }
    if (this.w === 0) this.shift = value;
    const distance = Math.abs(value - this.centre);
    // A value counts as it does in the mean, but no more for a large weight: those have a tail of their own.
    const counted = weight < this.level.mean ? (distance * weight) / this.level.mean : distance;
    this.above.add(value > this.centre ? counted : 0);
    this.below.add(value < this.centre ? counted : 0);
    if (weight >= this.level.cutoff) {
      this.tailWeight += weight;
      this.tailSquares += weight * distance * distance;
    }
    const f = value - this.shift;
    const weightSquared = weight * weight;
    this.count += 1;
    this.w += weight;
    this.wf += weight * f;
    this.ww += weightSquared;
    this.wwf += weightSquared * f;
    this.wwff += weightSquared * f * f;
  }

  /** A sample of no weight: it counts in n only. */
  addZero(): void {
    this.count += 1;
    this.above.add(0);
    this.below.add(0);
  }

  /** @param weights their tail */
  estimate(weights: Tail): CountedEstimate & TailedEstimate {
    const spread = this.tailWeight > 0 ? Math.sqrt(this.tailSquares / this.tailWeight) : 0;
    const tail = tailOfMean(
      weights, spread, bothTails(fitTail(this.above.ascending(), this.n), fitTail(this.below.ascending(), this.n))
    );
    // A function that is not finite where there is weight has no mean: that of the rest would be another function's.
    if (this.lost > 0 || !(this.w > 0)) {
      return { value: NaN, standardError: NaN, nonFinite: this.nonFinite, tail: { ...tail, unseen: NaN } };
    }
    const mean = this.wf / this.w;
    // Delta method for a ratio: Σ w² (f − mean)² / (Σw)², times n/(n−1) so that equal weights give s/√n.
    const squares = Math.max(0, this.wwff - 2 * mean * this.wwf + mean * mean * this.ww);
    const correction = this.count > 1 ? this.count / (this.count - 1) : NaN;
    return {
      value: this.shift + mean,
      standardError: Math.sqrt(squares * correction) / this.w,
      nonFinite: this.nonFinite,
      tail,
    };
  }
}

/**
 * Self-normalised importance sampling: Σ wf / Σ w, standard error by the delta method.
 * @param values f at the samples, shape [n]
 * @param logWeights shape [n], up to a constant; −Infinity is a weight of zero, NaN and +Infinity count as zero and are
 * counted
 * @returns NaN value if no weight is positive, or where a value with positive weight is not finite; `nonFinite` counts
 * both
 * @throws InputError if n = 0 or the lengths differ
 * @see Owen 2013, "Monte Carlo theory, methods and examples", ch. 9, eq. 9.8
 */
export function weightedMean(values: Float64Array, logWeights: Float64Array): CountedEstimate & TailedEstimate {
  if (values.length !== logWeights.length) {
    throw new InputError(
      `weightedMean: needs as many log-weights as values (${values.length}), got ${logWeights.length}`
    );
  }
  return expectations(values, 1, [(x): number => x[0]], logWeights)[0];
}

/**
 * Mean of independent values with standard error s/√n; NaN where one is not finite, and counted.
 * @param values shape [n] @throws InputError if n = 0
 */
export function sampleMean(values: Float64Array): CountedEstimate & TailedEstimate {
  return expectations(values, 1, [(x): number => x[0]], null)[0];
}

/**
 * Means of several functions over one sample: {@link weightedMean} of each, or {@link sampleMean} without weights.
 * @param points shape [n, d], row-major
 * @param logWeights shape [n], or null for plain independent samples
 * @param unseenMost share of the mass that can lie where no sample was seen, where that is known
 * @returns one estimate per function, in order
 * @throws InputError if n = 0 or the shapes do not match
 */
export function expectations(
  points: Float64Array,
  dimension: number,
  functions: readonly PointFunction[],
  logWeights: Float64Array | null,
  unseenMost = Infinity,
): (CountedEstimate & TailedEstimate)[] {
  const n = points.length / dimension;
  if (n === 0) throw new InputError('expectations: needs at least one sample, got none');
  if (!Number.isInteger(n))
    throw new InputError(`expectations: ${points.length} numbers are not points of dimension ${dimension}`);
  if (logWeights !== null && logWeights.length !== n) {
    throw new InputError(`expectations: needs as many log-weights as samples (${n}), got ${logWeights.length}`);
  }
  const scaled = logWeights === null ? null : scaleWeights(logWeights, 'expectations');
  const lost = scaled?.nonFinite ?? 0;
  const weights = scaled?.weights ?? null;
  const { tail, ...level } = weightTail(weights, n, unseenMost);
  const pilot = accumulate(points, dimension, functions, weights, Math.min(n, PILOT), functions.map(() => 0), level);
  const centres = pilot.map((sum) => sum.estimate(tail).value || 0);
  return accumulate(points, dimension, functions, weights, n, centres, level).map((sum) => {
    const estimate = sum.estimate(tail);
    return { ...estimate, nonFinite: estimate.nonFinite + lost };
  });
}

/** Samples that tell about where the means are. */
const PILOT = 4096;

/**
 * The tail of weights, relative to their mean, and the least of those in it. @param weights shape [n]; null for equal
 * ones @param most see {@link boundedTail}
 */
export function weightTail(weights: Float64Array | null, n: number, most: number): {
  tail: Tail; cutoff: number; mean: number
} {
  const largest = new LargestValues(n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const weight = weights === null ? 1 : weights[i];
    largest.add(weight);
    sum += weight;
  }
  const ascending = largest.ascending();
  const tail = fitTail(ascending, n);
  return { tail: boundedTail({ ...tail, unseen: (tail.unseen * n) / sum }, most), cutoff: ascending[0], mean: sum / n };
}

/** @param weights shape [n]; null for equal ones @param n samples from the first on @param centres shape [m] */
function accumulate(
  points: Float64Array, dimension: number, functions: readonly PointFunction[], weights: Float64Array | null, n: number,
  centres: readonly number[], level: { readonly mean: number; readonly cutoff: number },
): RatioSums[] {
  const sums = functions.map((_, k) => new RatioSums(n, centres[k], level));
  const x = new Float64Array(dimension);
  for (let i = 0; i < n; i++) {
    const weight = weights === null ? 1 : weights[i];
    if (weight === 0) {
      for (const sum of sums) sum.addZero();
      continue;
    }
    for (let j = 0; j < dimension; j++) x[j] = points[i * dimension + j];
    for (let k = 0; k < functions.length; k++) sums[k].add(weight, functions[k](x));
  }
  return sums;
}

/**
 * The L2 bias of the method page: √Σ (estimate − exact)² over the observables whose exact value is known.
 * @param estimates shape [m] @param exact shape [m]; null where it is not known
 * @returns in the observables' units; NaN if no exact value is known
 * @throws InputError if the lengths differ
 */
export function l2Bias(estimates: ArrayLike<number>, exact: ArrayLike<number | null>): number {
  if (estimates.length !== exact.length) {
    throw new InputError(`l2Bias: needs as many exact values as estimates (${estimates.length}), got ${exact.length}`);
  }
  let squares = 0;
  let known = 0;
  for (let i = 0; i < estimates.length; i++) {
    const truth = exact[i];
    if (truth === null) continue;
    known += 1;
    squares += (estimates[i] - truth) ** 2;
  }
  return known > 0 ? Math.sqrt(squares) : NaN;
}
