/** A quantum particle in one or two dimensions, H = Σ_a p_a² / 2m_a + V(q), and its thermal averages. */

export interface QuantumSystem {
  /** One per coordinate, p = 1 or 2 of them, > 0. */
  readonly masses: readonly number[];
  readonly hbar: number;
  readonly beta: number;
  /** Per coordinate: where the particle is found classically; wave functions may leak out of it. */
  readonly box: readonly (readonly [number, number])[];
  /** Writes V of n points. @param q shape [n, p] @param values shape [n] */
  readonly potential: (q: Float64Array, n: number, values: Float64Array) => void;
  /**
   * How far log Z may still change from one grid or basis to the next, relative to max(1, |log Z|); default 1e-10, and
   * 2e-8 in two dimensions.
   */
  readonly accuracy?: number;
}

/**
 * Of one position, shape [p]. Smooth ones converge like log Z; one that jumps is good to the spacing of the grid only.
 */
export type PositionFunction = (q: Float64Array) => number;

/** Averages of a {@link QuantumSystem} at its temperature, in the units of its potential and positions. */
export interface ThermalAverages {
  readonly logZ: number;
  /** ⟨f⟩ of the functions asked for. */
  readonly functions: number[];
  readonly potential: number;
  readonly kinetic: number;
  readonly energy: number;
  /** ⟨|x_i − x̄|²⟩ of the ring polymer, summed over coordinates. */
  readonly gyration: number;
  /** Per coordinate the marginal density of position, with ∫ = 1, on a uniform grid. */
  readonly density: readonly { readonly points: Float64Array; readonly values: Float64Array }[];
  /**
   * How much log Z changed between the last two grids or bases: an estimate, mostly from above, of the error of log Z.
   */
  readonly error: number;
  /**
   * The lowest energy levels, ascending, at most 12; with N beads −(N/β) log λ_j of the transfer matrix. Good where
   * they weigh, up to about 25 kT.
   */
  readonly levels: Float64Array;
}
