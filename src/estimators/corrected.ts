/**
 * Means under weights that were learned, corrected by what is known of their errors on some of the samples. Where the
 * true weight is ŵ v and v (or an unbiased value of it) is seen on the first m of n samples, the learned mean over all
 * n takes on the difference that v makes on those m: right to first order whatever was learned, and with an error that
 * knows of it.
 * @see Owen 2013, "Monte Carlo theory, methods and examples", § 8.9 (control variates); Chernozhukov et al. 2018
 */
import { InputError } from '../errors.ts';
import type { Estimate } from './estimate.ts';
import { scaleWeights } from './scaledWeights.ts';

export interface LearnedWeights {
  /** log ŵ, shape [n], up to a constant that is known: log Z is that of the mean. */
  readonly logWeights: Float64Array;
  /** v of the first m samples, 1 where the learned weight is right. shape [m ≤ n] */
  readonly ratios: Float64Array;
}

function sumsOf(
  { logWeights, ratios }: LearnedWeights
): { weights: Float64Array } & Record<'logScale' | 'all' | 'seen' | 'true', number> {
  const { weights, logScale } = scaleWeights(logWeights, 'corrected means');
  const m = ratios.length;
  if (m < 2 || m > weights.length)
    throw new InputError(`corrected means: need 2 to ${weights.length} ratios, got ${m}`);
  const sums = { all: 0, seen: 0, true: 0 };
  weights.forEach((weight, i) => {
    sums.all += weight;
    if (i >= m) return;
    sums.seen += weight;
    sums.true += weight * ratios[i];
  });
  return { weights, logScale, ...sums };
}

const errorOf = (squares: number, n: number): number => Math.sqrt((squares * n) / (n - 1));

/** log of the mean of ŵ v, in nats; NaN where the corrected mean is not positive. */
export function correctedLogZ(learned: LearnedWeights): Estimate {
  const { weights, logScale, all, seen, true: whole } = sumsOf(learned);
  const { ratios } = learned;
  const n = weights.length;
  let squares = 0;
  weights.forEach((weight, i) => {
    const change = i < ratios.length ? (weight * ratios[i]) / whole - weight / seen : 0;
    squares += (change + weight / all - 1 / n) ** 2;
  });
  const value = whole > 0 ? Math.log(whole / seen) + logScale + Math.log(all / n) : Number.NaN;
  return { value, standardError: whole > 0 ? errorOf(squares, n) : Number.NaN };
}

/** Σ ŵ v f / Σ ŵ v. @param valueAt f of sample i */
export function correctedMean(learned: LearnedWeights, valueAt: (i: number) => number): Estimate {
  const { weights, all, seen, true: whole } = sumsOf(learned);
  const { ratios } = learned;
  const m = ratios.length;
  const values = weights.map((weight, i) => (weight > 0 ? valueAt(i) : 0));
  const means = { all: 0, seen: 0, true: 0 };
  weights.forEach((weight, i) => {
    means.all += (weight * values[i]) / all;
    if (i >= m) return;
    means.seen += (weight * values[i]) / seen;
    means.true += (weight * ratios[i] * values[i]) / whole;
  });
  let squares = 0;
  weights.forEach((weight, i) => {
    const change =
      i < m ? (weight * ratios[i] * (values[i] - means.true)) / whole - (weight * (values[i] - means.seen)) / seen : 0;
    squares += (change + (weight * (values[i] - means.all)) / all) ** 2;
  });
  return { value: means.all + means.true - means.seen, standardError: errorOf(squares, weights.length) };
}
