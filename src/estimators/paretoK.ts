/** Pareto-k̂ of importance weights: how heavy their tail is, so how far their means can be trusted. */
import { InputError } from '../errors.ts';
import { fitTail, LargestValues, type Tail } from './tail.ts';

export interface ParetoK extends Tail {
  /** Log-weights that were NaN or +Infinity: weights of zero. */
  readonly nonFinite: number;
}

/**
 * The tail of importance weights; `unseen` is relative to the mean weight, so an error of log Z.
 * @param logWeights shape [n], up to a constant; −Infinity is a weight of zero. n up to 10^8 (one pass, no full sort)
 * @throws InputError if n = 0
 * @see Vehtari, Simpson, Gelman, Yao & Gabry 2024, "Pareto smoothed importance sampling", JMLR 25(72)
 */
export function paretoK(logWeights: Float64Array): ParetoK {
  if (logWeights.length === 0) throw new InputError('paretoK: needs at least one log-weight, got none');
  const largest = new LargestValues(logWeights.length);
  let nonFinite = 0;
  let scale = -Infinity;
  for (const value of logWeights) {
    if (Number.isNaN(value) || value === Infinity) nonFinite += 1;
    else if (value > scale) scale = value;
    largest.add(value < Infinity ? value : -Infinity);
  }
  let sum = 0;
  for (const value of logWeights) if (value < Infinity) sum += Math.exp(value - scale);
  return {
    ...tailOfLogWeights(largest.ascending(), logWeights.length, scale + Math.log(sum / logWeights.length)), nonFinite
  };
}

/**
 * The same of log-weights whose largest were kept.
 * @param largest of log-weights, ascending, one more than the tail has @param logMean log of the mean of all n weights
 */
export function tailOfLogWeights(largest: Float64Array, n: number, logMean: number): Tail {
  const scale = largest[largest.length - 1];
  const tail = fitTail(largest.map((value) => Math.exp(value - scale)), n);
  return { ...tail, unseen: tail.unseen * Math.exp(scale - logMean) };
}
