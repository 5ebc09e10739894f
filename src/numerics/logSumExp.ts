/** Sums of exponentials in log space, stable for any magnitude of the terms. */
import { InputError } from '../errors.ts';

/**
 * log Σ exp(vᵢ). −Infinity terms are zeros; if all are, the result is −Infinity. NaN propagates.
 * @param values shape [n], any real, ±Infinity or NaN
 * @throws InputError if n = 0
 */
export function logSumExp(values: Float64Array): number {
  if (values.length === 0) throw new InputError('logSumExp: needs at least one value, got none');
  let max = -Infinity;
  for (const value of values) {
    if (Number.isNaN(value)) return NaN;
    if (value > max) max = value;
  }
  if (!Number.isFinite(max)) return max;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - max);
  return max + Math.log(sum);
}

/** log of the mean of exp(vᵢ): {@link logSumExp} less log n. @param values shape [n] @throws InputError if n = 0 */
export function logMeanExp(values: Float64Array): number {
  return logSumExp(values) - Math.log(values.length);
}
