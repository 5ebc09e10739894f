/** Weighted samples of a proposal, as a verdict sees them. */
import type { WeightedEstimates } from './estimates.ts';

export interface Ensemble {
  /** Unweighted samples of the proposal [n, d]. */
  readonly samples: Float64Array;
  /** log w = −U1(F(x)) + U0(x) + log|det J_F(x)| [n] */
  readonly logWeights: Float64Array;
  /** log w of target samples that neither training nor the choice of parameters saw, back through the flows. */
  readonly heldOutLogWeights: Float64Array;
  /** Truncated ESS, as a fraction, on as many samples that training saw; null where there is no such figure. */
  readonly trainedEss: number | null;
  /** Where the samples made moves: ESS as a fraction, and the largest log-weight, of the same proposal without them. */
  readonly plain: { readonly ess: number; readonly largest: number } | null;
  /** Every figure, where more than the weights goes into it; default: found from samples and weights. */
  readonly estimates?: WeightedEstimates;
  readonly seconds: number;
}
