/**
 * Importance weights of points that go through a map: log w = log|det J| + U_from(x) − U_to(z). The one place that
 * decides what becomes of weights that are not finite.
 */
import type { Pause } from '../../pausing.ts';

/** What a map has made of n points. */
export interface Passage {
  /** Which stage's map it was: 0, 1, … */
  readonly stage: number;
  /** Before and after [n, d]; the same array where there was no map. */
  readonly x: Float64Array;
  readonly z: Float64Array;
  /** log|det J| of the map from x to z [n]; null where there was none. */
  readonly logDet: Float64Array | null;
  readonly n: number;
}

export interface Weigher {
  /** log w of a passage. @returns [n] */
  weigh(passage: Passage, pause: Pause): Promise<Float64Array>;
}

/**
 * Adds a stage's log-weights to those so far, in place. A weight that has become zero (or, on the way back, infinite)
 * stays so: ∞ − ∞ would make it unknown.
 */
export function accumulate(logWeights: Float64Array, increments: Float64Array): void {
  for (let i = 0; i < logWeights.length; i++) {
    if (logWeights[i] !== -Infinity && logWeights[i] !== Infinity) logWeights[i] += increments[i];
  }
}

export interface Settled {
  readonly logIncrements: Float64Array;
  /** How many of living particles were unknown or infinite. */
  readonly nonFinite: number;
}

/**
 * Of particles that go on, weights that are not finite count as none, and are counted: left out instead, they would
 * flatter the map that made them. @param logWeights so far: who has none is dead, whatever befalls it
 */
export function settled(increments: Float64Array, logWeights: Float64Array): Settled {
  let nonFinite = 0;
  const logIncrements = increments.map((value, i) => {
    if (value < Infinity) return value;
    if (logWeights[i] > -Infinity) nonFinite += 1;
    return -Infinity;
  });
  return { logIncrements, nonFinite };
}

/** Log-weights after a settled step: a particle without weight stays without. */
export const gone = (logWeights: Float64Array, logIncrements: Float64Array): Float64Array =>
  logWeights.map((value, i) => (value === -Infinity ? -Infinity : value + logIncrements[i]));

/** log w = log|det J| + (U_from − U_to), in this order: the same bits wherever weights are made. */
export function stepWeights({ logDet, n }: Passage, from: Float64Array, to: Float64Array): Float64Array {
  const logWeights = logDet === null ? new Float64Array(n) : logDet.slice(0, n);
  for (let i = 0; i < n; i++) logWeights[i] += from[i] - to[i];
  return logWeights;
}
