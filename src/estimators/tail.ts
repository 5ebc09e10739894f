/** The largest of many values: the shape of their tail, and what a mean lacks of the values that were not seen. */
import { InputError } from '../errors.ts';
import { fitGeneralisedPareto } from './generalisedPareto.ts';

export interface Tail {
  /**
   * k̂, dimensionless. Below 0.5 the values have a variance; above 0.7 do not trust their mean (Vehtari et al. 2024).
   * −Infinity if the tail has no spread (all equal); +Infinity if one to four values tower over equal ones;
   * NaN if there are fewer than 25 values or none is positive.
   */
  readonly k: number;
  /** Its standard error, (1 + k) / √tailSize (Smith 1987); 0 where k is infinite, NaN where it is NaN. */
  readonly kError: number;
  /** Number of largest values that the tail was fitted to. */
  readonly tailSize: number;
  /**
   * What values above the largest one add to the mean in expectation, by the fit with k̂ + kError, in the values'
   * units. The standard error of a mean does not know of it: for k from 0.3 to 0.8 the error of a mean, in units of
   * both together, has a root mean square of 0.85 to 1.1. Infinite where k̂ + kError ≥ 1: such values have no mean.
   */
  readonly unseen: number;
  /** Whether `unseen` is no more than what was found in another way. */
  readonly bounded?: boolean;
}

/**
 * The same with no more unseen than is known from elsewhere. @param most in the units of `unseen`; NaN or Infinity
 * where nothing is known
 */
export const boundedTail = (tail: Tail, most: number): Tail =>
  (most < Infinity ? { ...tail, unseen: tail.unseen <= most ? tail.unseen : most, bounded: true } : tail);

const SMALLEST_TAIL = 5;

/** Exceedances below this, relative to the largest value, are zeros: their reciprocals would overflow. */
const SMALLEST_EXCEEDANCE = 1e-290;

/** Values that differ by less than this, relative to them, differ by rounding. */
const ROUNDING = 1e-12;

/** Numbers in a tail: min(0.2 n, 3 √n) of n (Vehtari et al. 2024, § 2.2). */
export const tailSizeOf = (n: number): number => Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n)));

/** Keeps the largest of values that pass by, one more than a tail of n of them needs. */
export class LargestValues {
  readonly #count: number;
  readonly #buffer: Float64Array;
  #length = 0;
  #threshold = -Infinity;
  #full = false;

  /** @param n how many values there will be */
  constructor(readonly n: number) {
    this.#count = tailSizeOf(n) + 1;
    this.#buffer = new Float64Array(2 * this.#count);
  }

  /** @param value NaN and +Infinity are passed over */
  add(value: number): void {
    // `>` also passes over NaN; the first values enter whatever they are.
    if (!(this.#full ? value > this.#threshold : value < Infinity) || value === Infinity) return;
    this.#buffer[this.#length++] = value;
    if (this.#length < this.#buffer.length) return;
    this.#buffer.sort();
    this.#buffer.copyWithin(0, this.#count);
    this.#length = this.#count;
    this.#threshold = this.#buffer[0];
    this.#full = true;
  }

  /** Ascending, one more than the tail has. shape [≤ tailSize + 1] */
  ascending(): Float64Array {
    return this.#buffer.slice(0, this.#length).sort().slice(-this.#count);
  }
}

/**
 * The tail of a weighted mean of f. What is missing of the weights is missing of f as well, as far from its mean as f
 * is where weights are large; and f has a tail of its own. (The products w f alone do not tell: of a bounded f many
 * have the same largest value, from which a few heavy weights stick out.)
 * @param weights tail of the weights, `unseen` relative to the mean weight @param spread root mean square of f − mean
 * where weights are large
 * @param values tails of f − mean on both sides
 */
export function tailOfMean(weights: Tail, spread: number, values: Tail): Tail {
  const ofWeights = spread === 0 ? 0 : weights.unseen * spread;
  const larger = values.unseen > ofWeights || !(values.unseen < Infinity) ? values : weights;
  return { ...larger, unseen: Math.hypot(ofWeights, values.unseen) };
}

/**
 * The tails of values above their mean and below it, each with a shape of its own: a bound that many values are near to
 * on one side would pass for the bulk from which a few on the other stick out. A side without values has no tail.
 */
export function bothTails(above: Tail, below: Tail): Tail {
  if (Number.isNaN(above.k)) return below;
  if (Number.isNaN(below.k)) return above;
  const larger = above.unseen > below.unseen ? above : below;
  return { ...larger, unseen: Math.hypot(above.unseen, below.unseen) };
}

/**
 * The tail of n values by its largest.
 * @param largest ascending, the tail and the value below it; at least 0. shape [tailSize + 1]
 * @param n how many values there were @throws InputError if n = 0
 */
export function fitTail(largest: Float64Array, n: number): Tail {
  if (!(n > 0)) throw new InputError('fitTail: needs at least one value, got none');
  const tailSize = tailSizeOf(n);
  const unknown = { k: NaN, kError: NaN, tailSize, unseen: NaN };
  const most = largest[largest.length - 1];
  if (tailSize < SMALLEST_TAIL || largest.length <= tailSize || !(most > 0)) return unknown;
  const exceedances = largest.subarray(1).map((value) => (value - largest[0]) / most)
    .filter((value) => value > SMALLEST_EXCEEDANCE);
  if (exceedances.length === 0 || exceedances[exceedances.length - 1] < ROUNDING)
    return { k: -Infinity, kError: 0, tailSize, unseen: 0 };
  if (exceedances.length < SMALLEST_TAIL) return { k: Infinity, kError: 0, tailSize, unseen: Infinity };
  const { k, sigma } = fitGeneralisedPareto(exceedances);
  const kError = Math.max(0, 1 + k) / Math.sqrt(tailSize);
  const beyond = meanExcess(exceedances[exceedances.length - 1], k + kError, sigma);
  return { k, kError, tailSize, unseen: (tailSize / n) * beyond * most };
}

/** E[(X − z)+] of the generalised Pareto distribution of exceedances X over 0. */
function meanExcess(z: number, k: number, sigma: number): number {
  if (k >= 1) return Infinity;
  if (Math.abs(k) < 1e-9) return sigma * Math.exp(-z / sigma);
  const rest = 1 + (k * z) / sigma;
  // P(X > z) = rest^(−1/k); of a bounded tail nothing lies beyond its end.
  return rest > 0 ? (Math.exp(-Math.log(rest) / k) * (sigma + k * z)) / (1 - k) : 0;
}
