/** What may be chosen of a path integral's ring: by its definition, and again by a run. */

/** Left out, or 0 where a run gives it: the default, or what the definition says. */
export interface RingShape {
  /** 1/k_B T > 0, in inverse units of energy; default 1. */
  readonly beta?: number;
  /** Beads of the ring that the flow is trained for; default 32. */
  readonly beads?: number;
  /** Modes that the flow moves: an odd number, the centroid and whole pairs. Default 7, or all of a shorter ring. */
  readonly modes?: number;
  /**
   * m Ω² ≥ 0 of the harmonic reference, one for all coordinates or p of them. Default: 0.6 of the mean of V″ in the
   * classical ensemble.
   */
  readonly curvature?: number | readonly number[];
  /** Gaussian base of the centroid; default: mean and deviation of the classical ensemble. */
  readonly base?: {
    readonly mean?: number | readonly number[]; readonly standardDeviation?: number | readonly number[]
  };
}
