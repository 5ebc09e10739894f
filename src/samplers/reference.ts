/**
 * The reference of chains on an interpolation path, in the kernels' terms. Chain i then samples exp(−U0 − λ_i D), so
 * its drift is λ_i ∇D + ∇U0 and its Metropolis ratio gains U0(x) − U0(y). Kernels see the drift as a factor times
 * slopes: β and ∇U without a reference (nothing is copied, no bit changes), 1 and λ∇D + ∇U0 with one.
 */
import { InputError } from '../errors.ts';
import type { Base } from '../targets/base.ts';
import type { ChainState } from './chainState.ts';

/** ∇U0 = precision · (x − mean), coordinate by coordinate. shape [d] each */
export interface ReferenceTerms {
  readonly mean: readonly number[];
  /** 1/σ²; 0 on circles and intervals, where U0 is constant */
  readonly precision: readonly number[];
}

export function referenceTerms({ domain, mean, standardDeviation }: Base): ReferenceTerms {
  return { mean: Array.from(mean), precision: domain.map(
    ({ kind }, j) => (kind !== 'real' ? 0 : 1 / standardDeviation[j] ** 2)
  ) };
}

/** Terms of a state's reference, or null. */
export function termsOf({ reference }: ChainState): ReferenceTerms | null {
  return reference === null ? null : referenceTerms(reference);
}

/** What slopes are multiplied by. shape [C] */
export function slopeFactors({ chains, inverseTemperatures }: ChainState, terms: ReferenceTerms | null): Float64Array {
  return terms === null ? inverseTemperatures : new Float64Array(chains).fill(1);
}

/**
 * Slopes at points of all chains: `gradients` itself without a reference, else λ∇D + ∇U0 in `scratch`. At λ = 0 a
 * gradient that is not finite gives NaN, not 0: such proposals are refused and counted as on every other rung.
 * @param x shape [C, d] @param gradients ∇U or ∇D at x, shape [C, d] @param scratch shape [C, d], or empty without a
 * reference
 */
export function slopesAt(
  { chains, dimension: d, inverseTemperatures }: ChainState, terms: ReferenceTerms | null, x: Float64Array,
  gradients: Float64Array, scratch: Float64Array
): Float64Array {
  if (terms === null) return gradients;
  const { mean, precision } = terms;
  for (let i = 0, at = 0; i < chains; i++) {
    const lambda = inverseTemperatures[i];
    for (let j = 0; j < d; j++, at++) {
      const slope = lambda * gradients[at];
      scratch[at] = precision[j] === 0 ? slope : slope + precision[j] * (x[at] - mean[j]);
    }
  }
  return scratch;
}

/** Room for {@link slopesAt}. */
export function slopeScratch({ chains, dimension }: ChainState, terms: ReferenceTerms | null): Float64Array {
  return new Float64Array(terms === null ? 0 : chains * dimension);
}

/** U0(x) − U0(y) of chain i. @param x @param y shape [C, d] each */
export function referenceDrop(
  { mean, precision }: ReferenceTerms, x: Float64Array, y: Float64Array, i: number
): number {
  const d = mean.length;
  let sum = 0;
  for (let j = 0; j < d; j++) {
    if (precision[j] === 0) continue;
    const at = i * d + j;
    // As a product of differences: exact to rounding where both energies are large.
    sum += precision[j] * (x[at] - y[at]) * (x[at] - mean[j] + (y[at] - mean[j]));
  }
  return 0.5 * sum;
}

/** @throws InputError unless the chains have the reference that the runner was made for */
export function checkReference(terms: ReferenceTerms | null, state: ChainState): void {
  if (JSON.stringify(terms) !== JSON.stringify(termsOf(state)))
    throw new InputError('chains: the chains and what moves them must have the same reference, or neither of them one');
}
