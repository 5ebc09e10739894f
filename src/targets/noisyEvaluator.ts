import type { Key } from '../engine/random.ts';
import type { EnergyEvaluator } from './energyEvaluator.ts';

/**
 * What samplers know of an energy that is seen with noise: U(x; ξ) of batches, in float64. ξ of a point is `size`
 * numbers (of a mini-batch: the indices of its rows).
 */
export interface NoisyEvaluator {
  /** d */
  readonly dimension: number;
  /** m, the numbers of one ξ. */
  readonly size: number;
  /** Draws of ξ, independent of each other: draw i depends on (key, first + i) alone. @param xi receives [n, m] */
  draw(key: Key, first: number, n: number, xi: Float64Array): void;
  /** U(x_i; ξ_i). @param x [n, d] @param xi [n, m] @param energies receives [n] */
  energies(x: Float64Array, xi: Float64Array, n: number, energies: Float64Array): void;
  /** U(x_i; ξ_i) and its gradient by x. @param gradients receives [n, d] */
  energiesAndGradients(
    x: Float64Array, xi: Float64Array, n: number, energies: Float64Array, gradients: Float64Array
  ): void;
  /** The energy itself, where it can be had. */
  readonly full: EnergyEvaluator | null;
  /**
   * Of a sum over rows: the same energy with less noise near given points [n, d]. What a row's term is on average there
   * is taken out of the batch's part and added for all rows: a control variate. Gradients stay as they are.
   */
  readonly centred?: (points: Float64Array, n: number) => NoisyEvaluator;
  /** What one noisy evaluation costs in full ones: b/n of a mini-batch; null where unknown. */
  readonly cost: number | null;
}
