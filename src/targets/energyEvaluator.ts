import type { PointProgram } from '../engine/pointProgram.ts';

/**
 * What samplers and estimators know of a target: its energy on batches of points, in float64.
 * Every executor that can evaluate an energy implements this.
 */
export interface EnergyEvaluator {
  /** d, the number of coordinates of a point. */
  readonly dimension: number;
  /** Energies of `n` points. @param x shape [n, d], row-major @param energies receives shape [n] */
  energies(x: Float64Array, n: number, energies: Float64Array): void;
  /**
   * Energies and gradients of `n` points. @param x [n, d] @param energies receives [n] @param gradients receives [n, d]
   */
  energiesAndGradients(x: Float64Array, n: number, energies: Float64Array, gradients: Float64Array): void;
  /**
   * Where the values of a point depend on its place in a call, as means over draws do: the same for calls whose first
   * point has this place, so that a call can be cut. Absent where they do not.
   */
  readonly startingAt?: (place: number) => EnergyEvaluator;
  /** The operations behind it where they are known: compiled samplers write their own code from them. */
  readonly compiled?: { readonly valueAndGradient: PointProgram };
}
